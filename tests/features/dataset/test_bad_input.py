"""Bad input: each kind is refused by name, with file, line, value and remedy."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pandas as pd
import pytest

from features.dataset.check import check_dataset
from features.dataset.read import read_dataset
from features.errors import DataError
from tests.features.directories import MODELS, SCORES, TASKS, make, replaced

ROW = "alpha-7B,MMLU,{},,,,,,"


def _score(text: str) -> dict[str, str | bytes | None]:
    return {"scores_csv": replaced(SCORES, 2, ROW.format(text))}


def _scores(line: int, row: str) -> dict[str, str | bytes | None]:
    return {"scores_csv": replaced(SCORES, line, row)}


def _models(line: int, row: str) -> dict[str, str | bytes | None]:
    return {"models_csv": replaced(MODELS, line, row)}


def _tasks(line: int, row: str) -> dict[str, str | bytes | None]:
    return {"tasks_csv": replaced(TASKS, line, row)}


# name: (files, where it is found, text of the value, text of reason and remedy)
CASES: dict[str, tuple[dict[str, str | bytes | None], str, str, str]] = {
    "missing column": (
        _scores(1, "model,task,scor,se,n_items,date,source,setting,reported_by"),
        "scores.csv, line 1",
        "scor,",
        "missing required column score (did you mean it by 'scor'?",
    ),
    "semicolons": (
        {"scores_csv": SCORES.replace(",", ";")},
        "scores.csv, line 1",
        "model;task",
        "separate the fields by commas",
    ),
    "outside the scale": (_score("101"), "scores.csv, line 2", "'101'", "outside the task's scale"),
    "percent on a share": (
        _scores(5, "beta-13B,Share,50,,,,,,"),
        "scores.csv, line 5",
        "'50'",
        "is it in percent?",
    ),
    "nan": (_score("nan"), "scores.csv, line 2", "'nan'", "take the row out"),
    "inf": (_score("-inf"), "scores.csv, line 2", "'-inf'", "not a finite number"),
    "overflow": (_score("1e999"), "scores.csv, line 2", "'1e999'", "too large"),
    "text for a score": (_score("good"), "scores.csv, line 2", "'good'", "not a number"),
    "decimal comma": (_score('"60,5"'), "scores.csv, line 2", "'60,5'", "decimal point"),
    "percent sign": (_score("60%"), "scores.csv, line 2", "'60%'", "without %"),
    "empty score": (_score(""), "scores.csv, line 2", "", "the score is empty"),
    "empty model": (_scores(3, ",Wit,1,,,,,,"), "scores.csv, line 3", "", "the model is empty"),
    "undeclared task": (
        _scores(3, "alpha-7B,MMLV,1,,,,,,"),
        "scores.csv, line 3",
        "'MMLV'",
        "did you mean 'MMLU'?",
    ),
    "negative se": (_scores(3, "alpha-7B,Wit,1,-2,,,,,"), "scores.csv, line 3", "'-2'", "negative"),
    "zero items": (_scores(3, "alpha-7B,Wit,1,,0,,,,"), "scores.csv, line 3", "'0'", "above 0"),
    "bad date": (
        _scores(3, "alpha-7B,Wit,1,,,2024-13-01,,,"),
        "scores.csv, line 3",
        "'2024-13-01'",
        "no day of the calendar",
    ),
    "other date format": (
        _scores(3, "alpha-7B,Wit,1,,,01.05.2024,,,"),
        "scores.csv, line 3",
        "'01.05.2024'",
        "write yyyy-mm-dd",
    ),
    "ragged row": (
        _scores(4, "beta-13B,MMLU,55"),
        "scores.csv, line 4",
        "beta-13B,MMLU,55",
        "3 fields, the header has 9",
    ),
    "open quote": (
        _scores(4, '"beta-13B,MMLU,55,,,,,,'),
        "scores.csv, line 4",
        "",
        "opened and never closed",
    ),
    "NUL byte": (
        {"scores_csv": SCORES.replace("Wit", "W\0t", 1)},
        "scores.csv, line 3",
        "W\\\\x00t",
        "NUL byte",
    ),
    "long line": (
        {"scores_csv": replaced(SCORES, 3, "alpha-7B,Wit,1,,,,," + "x" * 10_000_000 + ",")},
        "scores.csv, line 3",
        "alpha-7B,Wit",
        "a line of 10,000,021 bytes; a line may have 1,000,000",
    ),
    "long field": (
        {"scores_csv": replaced(SCORES, 3, "alpha-7B,Wit,1,,,,," + "x" * 200_000 + ",")},
        "scores.csv, line 3",
        "",
        "a field of more than",
    ),
    "Latin-1": (
        {"scores_csv": SCORES.replace("Wit", "Wité", 1).encode("latin-1")},
        "scores.csv, line 3",
        "Wit\\\\xe9",
        "save the file as UTF-8",
    ),
    "UTF-16": ({"scores_csv": SCORES.encode("utf-16")}, "scores.csv, line 1", "", "UTF-16"),
    "old Mac line ends": (
        {"scores_csv": SCORES.replace("\n", "\r")},
        "scores.csv, line 1",
        "",
        "carriage return",
    ),
    "empty scores": ({"scores_csv": ""}, "scores.csv", "", "the file is empty"),
    "scores without a row": (
        {"scores_csv": "model,task,score\n"},
        "scores.csv",
        "",
        "a header but no row",
    ),
    "empty models": ({"models_csv": ""}, "models.csv", "", "the file is empty"),
    "no scores": ({"scores_csv": None}, "scores.csv", "", "add scores.csv or scores.csv.gz"),
    "no tasks": ({"tasks_csv": None}, "tasks.csv", "", "file is missing"),
    "two scores files": ({"scores_csv_gz": b""}, "scores.csv", "", "keep one of them"),
    "column twice": (
        {"models_csv": "model,params,params\nalpha-7B,1e9,1e9\n"},
        "models.csv, line 1",
        "'params'",
        "stands twice",
    ),
    "column without a name": (
        {"models_csv": ",model\n0,alpha-7B\n"},
        "models.csv, line 1",
        "",
        "column 1 has no name",
    ),
    "too many columns": (
        {"models_csv": "model," + ",".join(f"c{i}" for i in range(3000)) + "\n"},
        "models.csv, line 1",
        "",
        "3,001 columns; at most 2,000",
    ),
    "repeated model": (
        _models(3, "alpha-7B,,,,,,"),
        "models.csv, line 3",
        "'alpha-7B'",
        "stands twice, first on line 2",
    ),
    "repeated task": (
        _tasks(3, "MMLU,,,,,,,"),
        "tasks.csv, line 3",
        "'MMLU'",
        "stands twice, first on line 2",
    ),
    "zero params": (_models(2, "alpha-7B,,0,,,,"), "models.csv, line 2", "'0'", "above 0"),
    "minus one params": (_models(2, "alpha-7B,,-1,,,,"), "models.csv, line 2", "'-1'", "above 0"),
    "params in words": (_models(2, "alpha-7B,,7B,,,,"), "models.csv, line 2", "'7B'", "7e9"),
    "bad flag": (_models(2, "alpha-7B,,,,maybe,,"), "models.csv, line 2", "'maybe'", "true, false"),
    "bad release date": (
        _models(2, "alpha-7B,,,2024,,,"),
        "models.csv, line 2",
        "'2024'",
        "yyyy-mm-dd",
    ),
    "inf in an own column": (
        _models(2, "alpha-7B,,,,,,inf"),
        "models.csv, line 2",
        "'inf'",
        "leave it empty",
    ),
    "no room on the scale": (
        _tasks(2, "MMLU,accuracy,100,0,,true,,"),
        "tasks.csv, line 2",
        "scale_min=100,scale_max=0",
        "scale_min must be below scale_max",
    ),
    "chance off the scale": (
        _tasks(2, "MMLU,accuracy,0,100,-1,true,,"),
        "tasks.csv, line 2",
        "chance=-1",
        "outside the scale",
    ),
    "negative shots": (
        _tasks(2, "MMLU,accuracy,0,100,25,true,,-1"),
        "tasks.csv, line 2",
        "'-1'",
        "must not be negative",
    ),
    "bad TOML": (
        {"dataset_toml": 'name = "tiny"\ntitle = oops\n'},
        "dataset.toml, line 2",
        "title = oops",
        "not valid TOML",
    ),
    "name is no text": ({"dataset_toml": "name = 3\n"}, "dataset.toml", "'3'", "in quotes"),
    "no gzip": (
        {"scores_csv": None, "scores_csv_gz": SCORES},
        "scores.csv.gz",
        "",
        "damaged or not gzip",
    ),
    "cut gzip": (
        {"scores_csv": None, "scores_csv_gz": gzip.compress(SCORES.encode())[:-20]},
        "scores.csv.gz",
        "",
        "damaged or not gzip",
    ),
    "gzip called csv": (
        {"scores_csv": gzip.compress(SCORES.encode())},
        "scores.csv, line 1",
        "",
        "name it .csv.gz",
    ),
    "no parquet": (
        {"scores_csv": None, "scores_parquet": SCORES},
        "scores.parquet",
        "",
        "not a readable parquet file",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_by_name(case: str, tmp_path: Path) -> None:
    files, where, value, reason = CASES[case]
    path = make(tmp_path / "data", **files)
    before = sorted(os.listdir(path)), sorted(os.listdir(tmp_path))
    with pytest.raises(DataError) as caught:
        read_dataset(path)
    message = str(caught.value)
    assert str(path) in message
    first = caught.value.ledger.of("refused")[0]
    entry = str(first)
    assert entry in message
    assert entry.startswith(where), entry
    assert value.replace("\\\\", "\\") in entry.replace("\\\\", "\\"), entry
    assert reason in entry, entry
    assert first.remedy or "missing" in entry
    assert caught.value.ledger.adds_up(), caught.value.ledger.counts()
    assert (sorted(os.listdir(path)), sorted(os.listdir(tmp_path))) == before
    checked = check_dataset(path)
    assert checked.failed
    assert checked.adds_up()
    assert [str(e) for e in checked.of("refused")][0] == entry


def test_missing_directory_and_a_file_for_a_directory(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such directory"):
        read_dataset(tmp_path / "nowhere")
    file = tmp_path / "scores.csv"
    file.write_text(SCORES)
    with pytest.raises(DataError, match="is a file, not a dataset directory"):
        read_dataset(file)
    assert check_dataset(tmp_path / "nowhere").failed


def test_every_fault_is_gathered_and_counts_add_up(tmp_path: Path) -> None:
    rows = "".join(f"alpha-7B,MMLU,{i},,,,,,\n" for i in range(90, 110))
    repeats = "beta-13B,MMLU,55.25,,,,,,first_party\n" * 3
    path = make(tmp_path / "d", scores_csv=SCORES + rows + repeats)
    with pytest.raises(DataError, match="and 4 more") as caught:
        read_dataset(path)
    ledger = caught.value.ledger
    assert ledger.counts() == {
        "rows_in": 27,
        "kept": 15,
        "merged": 3,
        "set_aside": 0,
        "refused": 9,
    }
    assert [e.line for e in ledger.of("merged")] == [26, 27, 28]
    lenient = read_dataset(path, strict=False)
    assert len(lenient.scores) == 15


def test_lenient_reading_leaves_out_what_is_refused(tmp_path: Path) -> None:
    path = make(
        tmp_path / "d",
        models_csv=replaced(MODELS, 2, "alpha-7B,Alpha,-1,2024-04-01,true,red,1"),
        tasks_csv=replaced(TASKS, 2, "MMLU,accuracy,100,0,,true,,"),
    )
    table = read_dataset(path, strict=False)
    assert pd.isna(table.models.at["alpha-7B", "params"])
    assert sorted(set(table.scores["task"])) == ["Share", "Wit"]
    assert table.ledger.counts()["refused"] == 2
    nothing = make(tmp_path / "e", scores_csv="")
    with pytest.raises(DataError, match="the file is empty"):
        read_dataset(nothing, strict=False)


def test_a_gzip_bomb_of_one_line_costs_no_memory(tmp_path: Path) -> None:
    head = b"model,task,score\nalpha-7B,MMLU,50\n"
    bomb = gzip.compress(head + b"x" * 60_000_000 + b"\nbeta-13B,MMLU,51\n", mtime=0)
    path = make(tmp_path / "d", scores_csv=None, scores_csv_gz=bomb)
    ledger = check_dataset(path)
    (refused,) = ledger.of("refused")
    assert refused.line == 3
    assert ledger.counts()["kept"] == 2


def test_a_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.formats.csv_files.MAX_BYTES", 200)
    ledger = check_dataset(make(tmp_path / "d"))
    assert any("larger than 200 bytes" in e.reason for e in ledger.of("refused"))
    assert ledger.adds_up()
