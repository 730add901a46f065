"""The project's accuracy targets, each with what was measured.

Every function takes measured columns and returns checks. MedAE is in points, mean over folds
of the fold's median; intervals of ratios are 95 %, from a bootstrap over models.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

import cpp
from features.table.score_table import ScoreTable
from tests.bench.summary import REFERENCE
from training.evaluation.metrics import Metrics
from training.evaluation.paired_comparison import Comparison, compare_with
from training.evaluation.regimes import BETTER, THE_REST

DEFAULT = cpp.DEFAULT_PREDICTOR
RANDOM, TIME, TIME_0, COLD = "random", "time", "time k=0", "cold"
#: data sets whose random folds have a target
RANDOM_SETS = ("epoch_hub", "cpp_paper", "open_llm_v1_base", "dclm", "euroeval")
RANDOM_EACH, RANDOM_ALL = 0.78, 0.70
#: data sets whose release waves have one
TIME_SETS = ("epoch_hub", "cpp_paper", "open_llm_v1_base")
TIME_ALL = 0.74
COLD_SETS = {"epoch_hub": 0.52, "cpp_paper": 0.45}
#: points by which another rung may be better than the default: below it is noise
NOISE = 0.05
COVERED = (88.0, 92.0)
REGIME_COVERED, REGIME_CELLS, REGIME_MODELS = (85.0, 95.0), 300, 30
NOMINAL = 90.0
WIDTH_SETS, WIDTH = ("epoch_hub", "leaderboard"), 0.75


@dataclass(frozen=True)
class Column:
    """The measured folds of one data set.

    Attributes
    ----------
    dataset, kind : str
        `kind` is one of `RANDOM`, `TIME`, `TIME_0`, `COLD`, or another fold file's name.
    table : ScoreTable
    parts : dict of str to DataFrame
        Predictor -> fold predictions.
    metrics : Metrics
        Of all predictors.
    """

    dataset: str
    kind: str
    table: ScoreTable
    parts: dict[str, pd.DataFrame]
    metrics: Metrics

    @property
    def name(self) -> str:
        """Data set and kind of folds."""
        return f"{self.dataset}/{self.kind}"

    def against(self, others: Iterable[str]) -> dict[str, Comparison]:
        """Compare the default with those of `others` that were measured."""
        known = {o: self.parts[o] for o in others if o in self.parts and o != DEFAULT}
        return compare_with(self.parts[DEFAULT], known, self.table)


@dataclass(frozen=True)
class Check:
    """One target.

    Attributes
    ----------
    group, where : str
        Which measure, on what.
    target : str
        What is wanted, in words; empty where the figure is only reported.
    value : float or None
        What was measured, None if nothing was.
    ok : bool or None
        None where there is no target, or nothing was measured.
    said : str
        The figure in words, with its interval.
    more : dict
        Plain JSON values that stand behind it.
    """

    group: str
    where: str
    target: str
    value: float | None
    ok: bool | None
    said: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def at_most(group: str, where: str, limit: float | None, value: float, **more: Any) -> Check:
    """Return the check that `value` is at most `limit` (None: only reported)."""
    ok = None if limit is None else bool(value <= limit)
    target = "" if limit is None else f"<= {limit:.2f}"
    said = more.pop("said", f"{value:.3f}")
    return Check(group, where, target, value, ok, said, more)


def geometric_mean(
    group: str, values: dict[str, float], wanted: Sequence[str], limit: float
) -> Check:
    """Return the check of a geometric mean; not measured unless all of `wanted` are there."""
    missing = [w for w in wanted if w not in values]
    where = f"geometric mean of {len(wanted)}"
    if missing:
        said = f"not measured: {', '.join(missing)}"
        return Check(group, where, f"<= {limit:.2f}", None, None, said)
    mean = math.exp(sum(math.log(values[w]) for w in wanted) / len(wanted))
    return at_most(group, where, limit, mean)


def random_folds(columns: Sequence[Column]) -> Iterator[Check]:
    """Check the default against the published record's method on random cells."""
    group = f"random folds, of {REFERENCE}"
    ratios = {}
    for column in of_kind(columns, RANDOM):
        for found in column.against([REFERENCE]).values():
            ratios[column.dataset] = found.ratio
            limit = RANDOM_EACH if column.dataset in RANDOM_SETS else None
            yield ratio(group, column.dataset, limit, found)
    yield geometric_mean(group, ratios, RANDOM_SETS, RANDOM_ALL)


def no_rung_better(columns: Sequence[Column]) -> Iterator[Check]:
    """Check that no other rung beats the default by more than noise.

    Release waves and cold models are reported; the target is on random folds.
    """
    for column in columns:
        medae = column.metrics.overall["medae"]
        others = medae.drop(DEFAULT).dropna()
        if others.empty:
            continue
        best = str(others.idxmin())
        ahead = float(medae[DEFAULT] - others[best])
        limit = NOISE if column.kind == RANDOM else None
        said = f"{ahead:+.3f} ({best}, of {len(others)} rungs)"
        yield at_most("another rung ahead, points", column.name, limit, ahead, said=said)


