"""One result of an Every Eval Ever record: its task, score, uncertainty and setting."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from features.catalogue.normalise import normalise_name
from features.documents.json_files import (
    as_count,
    as_list,
    as_number,
    as_object,
    as_text,
)
from features.importing.eee.record import Record
from features.importing.eee.scale import Undeclared, declared_scale
from features.importing.shared.collector import PARTIAL
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey
from features.importing.values.score_text import aggregate_rule
from features.table.score_scale import ScoreScale

_SHOT_KEYS = ("num_fewshot", "num_few_shot", "n_shot", "n_shots", "num_shots", "shots", "few_shot")
#: the spread of scores is no score
_DISPERSION = frozenset({"std", "stddev", "stderr", "bootstrap stderr", "var", "variance"})


class Result:
    """One of the results.

    Attributes
    ----------
    id, name : str
        ``evaluation_result_id`` and ``evaluation_name``.
    key : TaskKey or None
        Set if the score was taken.

    Examples
    --------
    >>> from features.importing.shared.collector import Collector
    >>> node = {"evaluation_name": "gsm8k", "score_details": {"score": 0.61},
    ...         "metric_config": {"min_score": 0, "max_score": 1, "lower_is_better": False}}
    >>> into = Collector()
    >>> result = Result(node, 0, Record({}, "one.json", "our-7b", into))
    >>> result.read({}, {})
    >>> result.key.benchmark, into.rows()["score"].tolist()
    ('gsm8k', [0.61])
    """

    def __init__(self, node: Any, i: int, record: Record) -> None:
        self.node, self.record, self.at = as_object(node), record, ("evaluation_results", i)
        self.id = as_text(self.node.get("evaluation_result_id"))
        self.name = as_text(self.node.get("evaluation_name"))
        self.config = as_object(self.node.get("metric_config"))
        self.details = as_object(self.node.get("score_details"))
        data = self.node.get("source_data")
        self.data = as_object(data)  # a list of URLs before 0.2
        self.generation = as_object(self.node.get("generation_config"))
        self.key: TaskKey | None = None

    def read(self, by_name: dict[str, Result], seen: dict[tuple[Any, ...], float]) -> None:
        """Hand the score to the collector."""
        into = self.record.into
        place = self.record.place(*self.at, "score_details", "score")
        score = as_number(self.details.get("score"))
        if score is None:
            self._refuse(place, self.details.get("score"), "no number", "write the score")
            return
        if not self.name:
            remedy = "write it, or make the record again with its converter"
            where = self.record.place(*self.at, "evaluation_name")
            self._refuse(where, score, "no evaluation_name: nobody knows which task", remedy)
            return
        if rule := self._rule(score, by_name):
            into.set_aside(place, score, rule)
            return
        metric = self._metric()
        try:
            scale = declared_scale(self.config, metric)
        except Undeclared as fault:
            key, value, reason, remedy = fault.finding
            self._refuse(self.record.place(*self.at, "metric_config", key), value, reason, remedy)
            return
        if scale is not None and math.isfinite(score) and not scale.contains(score):
            low, high = scale.minimum, scale.maximum
            percent = (low, high) == (0.0, 1.0) and 1 < score <= 100
            remedy = "is it in percent? Correct the score, its unit or the declared range"
            told = f"lies outside the declared range {scale.describe()}"
            self._refuse(place, score, told, remedy if percent else remedy.split("? ")[1])
            return
        self._take(place, score, self._key(metric, scale), seen)

    def _take(
        self, place: Place, score: float, key: TaskKey, seen: dict[tuple[Any, ...], float]
    ) -> None:
        record, into = self.record, self.record.into
        n_items, setting = self._items_and_setting()
        same = (key, setting)
        if same in seen and seen[same] != score:
            reason = (
                f"another score, {seen[same]:g}, stands for the same dataset, name, metric, split "
                "and setting in this record: nothing tells the two apart"
            )
            self._refuse(place, score, reason, "name the metric or the part that differs")
            return
        seen[same] = score
        self.key = key
        at = (*self.at, "evaluation_timestamp")
        into.report(
            place,
            model=record.model,
            task=key,
            score=score,
            se=self._standard_error(),
            n_items=n_items,
            date=record.day_of(self.node.get("evaluation_timestamp"), at) or record.date,
            source=record.source,
            setting=setting,
            reported_by=record.reported_by,
        )
        into.task(place, key, n_items=as_count(self.data.get("samples_number")))
        details = as_object(self.config.get("additional_details"))
        if as_text(details.get("polarity")) == "unknown":
            into.note(place, key.plain_name(), "the record is not sure which scores are better")

    def _refuse(self, place: Place, value: object, reason: str, remedy: str) -> None:
        self.record.into.refuse(place, value, reason, remedy)

    def _rule(self, score: float, by_name: dict[str, Result]) -> str:
        """Return the rule by which the score is set aside, or ``""``."""
        details = as_object(self.config.get("additional_details"))
        if score == -1 and self.config.get("has_unknown_level") is True:
            return "-1 stands for an unknown level"
        if (
            as_text(details.get("polarity")) == "not_applicable"
            or normalise_name(self._metric()) in _DISPERSION
        ):
            return "the spread of scores, not a score"
        if rule := aggregate_rule(self.name):
            return rule
        from features.catalogue.catalogue import load_catalogue

        catalogue = load_catalogue(self.record.into.options.catalogue)
        harness = self.record.harness if self.record.harness != "eee" else "lm-eval"
        whole = catalogue.is_part(harness, self.name)
        beside = by_name.get(normalise_name(whole)) if whole else None
        if beside is not None and beside._metric() == self._metric():
            return f"a part of {beside.name!r}, which stands beside it"
        return ""

    # -- the task ------------------------------------------------------------------------

    def _metric(self) -> str:
        metric = as_text(self.config.get("metric_name")) or as_text(self.config.get("metric_id"))
        metric = metric or as_text(self.config.get("metric_kind"))
        given = as_object(self.config.get("metric_parameters"))
        marks = []
        for name, value in sorted(given.items()):
            if value is None:
                continue
            text = f"{value:g}" if isinstance(value, float) else str(value)
            if name == "k" and "@" not in metric:
                metric += f"@{text}"
            elif name != "k":
                marks.append(f"{name}={text}")
        return f"{metric} ({', '.join(marks)})" if marks else metric

    def _key(self, metric: str, scale: ScoreScale | None) -> TaskKey:
        name, filter_ = self.name, ""
        if self.record.harness == "lm-eval" and "/" in name:
            name, _, filter_ = name.partition("/")
        details = as_object(self.data.get("additional_details"))
        parts = (
            as_text(details.get(k)) for k in ("subset", "config", "dataset_config", "language")
        )
        return TaskKey(
            name,
            metric=metric,
            shots=self._shots(),
            split=as_text(self.data.get("hf_split")),
            filter=filter_,
            config=next((p for p in parts if p), ""),
            harness=self.record.harness,
            dataset=as_text(self.data.get("hf_repo")) or as_text(self.data.get("dataset_name")),
            scale=scale,
        )

    def _shots(self) -> int | None:
        for node in (self.generation, self.config, self.data):
            details = as_object(node.get("additional_details"))
            for key in _SHOT_KEYS:
                text = str(details.get(key, "")).strip()
                if text.isascii() and text.isdigit() and len(text) < 4:
                    return int(text)
        return None

    # -- the report ----------------------------------------------------------------------

    def _items_and_setting(self) -> tuple[int | None, str]:
        """Return the number of items behind the score, and the setting in words."""
        said = list(self.record.said)
        args = as_object(self.generation.get("generation_args"))
        if args.get("reasoning") is True:
            said.append("reasoning")
        temperature = as_number(args.get("temperature"))
        if temperature is not None and math.isfinite(temperature):
            said.append(f"temperature {temperature:g}")
        uncertainty = as_object(self.details.get("uncertainty"))
        n_items = as_count(uncertainty.get("num_samples"))
        whole = as_count(self.data.get("samples_number"))
        ids = as_list(self.data.get("sample_ids"))
        n_items = n_items or (len(ids) if ids else None)
        if n_items and whole and n_items < whole:
            said.append(f"{n_items} of {whole} items, {PARTIAL}")
        return n_items, "; ".join(said)

    def _standard_error(self) -> float | None:
        """Return the standard error: as given, else from a confidence interval with its level."""
        uncertainty = as_object(self.details.get("uncertainty"))
        at = (*self.at, "score_details", "uncertainty")
        given = as_object(uncertainty.get("standard_error")).get("value")
        if (value := as_number(given)) is not None:
            if math.isfinite(value) and value >= 0:
                return value
            self._note(at, "standard_error", given, "no standard error; left unknown")
        interval = as_object(uncertainty.get("confidence_interval"))
        if not interval:
            return None
        low, high = as_number(interval.get("lower")), as_number(interval.get("upper"))
        level = as_number(interval.get("confidence_level"))
        if level is None:
            self._note(at, "confidence_interval", "", "no confidence_level: not used")
        elif low is None or high is None or not (math.isfinite(high - low) and low <= high):
            self._note(at, "confidence_interval", interval, "no interval; not used")
        elif not 0 < level < 1:
            self._note(
                at, "confidence_interval", level, "the level is not within 0 and 1; not used"
            )
        else:
            return (high - low) / 2 / NormalDist().inv_cdf((1 + level) / 2)
        return None

    def _note(self, at: tuple[str | int, ...], key: str, value: object, text: str) -> None:
        self.record.into.note(self.record.place(*at, key), value, text)
