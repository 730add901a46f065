"""Import a long table: one row per score, columns of any name (CSV, Parquet)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.catalogue.normalise import normalise_name
from features.errors import DataError
from features.importing.long.columns import REQUIRED, SYNONYMS, mapped_columns, rivals
from features.importing.long.files import LongTable, read_long
from features.importing.long.values import (
    Rows,
    day,
    item_count,
    reporter,
    shot_count,
    standard_error,
)
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from features.importing.shared.task_keys import TaskKey
from features.importing.values.score_text import PERCENT, aggregate_rule, metric_scale, read_score
from features.importing.wide.files import header_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "long"
_OTHERS = ("models.csv", "tasks.csv", "folds", "items.", "names.csv", "conflicts.csv")


def claims(path: Path) -> bool:
    """Whether a file of a folder plainly is a long table: models, tasks and scores by name."""
    name = path.name.casefold()
    if name.startswith((*_OTHERS, ".")) or not name.endswith((".csv", ".csv.gz", ".parquet")):
        return False
    words = {normalise_name(h) for h in header_of(path)}
    return all(words & set(SYNONYMS[c]) for c in REQUIRED)


def read(path: Path, into: Collector, options: Options) -> None:
    """Read one table.

    Parameters
    ----------
    path : Path
    into : Collector
    options : Options
        `columns`: standard column -> its name in the file, where it is not plain.

    Raises
    ------
    DataError
        If the file is no table that is read here, or it cannot be told which column is which.
    """
    file = str(path)
    names: dict[str, str] = {}
    others: list[str] = []

    def choose(header: list[str]) -> list[str]:
        names.clear()
        names.update(mapped_columns(header, options.columns, file, into))
        others[:] = [] if "task" in options.columns else rivals(header, names)
        return [*dict.fromkeys(names.values()), *others]

    table = read_long(path, choose, into)
    if table is None:
        return
    _refuse_rivals(table, names, others)
    rows = Rows(table, names, into)
    score, percent, se = _scores(rows)
    model, models = rows.codes("model")
    task, tasks = rows.codes("task")
    for codes, texts, what in ((model, models, "model"), (task, tasks, "task")):
        unnamed = np.array([not t for t in texts], dtype=bool)
        rows.drop(unnamed[codes], what, "refused", f"the {what} has no name", "name it")
    rows.drop(np.isnan(score), "score", "set_aside", "the score is not known")
    _without_doubles(rows, model, models, task, tasks, into)
    optional: dict[str, Any] = {"se": se}
    if rows.has("se"):
        told = rows.read("se", standard_error, empty=np.nan)
        optional["se"] = np.where(np.isnan(told), se, told)
    if rows.has("n_items"):
        optional["n_items"] = rows.read("n_items", item_count, empty=np.nan)
    if rows.has("date"):
        optional["date"] = rows.read("date", day, empty=None, dtype=object)
    if rows.has("reported_by"):
        optional["reported_by"] = rows.read("reported_by", reporter, empty="", dtype=object)
    for column in ("source", "setting"):
        if rows.has(column):
            codes, texts = rows.codes(column)
            optional[column] = np.array(texts, dtype=object)[codes]
    metric, metrics = rows.codes("metric") if rows.has("metric") else (np.zeros_like(task), [""])
    shots = np.full(len(task), -1, dtype=np.int64)
    if rows.has("shots"):
        shots = rows.read("shots", shot_count, empty=-1, dtype=np.int64)
    at = np.flatnonzero(rows.good)
    if not len(at):
        return
    parts = np.stack([task[at], metric[at], shots[at], percent[at].astype(np.int64)], axis=1)
    code, kinds = _distinct(parts)
    keys = [
        TaskKey(
            tasks[t],
            metric=metrics[m],
            shots=int(s) if s >= 0 else None,
            scale=PERCENT if p else metric_scale(metrics[m]),
        )
        for t, m, s, p in kinds.tolist()
    ]
    into.reports(
        file,
        lines=table.lines[at],
        model=[models[i] for i in model[at].tolist()],
        task=code,
        keys=keys,
        score=score[at],
        **{column: values[at] for column, values in optional.items()},
    )


def _scores(
    rows: Rows,
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Return scores, which of them have a percent sign, and what stands behind ``±``."""
    told, codes = rows.distinct("score", read_score, empty=None)
    value = np.array([np.nan if t is None else t.value for t in told])
    percent = np.array([t is not None and t.percent for t in told], dtype=bool)
    se = np.array([np.nan if t is None or t.se is None else t.se for t in told])
    return value[codes], percent[codes], se[codes]


def _distinct(parts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the code of each row of `parts`, and the distinct rows, as they are first met."""
    span = parts.max(axis=0) - parts.min(axis=0) + 1
    flat = np.zeros(len(parts), dtype=np.int64)
    for column, width, low in zip(parts.T, span, parts.min(axis=0), strict=True):
        flat = flat * int(width) + (column - low)
    _, first, code = np.unique(flat, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[code], parts[first[order]]


def _refuse_rivals(table: LongTable, names: dict[str, str], others: list[str]) -> None:
    """Refuse a file where another column tells tasks apart that have one name."""
    task = table.columns[names["task"]]
    for name in others:
        other = table.columns[name]
        pairs = np.unique(task.codes * len(other.texts) + other.codes)
        if len(pairs) > len(np.unique(task.codes)):
            raise DataError(
                f"{table.file}, line 1: {names['task']!r} and {name!r} may be the task, and "
                f"one name of {names['task']!r} stands beside several of {name!r}; say which with "
                f"--column task={name}, or join the two columns into one"
            )


def _without_doubles(
    rows: Rows,
    model: NDArray[np.int64],
    models: list[str],
    task: NDArray[np.int64],
    tasks: list[str],
    into: Collector,
) -> None:
    """Set aside averages and ranks, and parts of a task that the same model has, too."""
    from features.catalogue.catalogue import load_catalogue

    rules = [aggregate_rule(t) for t in tasks]
    for rule in sorted({r for r in rules if r}):
        which = np.array([r == rule for r in rules], dtype=bool)
        rows.drop(which[task], "task", "set_aside", rule)
    catalogue = load_catalogue(into.options.catalogue)
    at = {t.casefold(): i for i, t in enumerate(tasks)}
    wholes = [catalogue.is_part("lm-eval", t) for t in tasks]
    whole = np.array([at.get(w.casefold(), -1) if w else -1 for w in wholes], dtype=np.int64)
    part = whole[task] >= 0
    if not part.any():
        return
    there = np.unique((model * len(tasks) + task)[rows.good])
    doubled = np.isin(model * len(tasks) + whole[task], there) & part
    rows.drop(doubled, "task", "set_aside", "a part of a task that stands beside it")