def release_waves(columns: Sequence[Column]) -> Iterator[Check]:
    """Check the default against the better of biases and bias-ALS on release waves."""
    group = "release waves, of the better of biases and bias-als"
    ratios = {}
    for column in of_kind(columns, TIME):
        found = column.against(["biases", REFERENCE])
        if not found:
            continue
        name, best = min(found.items(), key=lambda item: item[1].medae_b)
        ratios[column.dataset] = best.ratio
        yield ratio(group, column.dataset, None, best, beside=name)
    yield geometric_mean(group, ratios, TIME_SETS, TIME_ALL)


def no_known_score(columns: Sequence[Column]) -> Iterator[Check]:
    """Check the default on release waves without a known score."""
    for name in ("task-mean", "scaling-law"):
        for column in of_kind(columns, TIME_0):
            for found in column.against([name]).values():
                limit = 1.0 if column.dataset in TIME_SETS else None
                group = f"release waves, 0 known, of the {name}"
                yield ratio(group, column.dataset, limit, found, below=True)


def cold_models(columns: Sequence[Column]) -> Iterator[Check]:
    """Check the default against the task mean on models never seen."""
    for column in of_kind(columns, COLD):
        for found in column.against(["task-mean"]).values():
            limit = COLD_SETS.get(column.dataset)
            yield ratio("cold models, of the task mean", column.dataset, limit, found)


def ratio(
    group: str,
    where: str,
    limit: float | None,
    found: Comparison,
    *,
    beside: str = "",
    below: bool = False,
) -> Check:
    """Return the check of a MedAE ratio; `below` asks for less, not at most."""
    said = (
        f"{found.ratio:.3f} ({found.ratio_low:.3f} to {found.ratio_high:.3f}), "
        f"{found.medae_a:.2f} against {found.medae_b:.2f}{f' ({beside})' if beside else ''}, "
        f"wins {found.win_rate:.0f} % of {found.n_models} models"
    )
    ok = None if limit is None else found.ratio < limit if below else found.ratio <= limit
    target = "" if limit is None else f"{'<' if below else '<='} {limit:.2f}"
    return Check(group, where, target, found.ratio, ok, said, found.to_dict())


def coverage(columns: Sequence[Column]) -> Iterator[Check]:
    """Check the coverage of the default's 90 % intervals on random cells."""
    for column in columns:
        row = column.metrics.overall.loc[DEFAULT]
        value = float(row["coverage"])
        target = column.kind == RANDOM
        yield Check(
            "coverage %",
            column.name,
            f"{COVERED[0]:.0f} to {COVERED[1]:.0f}" if target else "",
            value,
            COVERED[0] <= value <= COVERED[1] if target else None,
            f"{value:.1f} ({row['coverage_low']:.1f} to {row['coverage_high']:.1f})",
        )


def coverage_by_regime(columns: Sequence[Column]) -> Iterator[Check]:
    """Check every regime: enough cells and models by the share, others by its interval.

    What is picked by its outcome (better than all seen, and what that leaves) is reported.
    """
    low, high = REGIME_COVERED
    for column in columns:
        rows = column.metrics.frame
        for row in rows[(rows["predictor"] == DEFAULT) & (rows["by"] != "all")].to_dict("records"):
            value, ends = row["coverage"], (row["coverage_low"], row["coverage_high"])
            large = row["n_cells"] >= REGIME_CELLS and row["n_models"] >= REGIME_MODELS
            ok: bool | None
            if row["regime"] in (BETTER, THE_REST):
                target, ok = "", None
            elif large:
                target, ok = f"{low:.0f} to {high:.0f}", bool(low <= value <= high)
            elif math.isfinite(ends[0]):
                target, ok = f"interval holds {NOMINAL:.0f}", bool(ends[0] <= NOMINAL <= ends[1])
            else:
                target, ok = "", None  # one model: nothing can be said
            interval = f" ({ends[0]:.1f} to {ends[1]:.1f})" if math.isfinite(ends[0]) else ""
            yield Check(
                "coverage % by regime",
                f"{column.name}, {row['by']} {row['regime']}",
                target,
                float(value),
                ok,
                f"{value:.1f}{interval}, {row['n_cells']} cells, {row['n_models']} models",
            )


def width(columns: Sequence[Column]) -> Iterator[Check]:
    """Check the median width beside that of a conformal interval of constant width."""
    for column in of_kind(columns, RANDOM):
        row = column.metrics.overall.loc[DEFAULT]
        value = float(row["width_vs_constant"])
        if not math.isfinite(value):
            continue
        limit = WIDTH if column.dataset in WIDTH_SETS else None
        said = f"{value:.3f}, median width {row['width_median']:.1f} points"
        yield at_most("width, of a constant width", column.dataset, limit, value, said=said)


def of_kind(columns: Sequence[Column], kind: str) -> list[Column]:
    """Return the columns of one kind of folds."""
    return [c for c in columns if c.kind == kind]


ALL = (
    random_folds,
    no_rung_better,
    release_waves,
    no_known_score,
    cold_models,
    coverage,
    coverage_by_regime,
    width,
)
