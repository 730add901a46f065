"""Faults planted in a data set that is taken for sound, and what an audit finds of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.dataset.write import write_dataset
from features.table.score_table import ScoreTable
from training.audit.finding import Audit

#: share of the cells that get a slip down, a slip up, an inversion; pairs that are exchanged
SHARES = {"x0.01": 0.01, "x100": 0.002, "inverted": 0.01}
PAIRS = 2
#: faults smaller than this, in points, are not planted: nothing would be wrong
LEAST = 5.0
#: common tasks that make two models comparable
COMMON = 4


@dataclass(frozen=True)
class Fault:
    """One planted fault.

    Attributes
    ----------
    kind : str
        Of `SHARES`, or "exchanged".
    subject : tuple of str
        Model and task, or the two models.
    size : float
        Points: of the score (slips), its distance from the middle (inversions), the difference
        of the means on common tasks (exchanged rows).
    """

    kind: str
    subject: tuple[str, str]
    size: float


def plant(table: ScoreTable, folder: Path, *, seed: int) -> list[Fault]:
    """Write the table with faults in it as a dataset directory; return the faults."""
    rng = np.random.default_rng([seed, 17])
    scores = table.scores.reset_index(drop=True)
    points = _points(table, scores)
    pairs = _some_pairs(table, rng)
    taken = {name for fault in pairs for name in fault.subject}
    faults: list[Fault] = list(pairs)
    value = scores["score"].to_numpy(dtype=float).copy()
    free = ~scores["model"].isin(taken).to_numpy() & np.isfinite(points)
    n_cells = len(table.cells)
    for kind, share in SHARES.items():
        size = np.abs(points - 50.0) if kind == "inverted" else points
        at = rng.permutation(np.flatnonzero(free & (size >= LEAST)))
        for i in at[: max(2, round(share * n_cells))].tolist():
            model, task = scores.at[i, "model"], scores.at[i, "task"]
            scale = table.scales[task]
            turned = float(scale.minimum or 0.0) + float(scale.maximum or 0.0) - value[i]
            value[i] = turned if kind == "inverted" else value[i] * float(kind[1:])
            faults.append(Fault(kind, (model, task), float(size[i])))
            free &= ~((scores["model"] == model) & (scores["task"] == task)).to_numpy()
    other = dict(f.subject for f in pairs) | {b: a for a, b in (f.subject for f in pairs)}
    model = scores["model"].map(lambda name: other.get(name, name))
    write_dataset(table, folder)
    for old in folder.glob("scores.*"):
        old.unlink()
    scores.assign(score=value, model=model).to_csv(folder / "scores.csv", index=False)
    return faults


def judge(faults: list[Fault], audit: Audit, table: ScoreTable) -> tuple[pd.DataFrame, dict]:
    """Return the faults with what was found of each, and the shares of false alarms."""
    of_cell = {(f.model, f.task): f for f in audit.of("cell")}
    of_model = {f.model: f for f in audit.of("model")}
    rows = []
    for fault in faults:
        one, two = fault.subject
        if fault.kind == "exchanged":
            both = [of_model[m] for m in fault.subject if m in of_model]
            named = {f.model for f in both} | {f.evidence.get("partner") for f in both}
            found, right = set(fault.subject) <= named, len(both) == 2
        else:
            finding = of_cell.get((one, two))
            kind = "inverted" if fault.kind == "inverted" else "unit_slip"
            found, right = finding is not None, finding is not None and finding.kind == kind
        rows.append((fault.kind, one, two, fault.size, found, right))
    planted = {f.subject for f in faults}
    exchanged = {name for f in faults if f.kind == "exchanged" for name in f.subject}
    cells = list(zip(table.cells["model"], table.cells["task"], strict=True))
    sound = [c for c in cells if c not in planted and c[0] not in exchanged]
    models = [m for m in table.cells["model"].unique() if m not in exchanged]
    alarms = {
        "cells": float(np.mean([c in of_cell for c in sound])),
        "models": float(np.mean([m in of_model for m in models])),
    }
    columns = ["kind", "one", "two", "size", "found", "right"]
    return pd.DataFrame(rows, columns=columns), alarms


def _points(table: ScoreTable, scores: pd.DataFrame) -> np.ndarray:
    """Return every report in points; NaN on tasks without bounds."""
    out = np.full(len(scores), np.nan)
    for task, mine in scores.groupby("task"):
        scale = table.scales[str(task)]
        if scale.kind == "bounded":
            out[mine.index] = scale.to_points(mine["score"].to_numpy(dtype=float))
    return out


def _some_pairs(table: ScoreTable, rng: np.random.Generator) -> list[Fault]:
    cells = table.cells.reset_index(drop=True)
    cells = cells.assign(points=_points(table, cells)).dropna(subset=["points"])
    wide = cells.pivot(index="model", columns="task", values="points")
    seen = wide.notna().to_numpy()
    both = seen.astype(float) @ seen.T
    filled = np.where(seen, wide.to_numpy(), 0.0)
    apart = (filled @ seen.T - seen.astype(float) @ filled.T) / np.maximum(both, 1)
    one, two = np.nonzero((both >= COMMON) & (apart >= LEAST))
    # differences drawn evenly: most pairs of models are near each other
    size = apart[one, two]
    step = np.minimum(size // 10, 6).astype(int)
    weight = 1.0 / np.bincount(step)[step]
    found: list[Fault] = []
    used: set[str] = set()
    for i in rng.choice(len(one), size=min(len(one), 200), replace=False, p=weight / weight.sum()):
        pair = (str(wide.index[one[i]]), str(wide.index[two[i]]))
        if used & set(pair):
            continue
        found.append(Fault("exchanged", pair, float(size[i])))
        used |= set(pair)
        if len(found) == PAIRS:
            break
    return found
