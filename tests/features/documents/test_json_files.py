"""JSON with bounds: what is read, and errors that name file and place."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.documents import json_files
from features.documents.json_files import (
    as_count,
    as_number,
    key_path,
    parse_json,
    read_json,
    read_json_lines,
)
from features.errors import DataError


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "line 1 column 1: the file is empty"),
        (b'{"a": 1,\n "b": [1, 2', "line 2 column 12: the file breaks off"),
        (b'{"a": "x', "line 1 column 7: the file breaks off"),
        (b'{"a": 1,\n "b" 2}', "line 2 column 6: no JSON"),
        (b'{"a": 1}\n{"b": 2}', "line 2 column 1: no JSON: Extra data"),
        (b'{"a":\n "\xff"}', "line 2 column 3: not UTF-8, byte 0xff"),
        (b"\xff\xfe{\0}\0", "this is UTF-16, not JSON in UTF-8"),
        (b"\x1f\x8b\x08", "this is gzip"),
        (b'{"a": {"b": [{"c": 1, "c": 2}]}}', "a.b[0].c: the key 'c' stands twice"),
        (b'{"a":\n' + b"[" * 200_000 + b"]" * 200_000 + b"}", "line 2 column 100: nested too"),
        (b"[" * 100_000, "line 1 column 101: nested too deep"),
        (b'{"a":\n ' + b"1" * 5000 + b"}", "line 2 column 2: a number of thousands of digits"),
    ],
)
def test_faulty_files_are_errors_with_a_place(raw: bytes, told: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_json(raw, "folder/x.json")
    assert str(caught.value).startswith("folder/x.json")
    assert told in str(caught.value)


def test_a_mark_and_constants_are_read() -> None:
    value = parse_json(b'\xef\xbb\xbf{"a": NaN, "b": [Infinity, -Infinity], "c": 1e999}', "x")
    assert math.isnan(value["a"])
    assert value["b"] == [math.inf, -math.inf]
    assert value["c"] == math.inf


def test_a_key_that_stands_twice_with_one_value_is_no_fault() -> None:
    assert parse_json(b'{"a": {"b": NaN}, "a": {"b": NaN}, "c": 1}', "x")["c"] == 1


def test_half_a_surrogate_pair_is_no_character() -> None:
    text = r'{"a": "\ud83d\ude00 \ud83d \ude00\\ud83d", "b": "\ud800\ud83d\ude00"}'
    value = parse_json(text.encode(), "x")
    assert value["a"] == "\U0001f600 \ufffd \ufffd\\ud83d"
    assert value["b"] == "\ufffd\U0001f600"
    json.dumps(value, ensure_ascii=False).encode("utf-8")


@given(st.text(max_size=8))
def test_whole_texts_come_through(text: str) -> None:
    assert parse_json(json.dumps([text]).encode(), "x") == [text]


def test_size_kind_and_presence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    path.write_text("[1, 2, 3]")
    assert read_json(path) == [1, 2, 3]
    monkeypatch.setattr(json_files, "MAX_BYTES", 5)
    with pytest.raises(DataError, match="x.json is larger than 5 bytes"):
        json_files.read_bytes(path, limit=5)
    with pytest.raises(DataError, match="is a folder"):
        read_json(tmp_path)
    with pytest.raises(DataError, match="is no plain file or is not there"):
        read_json(tmp_path / "none.json")


def test_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"a": 1}\n\n{"a": \n[2]\n{"a": "' + b"x" * 40 + b'"}\n"\xff"\n3')
    monkeypatch.setattr(json_files, "MAX_LINE", 30)
    found = list(read_json_lines(path, "x.jsonl"))
    assert [n for n, _ in found] == [1, 3, 4, 5, 6, 7]
    values = [v for _, v in found]
    assert values[0] == {"a": 1} and values[2] == [2] and values[5] == 3
    assert "x.jsonl, line 3 column" in str(values[1])
    assert "x.jsonl, line 5: longer than 30 bytes" in str(values[3])
    assert "x.jsonl, line 6 column 2: not UTF-8" in str(values[4])


def test_values_and_places() -> None:
    assert key_path("results", "mmlu", "acc,none") == "results.mmlu.acc,none"
    assert key_path("rows", 3, "a.b", "c d") == 'rows[3]["a.b"]["c d"]'
    assert [as_number(v) for v in (1, 0.5, True, "1", None)] == [1.0, 0.5, None, None, None]
    assert as_number(10**400) == math.inf
    assert [as_count(v) for v in (5, 5.0, 0, -1, 2.5, math.nan, "5")] == [5, 5] + [None] * 5
