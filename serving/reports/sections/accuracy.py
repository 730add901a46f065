"""Accuracy: the ladder of predictors, and calibration by regime."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from serving.reports.elements.blocks import Block, Heading, Notice, Section, Table, Words, drawn

if TYPE_CHECKING:
    from training.reporting.accuracy import Accuracy
    from training.reporting.evidence import Evidence

LADDER = {
    "predictor": "predictor",
    "medae": "median error",
    "mae": "mean error",
    "within_5": "within 5 points, %",
    "spearman": "rank correlation",
    "coverage": "in the interval, %",
    "width_median": "width of it, median",
}
REGIMES = {
    "name": "held-out scores",
    "n_cells": "scores",
    "n_models": "models",
    "medae_pooled": "median error",
    "mae": "mean error",
    "coverage": "in the interval, %",
    "coverage_low": "95 % from",
    "coverage_high": "to",
    "width_median": "width, median",
}


def accuracy_section(evidence: Evidence) -> Section:
    """Return errors beside other predictors, and errors, coverage and width by regime."""
    title = "How accurate the predictions are"
    found = evidence.accuracy
    if found is None:
        why = evidence.failed.get("accuracy", "no run has recorded it")
        return Section("accuracy", title, [Notice(f"Not in this report: accuracy. {why}.")])
    blocks: list[Block] = []
    if not found.recorded:
        blocks.append(
            Notice(
                "Measured for this report with the preset fast and quick rungs beside it, because "
                "no run was trained on these data; `benchcast train` gives the most accurate "
                "method and the whole ladder."
            )
        )
    blocks.append(Words(in_words(found)))
    blocks.append(
        Words(
            "Every figure is of scores that were held out: hidden from the fit, then predicted, "
            "then compared. Errors are in points, 0 to 100.",
            soft=True,
        )
    )
    blocks += _ladder(found)
    blocks.append(Heading("By what was known"))
    blocks += _regimes(found)
    return Section("accuracy", title, blocks)


def in_words(found: Accuracy) -> str:
    """Return the main figures in a sentence."""
    overall = found.overall
    n_folds = int(overall["n_folds"])
    text = (
        f"Half of {int(overall['n_cells']):,} held-out scores are predicted by {found.chosen} with "
        f"an error of at most {overall[found.metric]:.2f} {found.unit}"
    )
    if n_folds > 1:
        text += f" (mean of {n_folds} folds)"
    if np.isfinite(overall["coverage"]):
        text += (
            f"; the {100 * found.level:g} % interval holds {overall['coverage']:.1f} % of them "
            f"({overall['coverage_low']:.1f} to {overall['coverage_high']:.1f} by models)"
        )
    if np.isfinite(overall["width_median"]):
        text += f" and is {overall['width_median']:.1f} points wide in the median"
    return f"{text}."


def _ladder(found: Accuracy) -> list[Block]:
    from training.plots.ladder import ladder_axes

    drawable = found.folds.assign(medae=found.folds[found.metric])
    draw = partial(ladder_axes, drawable, chosen=found.chosen, unit=found.unit)
    every = found.metrics[found.metrics["by"] == "all"].drop(columns=["by", "regime"])
    columns = dict(LADDER)
    if found.metric != "medae":
        every = every.assign(medae=every[found.metric])
        columns["medae"] = f"median error, {found.unit}"
    return [
        *drawn("accuracy-ladder", draw, "accuracy-folds"),
        Table(
            "accuracy-ladder",
            "Predictors side by side, from the simplest up: errors and widths in points",
            every,
            {c: n for c, n in columns.items() if every[c].notna().any()},
            rows=20,
        ),
        Table("accuracy-folds", "Median error by predictor and fold", found.folds),
    ]


def _regimes(found: Accuracy) -> list[Block]:
    from training.plots.calibration import levels_chart
    from training.plots.regimes import (
        coverage_by_regime_chart,
        error_by_regime_chart,
        regime_name,
    )

    rows = found.regimes
    names = [regime_name(b, r) for b, r in zip(rows["by"], rows["regime"], strict=True)]
    rows = pd.concat([pd.Series(names, name="name"), rows], axis=1)
    coverage = partial(coverage_by_regime_chart, rows, level=found.level)
    return [
        *drawn("accuracy-errors", partial(error_by_regime_chart, rows), "accuracy-regimes"),
        *drawn("accuracy-coverage", coverage, "accuracy-regimes"),
        *drawn("accuracy-levels", partial(levels_chart, found.coverage), "accuracy-levels"),
        Table(
            "accuracy-regimes",
            "Error, coverage and width by what was known when a score was predicted",
            rows,
            {c: n for c, n in REGIMES.items() if rows[c].notna().any()},
            rows=30,
            note="The cells better than all seen are picked by their outcome, so that a calibrated "
            "interval holds fewer of them than its level. A model with 0 scores was new to the "
            "fit: only its factors were known.",
        ),
        Table("accuracy-levels", "Coverage by level of the interval", found.coverage),
    ]
