"""``.eval_results/*.yaml``: a dataset, a value, and hardly anything else."""

from __future__ import annotations

from typing import Any

from features.catalogue.normalise import normalise_name
from features.documents.json_files import as_object, as_text, key_path
from features.errors import DataError
from features.importing.long.values import day
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey
from features.importing.values.score_text import PERCENT, is_unknown, read_score, score_problem

#: task ids that only say that the dataset has no parts
_WHOLE = frozenset({"", "default"})


def read_results(tree: Any, file: str, repository: str, into: Collector) -> None:
    """Take the scores of a file of results.

    Parameters
    ----------
    tree : list
        The file, every scalar text.
    file : str
    repository : str
        The model.
    into : Collector

    Raises
    ------
    DataError
        If it is not a list, or the folder does not say which model it is.
    """
    if not isinstance(tree, list):
        raise DataError(
            f"{file}, line 1: must be a list of results, each with a dataset and a value; write it "
            "as '- dataset: ...'"
        )
    if not repository:
        raise DataError(f"{file}: the path does not show the model; put it under ORG/MODEL")
    for i, entry in enumerate(tree):
        _read_entry(entry, i, file, repository, into)


def _read_entry(entry: Any, i: int, file: str, model: str, into: Collector) -> None:
    place = Place(file, key_path(i, "value"))
    if not isinstance(entry, dict):
        into.refuse(Place(file, key_path(i)), entry, "not a result", "give dataset and value")
        return
    value = entry.get("value")
    dataset = as_object(entry.get("dataset"))
    id_, task = as_text(dataset.get("id")), as_text(dataset.get("task_id"))
    if not isinstance(value, str):
        into.refuse(place, value, "no value that is a number", "write one number")
    elif is_unknown(value):
        into.set_aside(place, value, "the score is not known")
    elif not id_:
        into.refuse(place, value, "the result names no dataset", "give dataset.id")
    else:
        try:
            told = read_score(value)
        except ValueError as error:
            into.refuse(place, value, *score_problem(error))
            return
        name = id_.rsplit("/", 1)[-1] or id_
        part = "" if normalise_name(task) in (normalise_name(name), *_WHOLE) else task
        source = as_object(entry.get("source"))
        verified = bool(as_text(entry.get("verifyToken")))
        notes = " ".join(as_text(entry.get("notes")).split())[:200]
        into.report(
            place,
            model=model,
            task=TaskKey(
                name,
                config=part,
                harness="hf",
                dataset=id_,
                scale=PERCENT if told.percent else None,
            ),
            score=told.value,
            se=told.se,
            date=_day(entry.get("date"), i, file, into),
            source=as_text(source.get("url")) or as_text(source.get("name")),
            setting=", ".join(s for s in ("verified" if verified else "", notes) if s),
            reported_by="third_party" if verified else "",
        )


def _day(value: Any, i: int, file: str, into: Collector) -> str | None:
    text = as_text(value)
    if is_unknown(text):
        return None
    try:
        return day(text)
    except ValueError as error:
        note = f"the date {error.args[0]}; left unknown"
        into.note(Place(file, key_path(i, "date")), text, note, error.args[1])
        return None
