"""Items of an Every Eval Ever record: ``<uuid>_samples.jsonl`` beside ``<uuid>.json``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from features.documents.json_files import (
    as_count,
    as_number,
    as_object,
    as_text,
    read_json_lines,
)
from features.errors import DataError
from features.importing.eee.results import Result
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place

ENDING = "_samples.jsonl"


def record_of(path: Path) -> Path:
    """Return the record that a file of items belongs to."""
    return path.with_name(path.name[: -len(ENDING)] + ".json")


def read_items(
    path: Path, doc: dict[str, Any], results: list[Result], model: str, into: Collector
) -> None:
    """Read the items of a record, if their file is beside it.

    An item belongs to the result with its ``evaluation_result_id``, else to the only one with its
    ``evaluation_name``. What cannot be read is told for the file as a whole; scores stay.
    """
    detail = as_object(doc.get("detailed_evaluation_results"))
    named = Path(as_text(detail.get("file_path")).replace("\\", "/") or "?").name
    beside = [path.with_name(path.stem + ENDING), path.with_name(named or "?")]
    found = next((p for p in beside if p.is_file() and p != path), None)
    if found is None:
        if detail:
            text = "the items are not beside the record; not read"
            into.note(Place(str(path), "detailed_evaluation_results"), named, text)
        return
    outcomes, faults, count = _outcomes(found, doc, results)
    wanted = as_count(detail.get("total_rows"))
    if wanted is not None and wanted != count:
        faults.append(f"{found}: {count} rows, but the record declares {wanted}")
    if faults:
        more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
        into.refuse_file(str(found), faults[0] + more, "copy the file again, or leave it out")
        return
    for at, (items, values) in outcomes.items():
        key = results[at].key
        if key is None:
            into.left_file(str(found), f"items of {results[at].name!r}, whose score is not kept")
            continue
        tries: Counter[str] = Counter()
        epochs = []
        for item in items:
            tries[item] += 1
            epochs.append(tries[item])
        into.items(
            Place(str(found)), model=model, task=key, item=items, outcome=values, epoch=epochs
        )


def _outcomes(
    path: Path, doc: dict[str, Any], results: list[Result]
) -> tuple[dict[int, tuple[list[str], list[float]]], list[str], int]:
    """Return items and values by result, what is faulty, and the number of rows."""
    by_id = {r.id: i for i, r in enumerate(results) if r.id}
    names = Counter(r.name for r in results)
    by_name = {r.name: i for i, r in enumerate(results) if names[r.name] == 1}
    out: dict[int, tuple[list[str], list[float]]] = {}
    faults: list[str] = []
    count = 0
    for line, row in read_json_lines(path, str(path)):
        count += 1
        at = f"{path}, line {line}"
        if isinstance(row, DataError):
            faults.append(str(row))
            continue
        row = as_object(row)
        said = as_object(row.get("evaluation"))
        item = as_text(row.get("sample_id")) or as_text(row.get("sample_hash"))
        id_, name = as_text(row.get("evaluation_result_id")), as_text(row.get("evaluation_name"))
        result = by_id.get(id_) if id_ else by_name.get(name)
        correct = said.get("is_correct")
        value = as_number(said.get("score"))
        if value is None and isinstance(correct, bool):
            value = float(correct)
        if as_text(row.get("evaluation_id")) not in ("", as_text(doc.get("evaluation_id"))):
            faults.append(f"{at}: evaluation_id is that of another record")
        elif result is None:
            what = f"evaluation_result_id {id_!r}" if id_ else f"evaluation_name {name!r}"
            faults.append(f"{at}: {what} is that of no result of the record, or of several")
        elif not item or value is None:
            faults.append(f"{at}: {'no score' if item else 'no sample_id'}")
        else:
            items, values = out.setdefault(result, ([], []))
            items.append(item)
            values.append(value)
    return out, faults, count
