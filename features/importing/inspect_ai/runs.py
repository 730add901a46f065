"""What a log of Inspect says: the run, its scores, and the scores of its samples."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from features.documents.json_files import (
    as_count,
    as_number,
    as_object,
    as_text,
    key_path,
)
from features.errors import DataError
from features.importing.inspect_ai.samples import Outcomes, outcomes_of
from features.importing.inspect_ai.setup import Setup, setup_of
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey
from features.table.score_scale import ScoreScale

HARNESS = "inspect"
#: entries of a score's metrics that tell how sure or how spread it is
_ERRORS = ("stderr", "bootstrap_stderr", "clustered_stderr")
_SPREADS = {*_ERRORS, "std", "var", "bootstrap_std", "ci_lower", "ci_upper"}
_SHARE = re.compile(r"accuracy|pass[@_].*|.*_acc(uracy)?|correct|exact(_match)?|f1|em", re.I)
_MEAN_REDUCERS = {"", "mean"}
#: metrics that are the mean of the samples' values
_MEANS = ("accuracy", "mean")


def read_log(
    file: str,
    log: Any,
    samples: Callable[[], Iterator[Any]],
    into: Collector,
    options: Options,
) -> None:
    """Read the header of a log, and its samples.

    Parameters
    ----------
    file : str
    log : object
        With ``status``, ``eval`` and ``results``.
    samples : function
        Gives the samples one by one; called if they are wanted.
    into : Collector
    options : Options

    Raises
    ------
    DataError
        If this is no log, or names neither task nor model.
    """
    spec = log.get("eval") if isinstance(log, dict) else None
    if not isinstance(log, dict) or not isinstance(spec, dict):
        raise DataError(
            f"{file}, eval: there is no object of that name, so this is no log of Inspect; leave "
            "it out or name its format"
        )
    setup = setup_of(log, spec)
    scores = _scores(log.get("results"))
    rule = _why_not(log)
    if rule:
        n = sum(len(_metrics(score)) for score, _ in scores)
        if not n:
            into.left_file(file, rule)
        for score, at in scores:
            for name in _metrics(score):
                into.set_aside(Place(file, f"{at}.metrics.{name}"), name, rule)
        return
    for what, found in (("task", setup.task), ("model", setup.model)):
        if not found:
            raise DataError(f"{file}, eval.{what}: no {what} is named; add its name there")
    if not scores:
        into.left_file(file, "the run was not scored (inspect score does it)")
        return
    if setup.odd_date:
        into.note(Place(file, "eval.created"), setup.odd_date, "no date; left unknown")
    results = as_object(log.get("results"))
    headline = as_text(as_object(results.get("headline")).get("score"))
    first = headline or as_text(scores[0][0].get("name"))
    total = as_count(results.get("total_samples"))
    _Log(file, setup, first, total, into).read(scores, samples, options)


def _why_not(log: dict[str, Any]) -> str:
    """Return the rule by which a log is left out, ``""`` if it counts."""
    status = as_text(log.get("status"))
    if status != "success":
        return f"the run did not finish: its status is {status or 'not given'}"
    return "the log is marked as invalidated" if log.get("invalidated") is True else ""


def _scores(results: Any) -> list[tuple[dict[str, Any], str]]:
    """Return the scores and their places; old logs have one, without a list."""
    results = as_object(results)
    if isinstance(results.get("scores"), list):
        found = [(s, f"results.scores[{i}]") for i, s in enumerate(results["scores"])]
        return [(s, at) for s, at in found if isinstance(s, dict)]
    if isinstance(results.get("metrics"), dict):
        scorer = results.get("scorer")
        name = as_text(scorer) or as_text(as_object(scorer).get("name"))
        return [({"name": name, "scorer": name, "metrics": results["metrics"]}, "results")]
    return []


def _metrics(score: dict[str, Any]) -> dict[str, Any]:
    """Return the metrics of a score that are scores."""
    told = as_object(score.get("metrics"))
    return {name: entry for name, entry in told.items() if _bare(name) not in _SPREADS}


def _bare(name: str) -> str:
    return name.removeprefix("inspect_ai/")


def _value(entry: Any) -> Any:
    return entry.get("value") if isinstance(entry, dict) else entry


class _Log:
    """A log that counts, on its way into the collector."""

    def __init__(
        self, file: str, setup: Setup, first: str, total: int | None, into: Collector
    ) -> None:
        self.file, self.setup, self.first, self.into = file, setup, first, into
        self.each = None if total is None else max(1, total // setup.epochs)
        #: outcomes of the samples by scorer and name of the score
        self.outcomes: dict[tuple[str, str], Outcomes] = {}

    def read(
        self,
        scores: list[tuple[dict[str, Any], str]],
        samples: Callable[[], Iterator[Any]],
        options: Options,
    ) -> None:
        means = {
            _key(score)
            for score, _ in scores
            if as_text(score.get("reducer")) in _MEAN_REDUCERS
            and any(_bare(m) in _MEANS for m in _metrics(score))
        }
        if means:
            try:
                self.outcomes = outcomes_of(self.file, samples(), means, self.into)
            except DataError as error:
                remedy = "copy the log again, or import without items"
                if options.items:
                    self.into.refuse_file(self.file, str(error), remedy)
                else:
                    self.into.note(Place(self.file, "samples"), "", str(error))
        for score, at in scores:
            self._score(score, at)

    def _score(self, score: dict[str, Any], at: str) -> None:
        name = as_text(score.get("name")) or as_text(score.get("scorer"))
        reducer = as_text(score.get("reducer"))
        told = as_object(score.get("metrics"))
        metrics = _metrics(score)
        for metric, entry in metrics.items():
            place = Place(self.file, f"{at}.{key_path('metrics', metric)}.value")
            value = as_number(_value(entry))
            group = as_text(as_object(entry).get("group"))
            whole = "all" in metrics and metric != "all" and _is_grouped(metrics, metric, group)
            if whole:
                self.into.set_aside(place, _value(entry), "a group of the score under 'all'")
            elif value is None or not math.isfinite(value):
                reason = f"the {metric} of {name!r} is no number"
                remedy = "score the log again, or leave it out"
                self.into.refuse(place, _value(entry), reason, remedy)
            else:
                self._metric(place, score, name, _bare(metric), value, reducer, told)

    def _metric(
        self,
        place: Place,
        score: dict[str, Any],
        name: str,
        metric: str,
        value: float,
        reducer: str,
        told: dict[str, Any],
    ) -> None:
        mean = reducer in _MEAN_REDUCERS and metric in _MEANS
        outcomes = self.outcomes.get(_key(score)) if mean else None
        known = _SHARE.fullmatch(metric) or (outcomes is not None and outcomes.are_shares)
        share = bool(known) and 0.0 <= value <= 1.0
        # what is not the log's headline, or not a mean over the epochs, means something else
        full = metric if name == self.first else f"{name}/{metric}"
        full += "" if reducer in _MEAN_REDUCERS else f" ({reducer})"
        key = TaskKey(
            self.setup.task,
            full,
            shots=self.setup.shots,
            filter=as_text(score.get("scorer")) or name,
            config=self.setup.part,
            harness=HARNESS,
            scale=ScoreScale(0.0, 1.0) if share else None,
        )
        errors = [as_number(_value(told.get(e, told.get(f"inspect_ai/{e}")))) for e in _ERRORS]
        n_items = as_count(score.get("scored_samples")) or self.each
        self.into.report(
            place,
            model=self.setup.model,
            task=key,
            score=value,
            se=next((e for e in errors if e is not None), None),
            n_items=n_items,
            date=self.setup.date,
            setting=self.setup.setting(n_items),
        )
        self.into.task(place, key, n_items=self.setup.size)
        if outcomes is not None and outcomes.items:
            del self.outcomes[_key(score)]  # to the first mean of a score only
            self.into.items(
                Place(self.file, "samples"),
                model=self.setup.model,
                task=key,
                item=outcomes.items,
                outcome=outcomes.values,
                epoch=outcomes.epochs,
            )


def _key(score: dict[str, Any]) -> tuple[str, str]:
    """Return scorer and name of a score."""
    name = as_text(score.get("name")) or as_text(score.get("scorer"))
    return as_text(score.get("scorer")) or name, name


def _is_grouped(metrics: dict[str, Any], metric: str, group: str) -> bool:
    """Whether a metric is one group of those that stand under ``all``, too."""
    total = as_text(as_object(metrics["all"]).get("group"))
    if group or total:
        return group == total
    return metric not in ("accuracy", "mean")
