"""Method and limits in plain words, and how the report was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from serving.reports.elements.blocks import Block, Heading, Points, Section, Table, Words

if TYPE_CHECKING:
    from training.reporting.evidence import Evidence

METHODS = {
    "fast": "the mean of two Bayesian factorisations of the score matrix, whose priors know the "
    "design factors",
    "blend": "a mix of the whole ladder (factorisations, a Gaussian process, neighbours, text and "
    "scaling laws), boosted with trees and calibrated on scores held out inside the fit",
}


def method_section(evidence: Evidence) -> Section:
    """Return how predictions come about, what an interval is and is not, and the weak sides."""
    name = evidence.predictor
    level = 0.9 if evidence.accuracy is None else evidence.accuracy.level
    how = METHODS.get(name, "a rung of the ladder")
    blocks: list[Block] = [
        Words(
            "Models that score alike on some benchmarks score alike on others, and models alike in "
            "size, data, date and kind score alike. The method learns both from the scores that "
            f"were reported and fills in the rest. These predictions are of {name}: {how}."
        ),
        Heading("What an interval is, and what it is not"),
        Points(
            [
                f"A {100 * level:g} % interval is made so that {100 * level:g} of 100 such "
                "intervals hold the score that somebody will report. How many did is measured "
                "above, on scores that were held out, also where little was known.",
                "It is no statement about one model alone: among models that are unlike all "
                "others, fewer hold.",
                "It contains how much two reports of the same model differ by harness, prompt and "
                "sampling. It is no measure of how good a model truly is.",
                "The ends of intervals are not independent: the predictions of one model err "
                "together.",
            ]
        ),
        Heading("Limits"),
        Points(
            [
                "A prediction is no measurement. Do not quote one as a result of a model.",
                "Contamination: a model that has seen a benchmark in training scores higher there. "
                "The method learns such scores as they are, and predicts what would be reported, "
                "not what the model can do.",
                "Scores are not missing at random. Old models have the old benchmarks, new ones "
                "the new; who reports chooses what to report. Held-out errors are those of scores "
                "that somebody did report, and may be smaller than of those nobody did.",
                "Who is in the data: models that were published, mostly large, mostly English, by "
                "few organizations. Others are predicted from these.",
                "Reports of one score differ by a few points between sources. No prediction can be "
                "closer than that.",
                "Something new (an ability that no model in the data has, a benchmark unlike all "
                "others) cannot be foreseen. Data that grow old are worth less: see the section "
                "on the frontier.",
                "Importance and influence say what the method uses and leans on, not what causes "
                "scores.",
            ]
        ),
    ]
    if evidence.run is not None:
        blocks += [Heading("The run"), _run(evidence)]
    return Section("method", "Method and limits", blocks)


def _run(evidence: Evidence) -> Table:
    run = evidence.run
    assert run is not None
    rows = {
        "run": run.id,
        "registered version": run.version or "none",
        "predictor": run.predictor,
        "parameters": ", ".join(f"{k} = {v}" for k, v in run.parameters.items()) or "defaults",
        "seed": str(run.seed),
        "data": f"{run.data_name}, fingerprint {run.data_fingerprint}",
        "folds": f"fingerprint {run.folds_fingerprint}",
        "trained": run.started,
        "benchcast": run.benchcast or "unknown",
    }
    frame = pd.DataFrame({"what": list(rows), "value": list(rows.values())})
    return Table("method-run", "What it takes to repeat this", frame,
                 {"what": "", "value": ""}, rows=len(rows))  # fmt: skip
