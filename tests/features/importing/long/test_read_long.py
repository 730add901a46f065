"""Long tables: columns by any name, exact lines, percent signs, aggregates, damage."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.importing.long import files, read_long
from features.table.score_scale import ScoreScale
from tests.features.importing.fuzzing import FUZZ, check_reading, damaged
from tests.features.importing.reading import Found, read_with

GOOD = """model,task,score,se,n_items,date,source,setting,reported_by,metric,shots
gpt-4,MMLU,86.4,0.3,14042,2023-03-14,https://x.org,"5-shot, greedy",first_party,acc,5
gpt-4,GSM8K,92.0,,1319,2023-03-14T10:00:00Z,,,third-party,em,5-shot
llama,MMLU,45.3,0.4,14042,,,,,acc,5
"""


def read(tmp_path: Path, text: str, name: str = "t.csv", **options: Any) -> Found:
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return read_with(read_long.read, path, **options)


def test_all_columns_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert found.counts == (3, 0, 0)
    first = found.rows.iloc[0]
    assert first["at"] == 2
    assert first["se"] == 0.3
    assert first["n_items"] == 14042
    assert first["date"] == "2023-03-14"
    assert first["setting"] == "5-shot, greedy"
    assert (first["key"].metric, first["key"].shots, first["key"].scale) == ("acc", 5, None)
    second = found.rows.iloc[1]
    assert second["date"] == "2023-03-14"
    assert second["reported_by"] == "third_party"
    assert second["key"].shots == 5
    assert np.isnan(second["se"])
    assert pd.isna(found.rows.iloc[2]["date"])


def test_synonyms_are_recognised_with_a_note(tmp_path: Path) -> None:
    found = read(tmp_path, "Model Name,Benchmark,Accuracy,stderr,colour\na,MMLU,50,1,red\n")
    assert found.cells == [("a", "MMLU", 50.0)]
    assert found.rows["se"].tolist() == [1.0]
    assert any("'Accuracy' is the score" in n for n in found.told("note"))
    assert any("not read: 'colour'" in n for n in found.told("note"))


def test_named_columns_go_before_synonyms(tmp_path: Path) -> None:
    text = "who,what,score,points\na,MMLU,1,50\n"
    columns = {"model": "who", "task": "what", "score": "points"}
    assert read(tmp_path, text, columns=columns).cells == [("a", "MMLU", 50.0)]
    with pytest.raises(DataError, match=r"t\.csv, line 1: no column 'wo' .*did you mean 'who'"):
        read(tmp_path, text, columns={"model": "wo"})


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("model,task,accuracy,value", "'accuracy' and 'value' may be the score; say .*--column"),
        ("llm,system,task,score", "'llm' and 'system' may be the model"),
        ("model,task,points", "no column is called score.*'points'"),
        ("a,b,c", "no column is called model"),
    ],
)
def test_ambiguous_or_missing_columns_are_refused(tmp_path: Path, header: str, told: str) -> None:
    with pytest.raises(DataError, match=rf"t\.csv, line 1: .*{told}"):
        read(tmp_path, header + "\n" + ",".join("1" * (header.count(",") + 1)) + "\n")


def test_the_same_task_name_under_two_benchmarks_is_refused(tmp_path: Path) -> None:
    text = "model,benchmark,task,score\na,MMLU,test,50\na,ARC,test,60\n"
    with pytest.raises(DataError, match="one name of 'task' stands beside several of 'benchmark'"):
        read(tmp_path, text)
    assert len(read(tmp_path, text.replace("ARC,test", "ARC,other")).cells) == 2
    assert len(read(tmp_path, text, columns={"task": "benchmark"}).cells) == 2


def test_percent_against_proportion_is_told_by_the_sign(tmp_path: Path) -> None:
    found = read(tmp_path, "model,task,score\na,MMLU,63.5%\nb,MMLU,0.64\nc,MMLU,12.0 ± 0.5\n")
    assert [k.scale for k in found.rows["key"]] == [ScoreScale(0, 100), None, None]
    assert found.rows["se"].tolist()[2] == 0.5


def test_metrics_where_less_is_better_say_so(tmp_path: Path) -> None:
    found = read(tmp_path, "model,task,metric,score\na,x,wer,12\na,x,acc,50\n")
    scales = {k.metric: k.scale for k in found.rows["key"]}
    assert scales["acc"] is None
    assert scales["wer"] is not None and not scales["wer"].higher_is_better


def test_one_task_name_with_two_metrics_or_shots_is_two_tasks(tmp_path: Path) -> None:
    text = "model,task,metric,shots,score\na,x,acc,0,50\na,x,f1,0,60\na,x,acc,5,70\nb,x,acc,5,7\n"
    keys = [(k.metric, k.shots) for k in read(tmp_path, text).rows["key"]]
    assert keys == [("acc", 0), ("f1", 0), ("acc", 5), ("acc", 5)]


def test_an_aggregate_is_set_aside(tmp_path: Path) -> None:
    text = "model,task,score\na,MMLU,50\na,Average,60\na,overall,3\n"
    assert read(tmp_path, text).counts == (1, 2, 0)


def test_an_aggregate_and_its_parts_count_once_for_each_model(tmp_path: Path) -> None:
    text = "model,task,score\na,mmlu,50\na,mmlu_anatomy,60\nb,mmlu_anatomy,3\n"
    found = read(tmp_path, text)
    assert found.cells == [("a", "mmlu", 50.0), ("b", "mmlu_anatomy", 3.0)]
    assert found.counts == (2, 1, 0)


def test_unknown_scores_are_set_aside(tmp_path: Path) -> None:
    text = "model,task,score\na,MMLU,\nb,MMLU,N/A\nc,MMLU,-\nd,MMLU,1\n"
    assert read(tmp_path, text).counts == (1, 3, 0)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('a,MMLU,"1,5",,,', "score is not a number (use a decimal point)"),
        ("a,MMLU,1_000,,,", "score is not a number (leave out thousands separators)"),
        ("a,MMLU,inf,,,", "score is not a finite number"),
        ("a,MMLU,1,-1,,", "se must not be negative"),
        ("a,MMLU,1,x,,", "se is not a number"),
        ("a,MMLU,1,,0,", "n_items must be above 0"),
        ("a,MMLU,1,,-1,", "n_items must be above 0"),
        ("a,MMLU,1,,,2024-02-30", "date is no day of the calendar"),
        ("a,MMLU,1,,,12/05/2024", "date is not a date"),
        (",MMLU,1,,,", "the model has no name"),
        ("a, ,1,,,", "the task has no name"),
        ("a,MMLU,1,,", "the row has 5 fields, the header has 6"),
    ],
)
@pytest.mark.parametrize("careful", [False, True])
def test_faulty_rows_are_refused_with_their_line(
    tmp_path: Path, row: str, told: str, careful: bool
) -> None:
    blank = "\n" if careful else ""  # a blank line: lines are not rows
    text = f"model,task,score,se,n_items,date\nb,MMLU,1,,,\n{blank}{row}\nc,MMLU,2,,,\n"
    found = read(tmp_path, text)
    assert found.counts == (2, 0, 1)
    line = 4 if careful else 3
    assert f"t.csv, line {line}" in found.told("refused")[0]
    assert told in found.told("refused")[0]
    assert found.rows["at"].tolist() == [2, line + 1]


def test_many_faults_of_one_kind_are_counted(tmp_path: Path) -> None:
    text = "model,task,score\n" + "a,MMLU,x\n" * 500 + "a,MMLU,3\n"
    found = read(tmp_path, text)
    assert found.counts == (1, 0, 500)
    assert len(found.told("refused")) == 200
    assert "(and 300 more)" in found.told("refused")[-1]


def test_the_fast_and_the_careful_way_read_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = np.random.default_rng(0)
    lines = [GOOD.splitlines()[0]]
    for i in range(2000):
        score = generator.choice(["0.5", "63.5%", "N/A", "x", "1e2", "12 ± 1", ' "5"', "07.50"])
        fields = [f'"m, {i % 50}"', f" t{i % 7}", str(score), "", "100", "", "", f"s{i % 3}", "x"]
        lines.append(",".join([*fields, "acc", "5"][: 10 if i % 97 == 0 else 11]))
    (tmp_path / "t.csv").write_text("\r\n".join(lines))
    fast = read_with(read_long.read, tmp_path / "t.csv")
    monkeypatch.setattr(files, "_read_fast", lambda *_: None)
    slow = read_with(read_long.read, tmp_path / "t.csv")
    pd.testing.assert_frame_equal(fast.rows, slow.rows)
    refused = [
        {(e.line, e.reason) for e in each.into.ledger.of("refused")} for each in (fast, slow)
    ]
    assert refused[0] == refused[1]
    assert fast.counts == slow.counts


def test_a_regular_file_goes_the_fast_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_read_careful", lambda *_: pytest.fail("the slow way"))
    assert len(read(tmp_path, "\ufeff" + GOOD.rstrip("\n")).cells) == 3
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(GOOD.encode()))
    assert len(read_with(read_long.read, tmp_path / "t.csv.gz").cells) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("model,task,score\n", "a header but no row"),
        ("model,task,score\na,b,1\nb,\udcff,1\n", "line 3: .*not UTF-8"),
        ("model,task,score\na,b,1\n\0,b,1\n", "line 3: .*NUL byte"),
        ('model,task,score\na,b,1\nb,"b,1\n', "line 3: .*never closed"),
        ("model,task,score,score\na,b,1,1\n", "line 1: .*the column stands twice"),
        ("\udcff\udcfem\0", "UTF-16"),
    ],
)
def test_unreadable_text_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    found = read(tmp_path, text)
    assert any(pd.Series(found.told("refused")).str.contains(f"t.csv.*{told}"))


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "model": pd.Categorical(["a", "b", "a"]),
            "task": ["MMLU", "MMLU", "GSM8K"],
            "score": np.array([0.7, np.nan, 0.25], dtype="float32"),
            "n_items": [10, 20, 30],
            "date": pd.to_datetime(["2024-01-02", None, "2024-01-03"]),
            "extra": [[1], [2], [3]],
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    found = read_with(read_long.read, tmp_path / "t.parquet")
    assert found.cells == [("a", "MMLU", 0.7), ("a", "GSM8K", 0.25)]
    assert found.rows["date"].tolist() == ["2024-01-02", "2024-01-03"]
    assert found.rows["at"].tolist() == [2, 4]
    assert found.counts == (2, 1, 0)


def test_parquet_columns_with_lists_are_refused_by_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({"model": ["a"], "task": ["b"], "score": [[1.0, 2.0]]})
    frame.to_parquet(tmp_path / "t.parquet")
    told = r"t\.parquet, column 'score': holds list<.*, not one value to a row"
    with pytest.raises(DataError, match=told):
        read_with(read_long.read, tmp_path / "t.parquet")


def test_a_parquet_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"model": ["a"] * 100_000, "task": "b", "score": 1.0})
    frame.to_parquet(tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 10_000
    monkeypatch.setattr(files, "MAX_ROWS", 50_000)
    with pytest.raises(DataError, match=r"t\.parquet: 100,000 rows; at most 50,000"):
        read_with(read_long.read, tmp_path / "t.parquet")


def test_a_packed_bomb_is_not_taken_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(GOOD.encode() * 1000))
    monkeypatch.setattr(files, "MAX_BYTES", 100_000)
    monkeypatch.setattr(files, "_read_careful", lambda *_: pytest.fail("taken apart"))
    with pytest.raises(DataError, match=r"t\.csv\.gz: larger than 100,000 bytes \(unpacked\)"):
        read_with(read_long.read, tmp_path / "t.csv.gz")


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.tsv: not a table.*\.csv"):
        read(tmp_path, "x", "t.tsv")


def test_claims(tmp_path: Path) -> None:
    texts = {"t.csv": GOOD, "models.csv": GOOD, "wide.csv": "model,MMLU\na,5\n", "x.csv": ""}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    assert [n for n in texts if read_long.claims(tmp_path / n)] == ["t.csv"]


def test_damaged_files_of_a_searched_folder_are_left(tmp_path: Path) -> None:
    packed = gzip.compress(GOOD.encode() * 50, mtime=0)
    for at in range(10, len(packed), 3):  # also one that cannot be unpacked
        (tmp_path / "t.csv.gz").write_bytes(packed[:at] + b"\xff" + packed[at + 1 :])
        read_long.claims(tmp_path / "t.csv.gz")
    (tmp_path / "t.parquet").write_bytes(b"PAR1" * 20)
    assert not read_long.claims(tmp_path / "t.parquet")


@given(damaged(GOOD.encode()))
@FUZZ
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    read_long.claims(tmp_path / "t.csv")
    check_reading(read_long.read, tmp_path / "t.csv")


@given(st.data())
@FUZZ
def test_damaged_packed_files(tmp_path: Path, data: st.DataObject) -> None:
    good = tmp_path / "good.parquet"
    if not good.exists():
        frame = pd.DataFrame({"model": ["a", None], "task": ["b", "c"], "score": [1.0, 2.5]})
        frame.to_parquet(good)
    for name, content in (
        ("t.parquet", good.read_bytes()),
        ("t.csv.gz", gzip.compress(GOOD.encode(), mtime=0)),
    ):
        (tmp_path / name).write_bytes(data.draw(damaged(content)))
        read_long.claims(tmp_path / name)
        check_reading(read_long.read, tmp_path / name)
