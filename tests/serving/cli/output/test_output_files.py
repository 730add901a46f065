"""Output files: refused early, whole or not there at all, the same bytes each time."""

from __future__ import annotations

import click
import pandas as pd
import pytest

from serving.cli.output.output_files import OutFile, beside, write_frame

FRAME = pd.DataFrame({"model": ["a", "b"], "score": [0.1, None]})


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_round_trip_and_equal_bytes(tmp_path, name):
    write_frame(FRAME, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
    pd.testing.assert_frame_equal(read(tmp_path / name), FRAME, check_dtype=False)
    write_frame(FRAME, tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("old")

    def fail() -> None:
        with beside(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("t.xlsx", "must end in"), ("no/t.csv", "does not exist"), ("dir.csv", "is a directory")],
)
def test_refused_before_the_work(tmp_path, name, says):
    (tmp_path / "dir.csv").mkdir()
    with pytest.raises(click.BadParameter, match=says):
        OutFile().convert(str(tmp_path / name), None, None)
