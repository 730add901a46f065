"""Results of lm-evaluation-harness: version 0.4 and the form before it.

``results_<time stamp>.json`` is one run of one model; ``samples_<task>_<time stamp>.jsonl``
beside it has the outcomes of single items. See README.md for what is kept and what is set aside.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.documents.json_files import (
    as_count,
    as_number,
    as_object,
    head_of,
    key_path,
    read_json,
)
from features.errors import DataError
from features.importing.lm_eval.groups import HARNESS, Groups
from features.importing.lm_eval.metrics import UNSCORED, Metric, direction, metric_of, scale_of
from features.importing.lm_eval.run import STAMP, Run, run_of, shots_of, word
from features.importing.lm_eval.samples import SAMPLES, read_samples, stamped
from features.importing.shared.asides import Asides
from features.importing.shared.collector import PARTIAL, Collector
from features.importing.shared.options import Options
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey

if TYPE_CHECKING:
    pass

NAME = HARNESS

_RESULTS = re.compile(rf"results_{STAMP}\.json")
_STARTS = re.compile(rb'\s*\{\s*"results"\s*:\s*\{')
#: so much of a file tells whether it is ours
_HEAD = 65_536
_FORMATS = {"multiple_choice": "multiple_choice", "generate_until": "free_form"}


def claims(path: Path) -> bool:
    """Whether a file of a searched folder plainly is a results or samples file."""
    name = path.name
    if SAMPLES.fullmatch(name):
        return path.is_file()
    if path.suffix != ".json" or not path.is_file():
        return False
    head = head_of(path, _HEAD)
    if head is None:
        return _RESULTS.fullmatch(name) is not None  # read() tells what is wrong with it
    head = head.removeprefix(b"\xef\xbb\xbf")
    if b'"config_general"' in head or b'"schema_version"' in head:  # another harness's
        return False
    if _RESULTS.fullmatch(name):
        return True
    told = b'"versions"' in head or b'"config"' in head or b"_stderr" in head
    return _STARTS.match(head) is not None and (told or b'"alias"' in head)


def read(path: Path, into: Collector, options: Options) -> None:
    """Read a results file, and the samples beside it.

    Raises
    ------
    DataError
        If the file as a whole cannot be used.
    """
    file = str(path)
    if found := SAMPLES.fullmatch(path.name):
        if found[2] in stamped(path.parent)[0]:
            return  # read with its results
        raise DataError(
            f"{file}: the results_{found[2]}.json that these outcomes belong to is not beside it; "
            "put it there"
        )
    tree = read_json(path, file)
    if not isinstance(tree, dict) or not isinstance(tree.get("results"), dict):
        raise DataError(
            f"{file}, results: there is no object of that name, so this is no results file of "
            "lm-evaluation-harness; leave it out or name its format"
        )
    run = run_of(tree, path)
    if not run.model:
        raise DataError(
            f"{file}, {run.model_place}: no model is named; add "
            '"model_name": "OWNER/NAME" to the file'
        )
    rows = {name: (row, "results") for name, row in tree["results"].items()}
    for name, row in as_object(tree.get("groups")).items():
        rows.setdefault(name, (row, "groups"))  # mostly a copy of rows in results
    if not rows:
        raise DataError(f"{file}, results: there is no task in it; run the harness again")
    _File(file, tree, run, rows, into, options).read(path)


class _File:
    """One results file on its way into the collector."""

    def __init__(
        self,
        file: str,
        tree: dict[str, Any],
        run: Run,
        rows: dict[str, tuple[Any, str]],
        into: Collector,
        options: Options,
    ) -> None:
        self.file, self.run, self.rows = file, run, rows
        self.into, self.options = into, options
        self.configs = as_object(tree.get("configs"))
        self.versions = as_object(tree.get("versions"))
        self.shots = as_object(tree.get("n-shot"))
        self.better = as_object(tree.get("higher_is_better"))
        self.samples = as_object(tree.get("n-samples"))
        known = {name: row for name, (row, _) in rows.items()}
        self.groups = Groups(tree.get("group_subtasks"), known, options.names())
        self.keys: dict[str, list[tuple[TaskKey, str, float]]] = {}  # kept scores by row
        self.aside = Asides(file)

    def read(self, path: Path) -> None:
        run, into = self.run, self.into
        into.model(Place(self.file, run.model_place), run.model, **run.factors)
        if run.odd_date is not None:
            into.note(Place(self.file, "date"), run.odd_date, "no date in seconds; left unknown")
        for name, (row, where) in self.rows.items():
            if isinstance(row, dict):
                self._row(name, row, where)
            else:
                place = Place(self.file, key_path(where, name))
                into.refuse(place, row, "no object with metrics", "mend it or run the task again")
        self.aside.tell(into)
        for whole, parts in self.groups.orphans.items():
            text = f"{len(parts)} parts of {whole}, which has no score here: each is a task"
            into.note(Place(self.file, "results"), parts[0], text)
        if self.options.items:
            read_samples(path, self.run.model, self.keys, self.groups, into)

    def _row(self, task: str, row: dict[str, Any], where: str) -> None:
        into = self.into
        rule = self.groups.aside.get(task, "")
        metrics = {key: metric for key in row if (metric := metric_of(key))}
        if rule:
            self.aside.add(key_path(where, task), task, rule, len(metrics))
            return
        if not metrics and not self.groups.is_group(task):
            place = Place(self.file, key_path(where, task))
            into.note(place, "", f"the row of {task!r} has no metric")
        shots = self._shots(task)
        n_items, original = self._sizes(task, row)
        setting = self._setting(task, n_items, original)
        better = as_object(self.better.get(task))
        for key, metric in metrics.items():
            value = row[key]
            place = Place(self.file, key_path(where, task, key))
            score = as_number(value)
            if metric.name in UNSCORED:
                into.set_aside(place, value, "not scored: answers were only written down")
            elif isinstance(value, dict | list):
                into.set_aside(place, type(value).__name__, "not a single number")
            elif score is None or not math.isfinite(score):
                remedy = "run the task again, or take the entry out"
                into.refuse(place, value, f"the {metric.name} of {task!r} is no number", remedy)
            else:
                n = as_count(as_object(row.get("sample_count")).get(key)) or n_items
                self._score(place, task, metric, score, row, better, shots, n, setting)

    def _score(
        self,
        place: Place,
        task: str,
        metric: Metric,
        score: float,
        row: dict[str, Any],
        better: dict[str, Any],
        shots: int | None,
        n_items: int | None,
        setting: str,
    ) -> None:
        higher = direction(better, metric.name)
        scale = scale_of(task, metric.name, higher)
        key = TaskKey(
            task, metric.name, shots=shots, filter=metric.filter, harness=HARNESS, scale=scale
        )
        if scale is not None and not scale.contains(score):
            self.into.refuse(
                place,
                score,
                f"lies outside the scale {scale.describe()} of {metric.name}",
                "correct it: the harness writes shares, not percent",
            )
            return
        error = as_number(row.get(metric.error_key))  # None for "N/A"
        self.into.report(
            place,
            model=self.run.model,
            task=key,
            score=score,
            se=error,
            n_items=n_items,
            date=self.run.date,
            setting=setting,
        )
        self.keys.setdefault(task, []).append((key, metric.filter, score))
        facts: dict[str, Any] = {}
        if scale is None and higher is not None:
            facts["higher_is_better"] = higher
        kind = as_object(self.configs.get(task)).get("output_type")
        if isinstance(kind, str) and kind in _FORMATS:
            facts["format"] = _FORMATS[kind]
        if (original := self._sizes(task, row)[1]) is not None:
            facts["n_items"] = original
        self.into.task(place, key, **facts)

    def _shots(self, task: str) -> int | None:
        told = {self._own_shots(t) for t in (task, *self.groups.leaves(task))}
        own = self._own_shots(task)
        if own is not None:
            return own
        told.discard(None)
        return told.pop() if len(told) == 1 else None if told else self.run.shots

    def _own_shots(self, task: str) -> int | None:
        shots = shots_of(self.shots.get(task))
        if shots is None:
            shots = shots_of(as_object(self.configs.get(task)).get("num_fewshot"))
        return shots

    def _sizes(self, task: str, row: dict[str, Any]) -> tuple[int | None, int | None]:
        """Return how many items were run, and how many the task has."""
        leaves = self.groups.leaves(task) or [task]
        pairs = [as_object(self.samples.get(t)) for t in leaves]
        run = [as_count(p.get("effective")) for p in pairs]
        all_ = [as_count(p.get("original")) for p in pairs]
        n_run = sum(n for n in run if n) if all(run) else as_count(row.get("sample_len"))
        return n_run, sum(n for n in all_ if n) if all(all_) else None

    def _setting(self, task: str, n_items: int | None, original: int | None) -> str:
        said = list(self.run.setting)
        if version := word(self.versions.get(task)):
            said.insert(1, f"task version {version}")
        if self.run.limit is not None:
            said.append(f"limit {self.run.limit:g}")
        short = n_items is not None and original is not None and n_items < original
        unknown = n_items is None or original is None
        if short or (unknown and self.run.limit is not None):
            said.append(PARTIAL)
        return "; ".join(said)
