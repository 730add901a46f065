"""Outcomes of single items: ``samples_<task>_<time stamp>.jsonl`` beside the results."""

from __future__ import annotations

import functools
import math
import os
import re
from pathlib import Path
from typing import Any

from features.documents.json_files import as_number, as_text, read_json_lines
from features.errors import DataError
from features.importing.lm_eval.groups import Groups
from features.importing.lm_eval.run import STAMP
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey

SAMPLES = re.compile(rf"samples_(.+)_({STAMP})\.jsonl")
_STAMPED = re.compile(rf"_({STAMP})\.json$")
#: a score of a group and the mean of its parts' items may differ by so much (in shares)
_CLOSE = 1e-4

#: kept scores by row of the results: key, filter, score
Keys = dict[str, list[tuple[TaskKey, str, float]]]
#: outcomes by metric and filter: ids and values
_Outcomes = dict[tuple[str, str], tuple[list[str], list[float]]]


def read_samples(path: Path, model: str, keys: Keys, groups: Groups, into: Collector) -> None:
    """Read the samples files that belong to a results file: those with its time stamp.

    Items of parts that are set aside go to the aggregate that is kept, as ``part/item``, if it is
    their mean.
    """
    stamp = _STAMPED.search(path.name)
    if stamp is None:
        return
    inside: dict[str, str] = {}  # part -> kept aggregate
    for kept in keys:
        for leaf in groups.leaves(kept):
            inside.setdefault(leaf, kept)
    of_group: dict[str, _Outcomes] = {}
    for task, name in stamped(path.parent)[1].get(stamp[1], {}).items():
        found = path.parent / name
        at = inside.get(task, "")
        wanted = keys.get(task) or keys.get(at)
        if not wanted:
            into.left_file(str(found), f"items of {task!r}, of which no score is kept")
            continue
        try:
            outcomes = _outcomes(found, wanted, into)
        except DataError as error:
            remedy = "copy the file again, or import without items"
            into.refuse_file(str(found), str(error), remedy)
            continue
        if task not in keys:  # a part of the aggregate `at`
            whole = of_group.setdefault(at, {})
            for metric, (items, values) in outcomes.items():
                ids, all_ = whole.setdefault(metric, ([], []))
                ids += [f"{task}/{i}" for i in items]
                all_ += values
            continue
        _hand_over(str(found), model, wanted, outcomes, into)
    for whole_name, outcomes in of_group.items():
        fitting = _fitting(whole_name, keys, outcomes, into, path)
        _hand_over(str(path), model, keys[whole_name], fitting, into)


def stamped(folder: Path) -> tuple[frozenset[str], dict[str, dict[str, str]]]:
    """Return the time stamps of the results in a folder, and its samples files.

    Returns
    -------
    (set of str, dict)
        Time stamps; file names of samples by time stamp and task.
    """
    return _stamped(folder, folder.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _stamped(folder: Path, changed: int) -> tuple[frozenset[str], dict[str, dict[str, str]]]:
    """Look into a folder once: it may hold thousands of runs (`changed`: as it is now)."""
    results: set[str] = set()
    samples: dict[str, dict[str, str]] = {}
    for name in sorted(os.listdir(folder)):
        if found := SAMPLES.fullmatch(name):
            samples.setdefault(found[2], {})[found[1]] = name
        elif found := _STAMPED.search(name):
            results.add(found[1])
    return frozenset(results), samples


def _hand_over(
    file: str,
    model: str,
    wanted: list[tuple[TaskKey, str, float]],
    outcomes: _Outcomes,
    into: Collector,
) -> None:
    for key, chosen, _ in wanted:
        items, values = outcomes.get((key.metric, chosen), ([], []))
        if items:
            into.items(Place(file), model=model, task=key, item=items, outcome=values)


def _fitting(name: str, keys: Keys, outcomes: _Outcomes, into: Collector, path: Path) -> _Outcomes:
    """Return the outcomes of an aggregate's parts whose mean is the aggregate's score."""
    out: _Outcomes = {}
    for key, chosen, score in keys[name]:
        items, values = outcomes.get((key.metric, chosen), ([], []))
        if not items:
            continue
        mean = math.fsum(values) / len(values)
        if abs(mean - score) <= _CLOSE * max(1.0, abs(score)):
            out[key.metric, chosen] = items, values
        else:
            text = (
                f"the items of its parts have the mean {mean:.4f}, not this score: they are "
                "weighted otherwise, or some are missing; left out"
            )
            into.note(Place(str(path), f"results.{name}"), f"{score:.4f}", text)
    return out


def _outcomes(path: Path, wanted: list[tuple[TaskKey, str, float]], into: Collector) -> _Outcomes:
    """Return the outcomes of one samples file for the metrics that are kept.

    Raises
    ------
    DataError
        If a line cannot be read: what is left would be another set of items.
    """
    by_metric: dict[tuple[str, str], dict[str, float]] = {}
    chosen = {c for _, c, _ in wanted}
    repeated = unfiltered = 0
    for line, value in read_json_lines(path):
        if isinstance(value, DataError):
            raise value
        doc = value.get("doc_id") if isinstance(value, dict) else None
        if isinstance(doc, bool) or not isinstance(doc, int | str):
            raise DataError(f"{path}, line {line}: no object with a doc_id; copy the file again")
        if "filter" in value:
            given = as_text(value["filter"])
        elif len(chosen) == 1:
            given = next(iter(chosen))
        else:  # before filters were written
            unfiltered += 1
            continue
        given = "" if given == "none" else given
        for key, mine, _ in wanted:
            if mine != given:
                continue
            outcome = _outcome(value.get(key.metric))
            if outcome is None:
                continue
            seen = by_metric.setdefault((key.metric, mine), {})
            repeated += str(doc) in seen
            seen.setdefault(str(doc), outcome)
    if unfiltered:
        text = f"{unfiltered} outcomes do not say which of the filters they are of; left out"
        into.note(Place(str(path)), "", text)
    if repeated:
        into.note(Place(str(path)), "", f"{repeated} items stand twice; the first is kept")
    return {key: (list(seen), list(seen.values())) for key, seen in by_metric.items()}


def _outcome(value: Any) -> float | None:
    """Return the outcome of an item, None if it is no single number."""
    number = float(value) if isinstance(value, bool) else as_number(value)
    return number if number is not None and math.isfinite(number) else None
