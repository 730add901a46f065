"""Every Eval Ever: the items beside a record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.importing.eee import read_eee
from tests.features.importing.eee_records import RECORD, RESULT, UUID, both, changed, read
from tests.features.importing.fuzzing import FUZZ, as_bytes, check_reading, damaged, odd_json
from tests.features.importing.reading import Found, read_with


def row_of(n: int, score: float = 1.0, **changes: Any) -> dict[str, Any]:
    return {
        "schema_version": "0.3.0",
        "evaluation_id": RECORD["evaluation_id"],
        "model_id": "org/Tiny-7B",
        "evaluation_name": "GSM8K",
        "evaluation_result_id": "gsm8k/acc",
        "sample_id": f"q{n}",
        "interaction_type": "single_turn",
        "input": {"raw": "How many?", "reference": ["4"]},
        "output": {"raw": ["4"]},
        "answer_attribution": [],
        "evaluation": {"score": score, "is_correct": score > 0},
    } | changes


def with_items(tmp_path: Path, rows: list[Any], made: Any = RECORD, **options: Any) -> Found:
    lines = [r if isinstance(r, str) else json.dumps(r) for r in rows]
    (tmp_path / f"{UUID}_samples.jsonl").write_text("\n".join(lines) + "\n")
    return read(tmp_path, made, **options)


def test_items_are_read_beside_the_score(tmp_path: Path) -> None:
    found = with_items(tmp_path, [row_of(1), row_of(2, 0.0), row_of(1, 0.0)])
    [(model, task, frame)] = found.into.item_parts()
    assert (model, found.into.keys[task]) == ("org/Tiny-7B", found.rows["key"][0])
    assert frame[["item", "outcome", "epoch"]].values.tolist() == [
        ["q1", 1.0, 1],
        ["q2", 0.0, 1],
        ["q1", 0.0, 2],
    ]
    assert not with_items(tmp_path, [row_of(1)], items=False).into.item_parts()


def test_items_are_joined_by_result_id_not_by_name(tmp_path: Path) -> None:
    f1 = changed(evaluation_result_id="gsm8k/f1", metric_config__metric_name="f1")
    rows = [row_of(1), row_of(1, 0.25, evaluation_result_id="gsm8k/f1")]
    parts = with_items(tmp_path, rows, both(RESULT, f1)).into.item_parts()
    assert sorted(frame["outcome"].tolist() for _, _, frame in parts) == [[0.25], [1.0]]
    rows = [row_of(1, evaluation_result_id="")]
    found = with_items(tmp_path, rows, both(RESULT, f1))
    assert "no result of the record, or of several" in found.told("refused")[0]
    assert with_items(tmp_path, rows).into.item_parts()  # the name is that of one result


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row_of(1), '{"broken'], "line 2"),
        ([row_of(1), row_of(2, evaluation_id="other")], "line 2: evaluation_id"),
        ([row_of(1, evaluation_result_id="x")], "line 1: evaluation_result_id 'x'"),
        ([row_of(1, sample_id="")], "line 1: no sample_id"),
        ([row_of(1, evaluation={})], "line 1: no score"),
        ([[]], "line 1"),
    ],
)
def test_faulty_items_are_refused_and_scores_stay(
    tmp_path: Path, rows: list[Any], told: str
) -> None:
    found = with_items(tmp_path, rows)
    assert found.counts == (1, 0, 0)
    assert not found.into.item_parts()
    [refused] = found.told("refused")
    assert f"{UUID}_samples.jsonl" in refused
    assert told in refused


def test_a_file_of_items_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    declared = {"format": "jsonl", "file_path": f"data/a/b/c/{UUID}_samples.jsonl", "total_rows": 3}
    made = RECORD | {"detailed_evaluation_results": declared}
    found = with_items(tmp_path, [row_of(1), row_of(2)], made)
    assert "2 rows, but the record declares 3" in found.told("refused")[0]
    (tmp_path / f"{UUID}_samples.jsonl").unlink()
    assert any("not beside the record" in n for n in read(tmp_path, made).told("note"))


def test_claims_and_items_alone(tmp_path: Path) -> None:
    with_items(tmp_path, [row_of(1)])
    (tmp_path / "other.json").write_text('{"results": {}}')
    (tmp_path / "other_samples.jsonl").write_text("{}")
    items, found = tmp_path / f"{UUID}_samples.jsonl", tmp_path / f"{UUID}.json"
    assert sorted(p for p in tmp_path.iterdir() if read_eee.claims(p)) == sorted([items, found])
    alone = read_with(read_eee.read, items)
    assert alone.counts == (0, 0, 0)
    assert "read together with it" in alone.told("set_aside")[0]
    found.unlink()
    with pytest.raises(DataError, match="items without their record"):
        read_with(read_eee.read, items)


@given(damaged(f"{json.dumps(row_of(1))}\n{json.dumps(row_of(2))}\n".encode()))
@FUZZ
def test_damaged_items(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_text(json.dumps(RECORD))
    (tmp_path / "x_samples.jsonl").write_bytes(content)
    check_reading(read_eee.read, tmp_path / "x.json")


@given(st.data())
@FUZZ
def test_odd_items(tmp_path: Path, data: st.DataObject) -> None:
    (tmp_path / "x.json").write_text(json.dumps(RECORD))
    rows = data.draw(odd_json({"rows": [row_of(1), row_of(2)]})).get("rows")
    lines = [as_bytes(r) for r in rows] if isinstance(rows, list) else [as_bytes(rows)]
    (tmp_path / "x_samples.jsonl").write_bytes(b"\n".join(lines))
    check_reading(read_eee.read, tmp_path / "x.json")
