"""Logs of Inspect as archives: how they may be packed, and what is not unpacked."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.importing.inspect_ai import archive, read_inspect
from features.importing.inspect_ai.archive import Archive
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from tests.features.importing.fuzzing import FUZZ, check_reading, damaged
from tests.features.importing.inspect_made import ACCURACY, FULL, PACKED, items, kept, pack


def test_an_archive_of_inspect_itself_packed_with_zstandard() -> None:
    assert read_inspect.claims(PACKED)
    into = check_reading(read_inspect.read, PACKED)
    row = kept(into)[ACCURACY]
    assert row.score == pytest.approx(1 / 3)
    assert row.setting == "Inspect 0.3.285; epochs 2; limit 3; partial"
    ((_, _, frame), *_) = into.item_parts()
    assert list(zip(frame["item"], frame["epoch"], strict=True)) == [
        (f"s{i}", e) for e in (1, 2) for i in range(3)
    ]


HEADER = {k: v for k, v in FULL.items() if k != "samples"}


def test_archives_packed_in_other_ways(tmp_path: Path) -> None:
    samples = {f"samples/{s['id']}_epoch_1.json": s for s in FULL["samples"]}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = pack(tmp_path, {"header.json": HEADER, **samples}, method)
        into = check_reading(read_inspect.read, path)
        assert items(into)[ACCURACY] == [1, 1, 0, 1, 0]
    path = pack(tmp_path, {"header.json": HEADER}, zipfile.ZIP_LZMA)
    with pytest.raises(DataError, match="log.eval, header.json: packed by method 14"):
        read_inspect.read(path, Collector(), Options())


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER", 100_000)
    path = pack(tmp_path, {"header.json": b" " * 1_000_000})
    with pytest.raises(DataError, match="header.json: unpacks to more than 100,000 bytes"):
        read_inspect.read(path, Collector(), Options())
    # a member that says less than it has
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 10)
    path.write_bytes(bytes(raw))
    with pytest.raises(DataError, match="header.json: damaged: its size or check sum is wrong"):
        read_inspect.read(path, Collector(), Options())
    monkeypatch.setattr(archive, "MAX_TOTAL", 10)
    path = pack(tmp_path, {"header.json": HEADER})
    with pytest.raises(DataError, match="unpacks to more than 10 bytes"):
        read_inspect.read(path, Collector(), Options())
    monkeypatch.setattr(archive, "MAX_MEMBERS", 0)
    with pytest.raises(DataError, match="1 members; at most 0"):
        Archive(path)


def test_member_names_lead_nowhere(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    sample = {"id": "s0", "epoch": 1, "scores": {"match": {"value": "C"}}}
    path = pack(
        inside,
        {"header.json": HEADER, "samples/../../../evil.json": sample, "/evil.json": sample},
    )
    into = check_reading(read_inspect.read, path)
    assert items(into)[ACCURACY] == [1]
    assert [p.name for p in tmp_path.rglob("*")] == ["inside", "log.eval"]


def test_archives_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    for content, told in (
        (b"", "log.eval: no zip file"),
        (b"PK\x03\x04", "log.eval: no zip file"),
        (PACKED.read_bytes()[:-500], "log.eval: no zip file"),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=told):
            read_inspect.read(path, Collector(), Options())
    with pytest.raises(DataError, match="has no header.json, so this is no log"):
        read_inspect.read(pack(tmp_path, {"x.json": {}}), Collector(), Options())
    path = pack(tmp_path, {"header.json": HEADER, "summaries.json": b"[{"})
    (entry,) = check_reading(read_inspect.read, path).ledger.of("refused")
    assert "log.eval, summaries.json, line 1 column" in entry.reason


@given(damaged(PACKED.read_bytes()))
@FUZZ
def test_damaged_archives(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.eval"
    path.write_bytes(content)
    check_reading(read_inspect.read, path)


@given(st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=6))
@FUZZ
def test_flipped_bytes_in_the_directory(tmp_path: Path, flips: list[tuple[int, int]]) -> None:
    content = bytearray(PACKED.read_bytes())
    start = content.index(b"PK\x01\x02")
    for at, value in flips:
        content[start + at % (len(content) - start)] = value
    path = tmp_path / "log.eval"
    path.write_bytes(bytes(content))
    check_reading(read_inspect.read, path)
