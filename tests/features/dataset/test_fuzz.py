"""Whatever bytes stand in the files: findings, never a traceback, and counts that add up."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.dataset.check import check_dataset
from features.dataset.read import read_dataset
from features.errors import DataError
from tests.features.directories import FOLDS, GOOD, SCORES, make

FILES = {**GOOD, "folds.csv": FOLDS}
bits = st.binary(max_size=60) | st.sampled_from(
    [b"\0", b'"', b"\n", b"\r", b",", b"\xff", b"nan", b"1e999", b"-1", b"\xef\xbb\xbf", b" ", b"'"]
)


@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 5), bits), min_size=1, max_size=4),
    st.booleans(),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damaged_files(
    tmp_path: Path, name: str, edits: list[tuple[int, int, bytes]], pack: bool
) -> None:
    content = FILES[name].encode()
    for at, gone, new in edits:
        at = min(at, len(content))
        content = content[:at] + new + content[at + gone :]
    path = make(tmp_path / "d", folds_csv=FOLDS)
    packed = path / "scores.csv.gz"
    packed.unlink(missing_ok=True)
    if pack and name == "scores.csv":
        (path / name).unlink()
        packed.write_bytes(gzip.compress(content))
    else:
        (path / name).write_bytes(content)
    ledger = check_dataset(path)
    assert ledger.adds_up(), ledger.counts()
    if not any(e.file != "folds.csv" for e in ledger.of("refused")):
        assert read_dataset(path).ledger.counts()["kept"] == ledger.kept
    else:
        with pytest.raises(DataError):
            read_dataset(path)


@given(st.sampled_from(["scores", "models", "tasks"]), st.binary(max_size=300))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damaged_packed_files(tmp_path: Path, stem: str, content: bytes) -> None:
    for suffix, start in (("csv_gz", b"\x1f\x8b\x08\0"), ("parquet", b"PAR1"), ("csv_gz", b"")):
        path = make(tmp_path / "d", **{f"{stem}_csv": None, f"{stem}_{suffix}": start + content})
        (path / f"{stem}.csv").unlink(missing_ok=True)
        ledger = check_dataset(path)
        assert ledger.failed
        assert ledger.adds_up(), ledger.counts()
        for file in path.iterdir():
            file.unlink()


@given(st.booleans(), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_flipped_bytes_in_packed_files(
    tmp_path: Path, parquet: bool, flips: list[tuple[int, int]]
) -> None:
    path = make(tmp_path / "d")
    good = tmp_path / "good.parquet"
    if parquet and not good.exists():
        read_dataset(path).scores.to_parquet(good, index=False)
    content = bytearray(good.read_bytes() if parquet else gzip.compress(SCORES.encode()))
    for at, value in flips:
        content[at % len(content)] = value
    (path / "scores.csv").unlink()
    packed = path / ("scores.parquet" if parquet else "scores.csv.gz")
    packed.write_bytes(content)
    ledger = check_dataset(path)
    packed.unlink()
    assert ledger.adds_up(), ledger.counts()
