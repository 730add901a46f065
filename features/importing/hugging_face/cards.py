"""The ``model-index`` of a model card: results by dataset, with metrics as people type them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from features.catalogue.normalise import normalise_name
from features.documents.json_files import as_list, as_object, as_text, key_path
from features.errors import DataError
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey
from features.importing.values.score_text import (
    PERCENT,
    aggregate_rule,
    is_unknown,
    metric_scale,
    read_score,
    score_problem,
)
from features.table.score_scale import ScoreScale

INDEX = "model-index"
#: cards show what the second Open LLM Leaderboard shows: figures normalised for chance
_LEADERBOARD_V2 = "open-llm-leaderboard/open_llm_leaderboard"
_SHOWN_V2 = {
    "ifeval": ("IFEval", 0),
    "bbh": ("BBH", 3),
    "math lvl 5": ("MATH Lvl 5", 4),
    "gpqa": ("GPQA", 0),
    "musr": ("MUSR", 0),
    "mmlu pro": ("MMLU-PRO", 5),
}
_SHOTS = re.compile(r"\s*[(\[]\s*(\d{1,3})[\s-]*shots?\s*[)\]]\s*$", re.I)
_TRUE = ("true", "yes", "1")


def read_card(tree: Any, file: str, repository: str, into: Collector) -> None:
    """Take the scores of a card's front matter.

    Parameters
    ----------
    tree : dict
        The front matter, every scalar text.
    file : str
    repository : str
        Model name for entries that have none.
    into : Collector

    Raises
    ------
    DataError
        If its ``model-index`` is not a list.
    """
    front = as_object(tree)
    if INDEX not in front:
        into.left_file(file, f"a card without {INDEX} in its front matter: there are no scores")
        return
    index = front[INDEX]
    if isinstance(index, str) and is_unknown(index):
        index = []
    if not isinstance(index, list):
        raise DataError(f"{file}, {INDEX}: must be a list of models; write it as '- name: ...'")
    for i, entry in enumerate(index):
        name = as_text(as_object(entry).get("name")) or repository
        _tell(front, name, file, into)
        results = as_object(entry).get("results")
        if not isinstance(results, list):
            if not (isinstance(results, str) and is_unknown(results)) and results is not None:
                place = Place(file, key_path(INDEX, i, "results"))
                into.refuse(place, results, "must be a list of results", "write it as a list")
            continue
        for j, result in enumerate(results):
            _Result(result, (INDEX, i, "results", j), file, name, into).read()


def _tell(front: dict[str, Any], name: str, file: str, into: Collector) -> None:
    base = front.get("base_model")
    bases = [as_text(b) for b in as_list(base)] or [as_text(base)]
    licence = as_text(front.get("license"))
    place = Place(file, "base_model")
    if name:
        only = bases[0] if len(bases) == 1 and bases[0] != name else None  # a merge has several
        into.model(place, name, base_model=only, license=licence or None)


class _Result:
    """One result: a task and dataset, with its metrics."""

    def __init__(
        self, node: Any, at: tuple[str | int, ...], file: str, model: str, into: Collector
    ) -> None:
        self.node, self.at, self.file, self.model, self.into = (
            as_object(node),
            at,
            file,
            model,
            into,
        )
        self.dataset = as_object(self.node.get("dataset"))
        source = as_object(self.node.get("source"))
        self.source = as_text(source.get("url")) or as_text(source.get("name"))

    def place(self, *keys: str | int) -> Place:
        return Place(self.file, key_path(*self.at, *keys))

    def read(self) -> None:
        metrics = self.node.get("metrics")
        if not isinstance(metrics, list):
            reason = "the result has no list of metrics"
            self.into.refuse(self.place("metrics"), metrics, reason, "add one, or take it out")
            return
        types = Counter(as_text(as_object(m).get("type")) for m in metrics)
        for k, metric in enumerate(metrics):
            if not isinstance(metric, dict):
                reason = "a metric must have a type and a value"
                self.into.refuse(self.place("metrics", k), metric, reason, "write both")
                continue
            again = types[as_text(metric.get("type"))] > 1
            self._metric(metric, k, as_text(metric.get("name")) if again else "")

    def _metric(self, metric: dict[str, Any], k: int, mark: str) -> None:
        place = self.place("metrics", k, "value")
        value = metric.get("value")
        if not isinstance(value, str):
            reason = "no value" if value is None else "the value is a list or a mapping, no number"
            self.into.refuse(place, value, reason, "write one number, or take the metric out")
            return
        if is_unknown(value):
            self.into.set_aside(place, value, "the score is not known")
            return
        try:
            told = read_score(value)
        except ValueError as error:
            self.into.refuse(place, value, *score_problem(error))
            return
        if not self.model:
            reason = "the model has no name, in the card or as a folder"
            self.into.refuse(place, value, reason, f"give {INDEX}[0].name")
            return
        key = self._key(metric, mark, PERCENT if told.percent else None)
        if key is None:
            reason = "the result names no dataset"
            self.into.refuse(place, value, reason, "give dataset.name and dataset.type")
            return
        if rule := aggregate_rule(key.benchmark):
            self.into.set_aside(place, value, rule)
            return
        verified = as_text(metric.get("verified")).casefold() in _TRUE
        self.into.report(
            place,
            model=self.model,
            task=key,
            score=told.value,
            se=told.se,
            source=self.source,
            setting="verified" if verified else "",
            reported_by="third_party" if verified else "",
        )

    def _key(self, metric: dict[str, Any], mark: str, unit: ScoreScale | None) -> TaskKey | None:
        """Return the task, or None if the result does not say which."""
        kind = as_text(self.dataset.get("type"))
        name = as_text(self.dataset.get("name")) or kind
        if not name:
            return None
        shots = _shots(self.dataset)
        if found := _SHOTS.search(name):
            shots = int(found[1]) if shots is None else shots
            name = name[: found.start()] or name
        if _LEADERBOARD_V2 in self.source and (shown := _SHOWN_V2.get(normalise_name(name))):
            return TaskKey(
                shown[0], metric="normalised", shots=shown[1], harness="open-llm", scale=PERCENT
            )
        type_ = as_text(metric.get("type")) or as_text(metric.get("name"))
        return TaskKey(
            name,
            metric=type_,
            shots=shots,
            split=as_text(self.dataset.get("split")),
            filter=mark,
            config=as_text(self.dataset.get("config")),
            harness="hf",
            dataset=kind,
            scale=unit or metric_scale(type_),
        )


def _shots(dataset: dict[str, Any]) -> int | None:
    args = as_object(dataset.get("args"))
    for word in ("num_few_shot", "num_fewshot", "n_shot", "num_shots", "shots"):
        text = as_text(args.get(word))
        if text.isascii() and text.isdigit() and len(text) < 4:
            return int(text)
    return None
