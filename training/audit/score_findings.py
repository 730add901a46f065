"""Findings on single scores: what fits them better than being right, and in which words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cpp.data.arrays import FloatArray, IntArray
from features.table.score_table import ScoreTable
from training.audit.error_model import Law, tails
from training.audit.fault_hypotheses import FAULTS, REPAIRS, Cells, repaired, total
from training.audit.finding import Finding
from training.audit.screening import CellFit

#: of the false alarms that are allowed, the share spent on scores, and on repeated reports
SHARE_CELLS, SHARE_REPORTS = 0.7, 0.25
#: the share for reports is spent on few cells: their p-values may be larger by this at most
MOST_GAIN = 8.0
#: level of the interval that a finding shows
LEVEL = 0.9
#: added to the typical distance of two reports, in points
LEAST_DISTANCE = 1.0
#: one report is the odd one if it is so many times as far from the others as is typical
FAR = 3.0
#: a fault is named that, undone, leaves this share of the distance at most, even where none fits
LEFT = 0.2


def cell_findings(fit: CellFit, *, rate: float) -> list[Finding]:
    """Return the cells whose p-value is at most `SHARE_CELLS` x `rate`."""
    expected = _expected(fit.cells)
    faults = likely_faults(fit.cells, fit.w, fit.log_odds)
    found = []
    for i in np.flatnonzero(fit.p_value <= SHARE_CELLS * rate).tolist():
        data = fit.data
        model, task = data.models[data.row[i]], data.tasks[data.col[i]]
        fault = faults[i]
        score = float(data.score[i])
        evidence = _evidence(expected, i) | {
            "log_odds": round(float(total(fit.log_odds[[i]])[0]), 2),
            "scores_of_model": int(data.k[data.row[i]]),
            "scores_of_task": int(data.n[data.col[i]]),
        }
        kind, reason, more = in_words(fault, score, fit, int(data.col[i]), evidence)
        p = float(fit.p_value[i])
        found.append(Finding(kind, "cell", model, task, score, p, reason, evidence | more))
    return found


def report_findings(table: ScoreTable, fit: CellFit, *, rate: float) -> list[Finding]:
    """Judge the reports of cells with several, each by the prediction and the others.

    At most `SHARE_REPORTS` x `rate` of the cells without fault are found.
    """
    rows, place, others = _repeated(table, fit)
    if not len(rows):
        return []
    col = fit.data.col[place]
    w = fit.axis.of(col, rows["score"].to_numpy(dtype=float))
    apart = w - others
    typical = 1.4826 * float(np.median(np.abs(apart))) + LEAST_DISTANCE
    law = fit.cells.law
    trust = np.array([typical**-2] * len(w)), law.scale[place] ** -2
    centre = (trust[0] * others + trust[1] * fit.cells.centre[place]) / (trust[0] + trust[1])
    scale = (trust[0] + trust[1]) ** -0.5
    df, size, _ = tails((w - centre) / scale)
    around = Law(scale * size, df)
    cells = Cells(col, centre, around, fit.axis, fit.cells.chance, fit.cells.chance_sd)
    log_odds = cells.log_odds(w)
    p = cells.null(seed=0).p_value(total(log_odds))
    p = np.minimum(1.0, p * rows["n_reports"].to_numpy(dtype=float))
    expected, faults = _expected(cells), likely_faults(cells, w, log_odds)
    # the budget is a share of all cells, but only those with several reports can be found
    most = SHARE_REPORTS * rate * min(len(fit.w) / max(len(np.unique(place)), 1), MOST_GAIN)
    found = []
    best = pd.Series(p).groupby(place).transform("min").to_numpy()
    for i in np.flatnonzero((p <= most) & (p == best)).tolist():
        row = rows.iloc[i]
        fault = faults[i]
        evidence = _evidence(expected, i) | {
            "other_reports": round(float(fit.axis.back(col[[i]], others[[i]])[0]), 4),
            "typical_distance_points": round(typical, 2),
            **{
                name: str(row[name])[:10] if name == "date" else str(row[name])
                for name in ("source", "setting", "date", "reported_by")
                if name in row and pd.notna(row[name]) and str(row[name])
            },
        }
        score = float(row["score"])
        kind, reason, more = in_words(fault, score, fit, int(col[i]), evidence)
        if kind == "outside_interval" and abs(apart[i]) > FAR * typical:
            kind = "disagreeing_reports"
            reason = (
                f"{score:g} is reported here, {evidence['other_reports']:g} elsewhere, and "
                f"{evidence['expected']:g} is expected"
            )
        found.append(
            Finding(
                kind, "cell", row["model"], row["task"], score, float(p[i]), reason, evidence | more
            )
        )
    return found


def likely_faults(cells: Cells, w: FloatArray, log_odds: FloatArray) -> list[str]:
    """Return the name of the likeliest fault of each score at `w`."""
    best = [FAULTS[k] for k in np.argmax(log_odds, axis=1).tolist()]
    undone = np.abs(repaired(cells.axis, cells.col, w, cells.centre).error)
    share = undone / np.maximum(np.abs(w - cells.centre), 1e-9)[:, None]
    share = np.where(np.isnan(share), np.inf, share)
    near = share.argmin(axis=1)
    for i in np.flatnonzero(share.min(axis=1) <= LEFT).tolist():
        if best[i] == "outside_interval":
            best[i] = REPAIRS[int(near[i])]
    return best


def in_words(
    fault: str, score: float, fit: CellFit, col: int, evidence: dict[str, Any]
) -> tuple[str, str, dict[str, Any]]:
    """Return kind, reason and further evidence of a fault."""
    said = f"{evidence['expected']:g} is expected ({evidence['lower']:g} to {evidence['upper']:g})"
    scale = fit.data.scales[col]
    if fault == "inverted":
        other = float(scale.minimum or 0.0) + float(scale.maximum or 0.0) - score
        reason = f"{score:g}, where {said}: {other:.4g} would fit, so it may be turned round"
        return "inverted", reason, {"would_fit": other}
    if fault in ("slip_down", "slip_up"):
        other = score * (100.0 if fault == "slip_down" else 0.01)
        which = "100 times" if fault == "slip_down" else "a hundredth of"
        reason = f"{score:g}, where {said}: {which} that, {other:.4g}, would fit: percent or share?"
        return "unit_slip", reason, {"would_fit": other}
    if fault == "at_chance":
        guess = scale.chance if scale.chance is not None else scale.minimum
        reason = f"{score:g}, where {said}: that is what guessing or empty answers give"
        return "at_chance", reason, {"chance": guess}
    return "outside_interval", f"{score:g}, where {said}", {}


def _expected(cells: Cells) -> dict[str, FloatArray]:
    half = cells.law.half_width(LEVEL)
    ends = (cells.centre, cells.centre - half, cells.centre + half)
    at = [cells.axis.back(cells.col, w) for w in ends]
    return {
        "expected": at[0],
        "lower": np.minimum(at[1], at[2]),
        "upper": np.maximum(at[1], at[2]),
    }


def _evidence(expected: dict[str, FloatArray], i: int) -> dict[str, Any]:
    return {k: float(f"{v[i]:.4g}") for k, v in expected.items()} | {"level": LEVEL}


def _repeated(table: ScoreTable, fit: CellFit) -> tuple[pd.DataFrame, IntArray, FloatArray]:
    """Return reports of cells with several, the place of each cell, and the others' mean."""
    scores = table.scores
    n = scores.groupby(["model", "task"])["score"].transform("size").to_numpy()
    rows = scores[n > 1].assign(n_reports=n[n > 1])
    if not len(rows):
        return rows, np.empty(0, dtype=np.int64), np.empty(0)
    data = fit.data
    row = rows["model"].map(data.model_index).to_numpy(dtype=np.int64)
    col = rows["task"].map(data.task_index).to_numpy(dtype=np.int64)
    place = np.searchsorted(data.row * data.shape[1] + data.col, row * data.shape[1] + col)
    w = fit.axis.of(col, rows["score"].to_numpy(dtype=float))
    sums = pd.Series(w).groupby(place).transform("sum").to_numpy()
    return rows.reset_index(drop=True), place, (sums - w) / (rows["n_reports"].to_numpy() - 1)
