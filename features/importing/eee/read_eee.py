"""Import Every Eval Ever records: one JSON file per model and run, items in a file beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from features.catalogue.normalise import normalise_name
from features.documents.json_files import as_object, as_text, head_of, key_path, read_json
from features.errors import DataError
from features.formats.scalars import SUFFIX, number
from features.importing.eee import items
from features.importing.eee.record import Record
from features.importing.eee.results import Result
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from features.importing.shared.places import Place

NAME = "eee"
REQUIRED = (
    *("schema_version", "evaluation_id", "retrieved_timestamp", "source_metadata", "eval_library"),
    *("model_info", "evaluation_results"),
)
#: without these nothing of another version is read either
INDISPENSABLE = ("model_info", "evaluation_results")
_OURS = re.compile(r"0\.3(?:\.\d+)*")
_PEEK = 65536
_SIZED = re.compile(r"([\d.]+)\s?([kmbt])", re.I)
#: normalised keys of `additional_details` that are a standard factor, with what they count
_FACTORS = {
    "num parameters": ("params", 1.0),
    "model num parameters": ("params", 1.0),
    "parameters": ("params", 1.0),
    "params": ("params", 1.0),
    "params billions": ("params", 1e9),
    "active params": ("active_params", 1.0),
    "training tokens": ("training_tokens", 1.0),
    "training flop": ("training_flop", 1.0),
    "context length": ("context_length", 1.0),
}
_TEXT_FACTORS = ("architecture", "base_model", "release_date", "finetuning", "family")


def claims(path: Path) -> bool:
    """Whether a file of a folder plainly is a record, or the items of one."""
    name = path.name.casefold()
    if not path.is_file():
        return False
    if name.endswith(items.ENDING):
        return claims(items.record_of(path))
    if not name.endswith(".json"):
        return False
    head = head_of(path, _PEEK) or b""
    return b'"schema_version"' in head and (
        b'"evaluation_id"' in head or b'"retrieved_timestamp"' in head
    )


def read(path: Path, into: Collector, options: Options) -> None:
    """Read one record, and its items if they are beside it.

    Raises
    ------
    DataError
        If the file is no JSON, misses what the schema requires, or is a file of items alone.
    """
    file = str(path)
    if path.name.casefold().endswith(items.ENDING):
        record = items.record_of(path)
        if not record.is_file():
            raise DataError(
                f"{file}: items without their record; put {record.name} beside them and name that"
            )
        into.left_file(file, f"the items of {record.name}: read together with it")
        return
    doc = read_json(path, file)
    _check(doc, file, into)
    model = _model(doc, file, into)
    shared = Record(doc, file, model, into)
    results = [Result(node, i, shared) for i, node in enumerate(doc["evaluation_results"])]
    by_name = {normalise_name(r.name): r for r in results}
    seen: dict[tuple[Any, ...], float] = {}
    for result in results:
        result.read(by_name, seen)
    if options.items:
        items.read_items(path, doc, results, model, into)


def _check(doc: Any, file: str, into: Collector) -> None:
    if not isinstance(doc, dict):
        raise DataError(f"{file}: not a record of Every Eval Ever: the file must hold one object")
    version = as_text(doc.get("schema_version"))
    ours = bool(_OURS.fullmatch(version))
    missing = [f for f in (REQUIRED if ours else INDISPENSABLE) if doc.get(f) in (None, "")]
    if missing:
        raise DataError(
            f"{file}, {missing[0]}: missing; schema {version or '(no version)'} requires "
            f"{', '.join(missing)}; write the record again with its converter"
        )
    if not isinstance(doc["evaluation_results"], list):
        raise DataError(f"{file}, evaluation_results: must be a list; write the record again")
    if not ours:
        text = "not schema 0.3, for which this importer is made; read by its shape"
        into.note(Place(file, "schema_version"), version, text)


def _model(doc: dict[str, Any], file: str, into: Collector) -> str:
    """Return the model's id, and tell what the record says of it."""
    info = as_object(doc["model_info"])
    name = as_text(info.get("id")) or as_text(info.get("name"))
    if not name:
        raise DataError(
            f"{file}, model_info.id: missing; without it nobody knows whose scores these are"
        )
    details = as_object(info.get("additional_details"))
    weights = as_text(details.get("model_availability"))
    factors: dict[str, Any] = {
        "organization": as_text(info.get("developer")),
        "open_weights": {"open_weights": True, "closed_weights": False}.get(weights),
    }
    for key, value in details.items():
        factor, times = _FACTORS.get(normalise_name(key), ("", 1.0))
        if factor:
            factors.setdefault(factor, _count(value, times))
        elif key in _TEXT_FACTORS:
            factors[key] = as_text(value)
    into.model(Place(file, key_path("model_info")), name, **factors)
    return name


def _count(value: Any, times: float) -> float | None:
    """Return a count that is written as text, ``7B`` too; None if it is none, or not above 0."""
    text = as_text(value) if isinstance(value, str) else str(value)
    try:
        if sized := _SIZED.fullmatch(text):
            found = number(sized[1]) * SUFFIX[sized[2].casefold()]
        else:
            found = number(text) * times
    except ValueError:
        return None
    return found if found > 0 else None
