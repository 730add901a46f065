"""Two runs or two snapshots: what changed, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from features.errors import BenchcastError, DataError
from features.table.score_table import ScoreTable
from training.evaluation.metrics import score_predictions
from training.evaluation.paired_comparison import compare_predictors
from training.pipeline.inputs import Method
from training.reporting.accuracy import QUICK, Accuracy, quick_predictions
from training.reporting.change_sentences import notes_of
from training.splits.kinds import make_folds
from training.tracking.runs import RunRecord

#: a score that differs by more has changed, in the task's own unit relative to its size
_SAME = 1e-9


@dataclass(frozen=True)
class Side:
    """One of two things that are compared.

    Attributes
    ----------
    name : str
        For people: the run or the data.
    table : ScoreTable
    run : RunRecord or None
    accuracy : Accuracy or None
        Recorded with the run.
    filled : DataFrame or None
        Predictions of every empty cell, recorded with the run.
    """

    name: str
    table: ScoreTable
    run: RunRecord | None = None
    accuracy: Accuracy | None = None
    filled: pd.DataFrame | None = None


@dataclass(frozen=True)
class Changes:
    """What changed from one side to the other.

    Attributes
    ----------
    before, after : str
        Names of the sides.
    notes : list of str
        Findings in words, the most important first.
    facts : dict
        Counts, and whether data, method and seed are the same.
    tables : dict of str to DataFrame
        ``cells``: `model, task, change` (new, changed, gone), `before`, `after` (own unit),
        `points` (the difference); ``names``: models and tasks that are new or gone;
        ``accuracy``: by side, on the same held-out cells; ``predictions``: cells that both
        predict, `before, after, points` (the difference), `model_new, model_changed, task_new,
        task_changed` (scores that came or changed beside it), `why`; ``why``: how much of the
        movement lies where; ``ranking``: models by their mean over all common tasks, measured
        or predicted.
    """

    before: str
    after: str
    notes: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


def compare_sides(before: Side, after: Side, *, seed: int = 0, jobs: int = 1) -> Changes:
    """Compare two runs or snapshots.

    Errors are compared on the same cells of the same folds: as recorded, where both runs were
    judged on the same folds of the same data; else `fast` is trained on each side's data without
    a third of the common cells, three times, and both are measured on those cells.

    Parameters
    ----------
    before, after : Side
    seed : int
        Of the folds and fits that are made here.
    jobs : int

    Raises
    ------
    DataError
        If the two have no model or no task in common.
    """
    old, new = before.table, after.table
    models = old.models.index.intersection(new.models.index)
    tasks = old.tasks.index.intersection(new.tasks.index)
    if not len(models) or not len(tasks):
        raise DataError(
            f"{before.name} and {after.name} have no model or no task in common; compare two "
            "snapshots of the same leaderboard"
        )
    cells = _cells(old, new)
    facts = _facts(before, after, cells)
    tables = {"cells": cells, "names": _names(old, new)}
    why_not = ""
    try:
        tables["accuracy"], said = _accuracy(before, after, facts, seed, jobs)
    except BenchcastError as error:
        said, why_not = "", f"The error on the same folds could not be measured: {error}."
    first, second, method = _predictions(before, after, seed)
    moved = _moved(first, second, old, new, cells, facts)
    tables["predictions"], tables["why"] = moved, _why(moved)
    tables["ranking"] = _ranking(old, new, first, second, cells)
    facts["predictions_by"] = method
    notes = notes_of(facts, tables, said)
    return Changes(
        before.name, after.name, [*notes, *([why_not] if why_not else [])], facts, tables
    )


# -- data ----------------------------------------------------------------------------------


def _cells(old: ScoreTable, new: ScoreTable) -> pd.DataFrame:
    keys = ["model", "task"]
    both = old.cells[[*keys, "score"]].merge(
        new.cells[[*keys, "score"]], on=keys, how="outer", suffixes=("_before", "_after")
    )
    both = both.rename(columns={"score_before": "before", "score_after": "after"})
    size = np.maximum(1.0, both["before"].abs())
    differs = (both["after"] - both["before"]).abs() > _SAME * size
    change = np.select(
        [both["before"].isna(), both["after"].isna(), differs], ["new", "gone", "changed"], ""
    )
    both["change"] = change
    both = both[both["change"] != ""]
    unit = both["task"].map(_units(old, new)).astype(float)  # of no row it would be text
    both["points"] = (both["after"] - both["before"]) * unit
    both["size"] = both["points"].abs().fillna(-1.0)
    order = {"changed": 0, "new": 1, "gone": 2}
    both = both.sort_values(
        ["change", "size", *keys], key=lambda c: c.map(order) if c.name == "change" else c,
        ascending=[True, False, True, True], kind="stable", ignore_index=True,
    )  # fmt: skip
    return both[[*keys, "change", "before", "after", "points"]]


def _units(old: ScoreTable, new: ScoreTable) -> dict[str, float]:
    """Return points per unit of the tasks whose scale is the same on both sides."""
    out = {}
    for task, scale in {**old.scales, **new.scales}.items():
        same = old.scales.get(task, scale) == new.scales.get(task, scale)
        out[task] = scale.points_per_unit() if scale.in_points and same else np.nan
    return out


def _names(old: ScoreTable, new: ScoreTable) -> pd.DataFrame:
    rows = []
    for kind, a, b in (
        ("model", old.models.index, new.models.index),
        ("task", old.tasks.index, new.tasks.index),
    ):
        sizes = {"gone": old.cells.groupby(kind).size(), "new": new.cells.groupby(kind).size()}
        for change, names in (("new", b.difference(a)), ("gone", a.difference(b))):
            rows += [(kind, str(n), change, int(sizes[change].get(n, 0))) for n in names]
    return pd.DataFrame(rows, columns=["kind", "name", "change", "cells"])


def _facts(before: Side, after: Side, cells: pd.DataFrame) -> dict[str, Any]:
    counts = cells["change"].value_counts()
    runs = before.run, after.run
    method = [None if r is None else (r.predictor, dict(r.parameters)) for r in runs]
    return {
        "same_data": before.table.fingerprint == after.table.fingerprint,
        # of data alone nothing is known of a method: `fast` is asked on both sides
        "same_method": None in method or method[0] == method[1],
        "same_seed": runs[0] is None or runs[1] is None or runs[0].seed == runs[1].seed,
        "method_before": None if runs[0] is None else runs[0].predictor,
        "method_after": None if runs[1] is None else runs[1].predictor,
        "cells_before": before.table.n_cells,
        "cells_after": after.table.n_cells,
        **{f"cells_{k}": int(counts.get(k, 0)) for k in ("new", "changed", "gone")},
    }


# -- accuracy ------------------------------------------------------------------------------


def _accuracy(
    before: Side, after: Side, facts: dict[str, Any], seed: int, jobs: int
) -> tuple[pd.DataFrame, str]:
    runs, accuracies = (before.run, after.run), (before.accuracy, after.accuracy)
    recorded = (
        all(r is not None for r in runs)
        and all(a is not None for a in accuracies)
        and facts["same_data"]
        and runs[0].folds_fingerprint == runs[1].folds_fingerprint  # type: ignore[union-attr]
    )
    if recorded:
        frames = [a.predictions for a in accuracies]  # type: ignore[union-attr]
        how = "as recorded, on the same folds of the same data"
    else:
        frames = _backtests(before.table, after.table, seed, jobs)
        how = "fast on each side's data, without the same cells, in three random folds"
    facts["accuracy_by"] = how
    rows = []
    for side, frame in zip((before, after), frames, strict=True):
        found = score_predictions(frame.drop(columns="predictor"), after.table).overall.iloc[0]
        columns = ["n_cells", "medae", "mae", "rmse", "coverage", "width_median", "scaled_medae"]
        rows.append({"side": side.name, **{c: found[c] for c in columns}})
    table = pd.DataFrame(rows)
    old, new = (f.drop(columns="predictor") for f in frames)
    if not np.isfinite(table["medae"]).all():
        return table, ""
    found = compare_predictors(new, old, after.table)
    verdict = "more than luck" if found.separable else "no more than luck with these models"
    return table, (
        f"Median error on the same {found.n_cells:,} held-out scores: {found.medae_b:.2f} points "
        f"before, {found.medae_a:.2f} now (difference {found.difference_low:+.2f} to "
        f"{found.difference_high:+.2f}, 95 % by models: {verdict}); {how}."
    )


def _backtests(old: ScoreTable, new: ScoreTable, seed: int, jobs: int) -> list[pd.DataFrame]:
    from training.evaluation.backtest import run_backtest

    common = old.cells[["model", "task"]].merge(new.cells[["model", "task"]])
    units = _units(old, new)
    common = common[common["task"].map(units).notna()]
    folds = make_folds(new.only(common), "random", seed=seed)
    truth = new.cells.set_index(["model", "task"])
    frames = []
    for table in (old, new):
        found = run_backtest(
            table, folds, {QUICK: Method(QUICK)}, seed=seed, jobs=jobs, suites=False
        )
        frame = found.predictions
        at = pd.MultiIndex.from_frame(frame[["model", "task"]])
        for column in ("score", "score_mean"):  # one truth for both: what is known now
            frame[column] = truth[column].reindex(at).to_numpy()
        frame["k_known"] = 0  # differs between the sides; regimes are not told here
        frames.append(frame)
    return frames


# -- predictions ---------------------------------------------------------------------------


def _predictions(before: Side, after: Side, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    if before.filled is not None and after.filled is not None:
        return before.filled, after.filled, "the two runs"
    # one method on both sides, so that what moves is due to the data
    first = quick_predictions(before.table, seed=seed)
    same = before.table.fingerprint == after.table.fingerprint
    second = first if same else quick_predictions(after.table, seed=seed)
    return first, second, f"{QUICK} on both"


def _moved(
    first: pd.DataFrame,
    second: pd.DataFrame,
    old: ScoreTable,
    new: ScoreTable,
    cells: pd.DataFrame,
    facts: dict[str, Any],
) -> pd.DataFrame:
    keys = ["model", "task"]
    both = first[[*keys, "prediction"]].merge(second[[*keys, "prediction"]], on=keys)
    both.columns = pd.Index([*keys, "before", "after"])
    unit = both["task"].map(_units(old, new)).astype(float)
    both["points"] = (both["after"] - both["before"]) * unit
    both = both[both["points"].notna()]
    for key in keys:
        for what, kinds in (("new", ["new"]), ("changed", ["changed", "gone"])):
            size = cells[cells["change"].isin(kinds)].groupby(key).size()
            both[f"{key}_{what}"] = both[key].map(size).fillna(0).astype(int)
    both["why"] = [_reason(row, facts) for row in both.to_dict("records")]
    both["size"] = both["points"].abs()
    both = both.sort_values(["size", *keys], ascending=[False, True, True], ignore_index=True)
    return both.drop(columns="size")


def _reason(row: dict[str, Any], facts: dict[str, Any]) -> str:
    parts = []
    for key in ("model", "task"):
        counts = [f"{n} {what}" for what in ("new", "changed") if (n := row[f"{key}_{what}"])]
        if counts:
            several = row[f"{key}_new"] + row[f"{key}_changed"] > 1
            parts.append(f"{' and '.join(counts)} score{'s' if several else ''} of the {key}")
    if not facts["same_method"]:
        parts.append("another method")
    if not facts["same_seed"]:
        parts.append("another seed")
    if not parts:
        parts.append("scores of other models on other tasks" if not facts["same_data"] else "none")
    return "; ".join(parts)


def _why(moved: pd.DataFrame) -> pd.DataFrame:
    """Return how the movement is spread over cells whose row, column, both or neither changed."""
    row = (moved["model_new"] + moved["model_changed"]) > 0
    column = (moved["task_new"] + moved["task_changed"]) > 0
    where = np.select(
        [row & column, row, column],
        ["model and task have new scores", "the model has new scores", "the task has new scores"],
        "neither has new scores",
    )
    size = moved["points"].abs()
    out = size.groupby(where).agg(["size", "mean", "max", "sum"]).rename_axis("where").reset_index()
    total = out["sum"].sum()
    out["share"] = 100.0 * out["sum"] / total if total else 0.0
    out = out.rename(columns={"size": "cells", "mean": "mean_points", "max": "largest_points"})
    return out.drop(columns="sum").sort_values("share", ascending=False, ignore_index=True)


def _ranking(
    old: ScoreTable, new: ScoreTable, first: pd.DataFrame, second: pd.DataFrame, cells: pd.DataFrame
) -> pd.DataFrame:
    units = {t: u for t, u in _units(old, new).items() if np.isfinite(u)}
    models = set(old.models.index) & set(new.models.index)
    tasks = set(old.tasks.index) & set(new.tasks.index) & set(units)
    means = []
    for table, filled in ((old, first), (new, second)):
        seen = table.cells.rename(columns={"score": "value"})[["model", "task", "value"]]
        rest = filled.rename(columns={"prediction": "value"})[["model", "task", "value"]]
        every = pd.concat([seen, rest])
        every = every[every["model"].isin(models) & every["task"].isin(tasks)]
        points = _points(every, table)
        means.append(points.groupby(every["model"]).mean())
    out = pd.DataFrame({"mean_before": means[0], "mean_after": means[1]}).dropna()
    out = out.rename_axis("model").reset_index()
    for side in ("before", "after"):
        out[f"rank_{side}"] = out[f"mean_{side}"].rank(ascending=False, method="min").astype(int)
    out["moved"] = out["rank_before"] - out["rank_after"]
    touched = cells.groupby("model").size()
    out["scores_new_or_changed"] = out["model"].map(touched).fillna(0).astype(int)
    out["size"] = out["moved"].abs()
    out = out.sort_values(["size", "rank_after"], ascending=[False, True], ignore_index=True)
    return out.drop(columns="size")


def _points(frame: pd.DataFrame, table: ScoreTable) -> pd.Series:
    own = frame["value"].to_numpy(dtype=float)
    value = np.empty(len(frame))
    task = frame["task"].to_numpy()
    for name in np.unique(task):
        scale = table.scales[name]
        here = task == name
        points = scale.to_points(own[here])
        value[here] = points if scale.higher_is_better else 100.0 - points
    return pd.Series(value, index=frame.index)
