"""Reading good directories: values exact, ids verbatim, oddities noted, rows accounted for."""

from __future__ import annotations

import csv
import gzip
import io
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.dataset.check import check_dataset
from features.dataset.read import read_dataset
from features.formats.csv_files import read_csv
from features.ledger import Ledger
from tests.features.directories import FOLDS, MODELS, SCORES, TASKS, TOML, make


def notes(table_or_ledger: object) -> list[str]:
    ledger = getattr(table_or_ledger, "ledger", table_or_ledger)
    assert isinstance(ledger, Ledger)
    return [str(e) for e in ledger.of("note")]


def test_a_good_directory_reads_as_it_stands(tmp_path: Path) -> None:
    table = read_dataset(make(tmp_path / "d"))
    assert table.name == "tiny"
    assert table.meta["title"] == "A tiny dataset"
    assert table.ledger.counts()["kept"] == table.ledger.rows_in == 4
    assert not table.ledger.failed
    cell = table.scores.set_index(["model", "task"]).loc[("alpha-7B", "MMLU")]
    assert (cell.score, cell.se, cell.n_items) == (60.5, 0.4, 14042)
    assert cell.date == pd.Timestamp("2024-05-01")
    assert (cell.source, cell.setting, cell.reported_by) == (
        "https://example.org/a",
        "5-shot",
        "third_party",
    )
    assert table.models.at["alpha-7B", "params"] == 7e9
    assert bool(table.models.at["alpha-7B", "open_weights"])
    assert table.models["depth"].tolist() == [1.0, 2.0]
    assert table.models["colour"].tolist() == ["red", "blue"]
    assert table.scales["Wit"].kind == "unbounded"
    assert table.scales["MMLU"].chance == 25


def test_all_kinds_of_files_read_alike(tmp_path: Path) -> None:
    plain = read_dataset(make(tmp_path / "csv"))
    packed = make(
        tmp_path / "gz",
        scores_csv=None,
        models_csv=None,
        tasks_csv=None,
        scores_csv_gz=gzip.compress(SCORES.encode()),
        models_csv_gz=gzip.compress(MODELS.encode()),
        tasks_csv_gz=gzip.compress(TASKS.encode()),
    )
    assert read_dataset(packed).fingerprint == plain.fingerprint
    parquet = make(tmp_path / "pq", scores_csv=None, models_csv=None, tasks_csv=None)
    plain.scores.to_parquet(parquet / "scores.parquet", index=False)
    plain.models.to_parquet(parquet / "models.parquet")
    plain.tasks.reset_index().to_parquet(parquet / "tasks.parquet", index=False)
    table = read_dataset(parquet)
    assert table.fingerprint == plain.fingerprint
    pd.testing.assert_frame_equal(table.models, plain.models)


def test_byte_order_mark_crlf_blank_lines_and_spaced_header_are_accepted(tmp_path: Path) -> None:
    text = "\ufeff" + SCORES.replace("model,task,score", "model, task, score") + "\n\n"
    path = make(tmp_path / "d", scores_csv=text.replace("\n", "\r\n"))
    assert read_dataset(path).fingerprint == read_dataset(make(tmp_path / "e")).fingerprint


def test_ids_stay_verbatim_and_twins_are_named(tmp_path: Path) -> None:
    more = "Alpha-7b,MMLU,61,,,,,,\n alpha-7B,MMLU,62,,,,,,\nalpha-7B,mmlu,1,,,,,,\n"
    path = make(tmp_path / "d", scores_csv=SCORES + more, tasks_csv=TASKS + "mmlu,,,,,,,\n")
    table = read_dataset(path)
    assert {"alpha-7B", "Alpha-7b", " alpha-7B"} <= set(table.models.index)
    said = notes(table)
    assert any("'Alpha-7b': differs from the model 'alpha-7B' only by case" in n for n in said)
    assert any("' alpha-7B': differs from the model 'alpha-7B'" in n for n in said)
    assert any("tasks.csv, line 5: 'mmlu': differs from the task 'MMLU'" in n for n in said)
    assert table.ledger.counts()["kept"] == 7


def test_other_notes_keep_the_data(tmp_path: Path) -> None:
    path = make(
        tmp_path / "d",
        scores_csv=SCORES.replace("first_party", "the vendor") + "gamma,MMLU,50,,,,,,3rd\n",
        models_csv=MODELS.replace("red", "blue") + "cold,,7,,,blue,3\n",
        tasks_csv=TASKS + "Unused,,0,1,,true,,\n",
        dataset_toml=None,
    )
    table = read_dataset(path)
    assert table.name == "d"
    said = "\n".join(notes(table))
    assert "dataset.toml: there is no description" in said
    assert "'the vendor': reported_by is read as 'unknown' (1 rows)" in said
    assert "models.csv, line 4: 'cold': the model has no score (a cold start" in said
    assert "'gamma': the model is not in the models file; kept without factors" in said
    assert "tasks.csv, line 3: 'Share': the task has one score" in said
    assert "tasks.csv, line 5: 'Unused': the task has no score" in said
    assert "models.csv, line 1: 'blue': the column 'colour' is constant" in said
    assert "params of 'cold' is read as a count and is very small" in said
    assert {"cold", "gamma"} <= set(table.models.index)
    assert table.ledger.adds_up()


def test_reporters_are_read_whatever_their_spelling(tmp_path: Path) -> None:
    path = make(tmp_path / "d", scores_csv=SCORES.replace("first_party", "First-Party"))
    table = read_dataset(path)
    assert set(table.scores["reported_by"]) == {"first_party", "third_party", "unknown"}
    assert any("'First-Party': reported_by is read as 'first_party'" in n for n in notes(table))


def test_without_models_and_with_an_unknown_column(tmp_path: Path) -> None:
    text = "model,task,score,mood\na,MMLU,1,fine\nb,MMLU,2,\n"
    table = read_dataset(make(tmp_path / "d", models_csv=None, scores_csv=text))
    assert list(table.models.index) == ["a", "b"]
    said = "\n".join(notes(table))
    assert "every model is without factors" in said
    assert "scores.csv, line 1: 'mood': the column 'mood' is no standard column" in said


def test_words_that_look_missing_are_text(tmp_path: Path) -> None:
    text = "model,task,score\nNA,MMLU,1\nnull,MMLU,2\n1.0,MMLU,3\n1,MMLU,4\n"
    table = read_dataset(make(tmp_path / "d", models_csv=None, scores_csv=text))
    assert sorted(table.models.index) == ["1", "1.0", "NA", "null"]


def test_kinds_of_own_columns(tmp_path: Path) -> None:
    models = "model,n,f,d,t,e\nalpha-7B,-1,TRUE,2024-01-01,1x,\nbeta-13B,,false,,2,\n"
    table = read_dataset(make(tmp_path / "d", models_csv=models))
    kinds = [str(k) for k in table.models.dtypes]
    assert kinds == ["float64", "boolean", "datetime64[s]", "str", "str"]
    assert table.models.at["alpha-7B", "n"] == -1


def test_line_numbers_count_quoted_line_ends(tmp_path: Path) -> None:
    text = 'model,task,score\n"a\nb",MMLU,1\n\nc,MMLU,2\nd,MMLU,oops\n'
    ledger = check_dataset(make(tmp_path / "d", scores_csv=text, models_csv=None))
    assert [e.line for e in ledger.of("refused")] == [6]
    assert ledger.counts()["kept"] == 2


def test_check_looks_at_fold_files(tmp_path: Path) -> None:
    good = make(tmp_path / "d", folds_csv=FOLDS)
    assert not check_dataset(good).failed
    bad = make(tmp_path / "e", folds_csv=FOLDS + "f0,test,gamma,MMLU\n", folds_time_csv="x\n")
    (good / "folds_time.csv").write_text("fold,model,task\nf0,alpha-7B,MMLU\nf0,beta-13B,Wit\n")
    assert [e.file for e in check_dataset(good).of("refused")] == ["folds_time.csv"]
    refused = [str(e) for e in check_dataset(bad).of("refused")]
    assert any("folds.csv, line 4: 'gamma': names an unknown cell" in e for e in refused)


def test_check_says_nothing_usable(tmp_path: Path) -> None:
    path = make(tmp_path / "d", scores_csv="model,task,score\na,Nothing,1\n")
    assert check_dataset(path).failed


text = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=12
)


@given(st.lists(st.lists(text, min_size=3, max_size=3), min_size=1, max_size=8))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_raw_reading_equals_a_reader_that_holds_everything(
    tmp_path: Path, rows: list[list[str]]
) -> None:
    """The line-bounded reader against the csv module and pandas on the whole text."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["model", "b", "c"], *rows])
    content = buffer.getvalue()
    path = tmp_path / "x.csv"
    path.write_bytes(content.encode())
    ledger = Ledger()
    raw = read_csv(path, "x.csv", ledger, required=("model",))
    assert raw is not None and not ledger.failed
    assert [list(row) for row in zip(*raw.columns.values(), strict=True)] == rows
    frame = pd.read_csv(
        io.BytesIO(content.encode()), dtype=str, keep_default_na=False, lineterminator="\n"
    )
    assert frame.to_numpy().tolist() == rows
    for line, row in zip(raw.lines, rows, strict=True):
        tail = "\n".join(content.split("\n")[line - 1 :])
        assert tail.startswith('"' + row[0].replace('"', '""') + '"')


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_floats_are_exact(tmp_path: Path, value: float) -> None:
    rows = f"model,task,score\na,Wit,{value!r}\nb,Wit,{value:.17e}\n"
    table = read_dataset(make(tmp_path / "d", scores_csv=rows, models_csv=None))
    assert table.scores["score"].tolist() == [value, value]


def test_fifty_thousand_rows_read_fast(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(0, 100, size=(500, 100))
    lines = ["model,task,score,n_items,date"]
    lines += [
        f"model {i},task {j},{float(scores[i, j])!r},100,2024-01-01"
        for i in range(500)
        for j in range(100)
    ]
    tasks = "task,scale_min,scale_max\n" + "".join(f"task {j},0,100\n" for j in range(100))
    path = make(tmp_path / "d", scores_csv="\n".join(lines), tasks_csv=tasks, models_csv=None)
    start = time.perf_counter()
    table = read_dataset(path)
    assert time.perf_counter() - start < 6.0  # under one second on an idle machine
    assert table.n_cells == 50_000


def test_refusals_in_the_description(tmp_path: Path) -> None:
    path = make(tmp_path / "d", dataset_toml=TOML.encode() + b'x = "\xff"\n')
    (entry,) = check_dataset(path).of("refused")
    assert (entry.file, entry.line) == ("dataset.toml", 3)


@pytest.mark.parametrize("file", ["scores", "models", "tasks"])
def test_a_directory_for_a_file_is_no_traceback(tmp_path: Path, file: str) -> None:
    path = make(tmp_path / "d", **{f"{file}_csv": None})
    (path / f"{file}.csv").mkdir()
    (entry,) = [e for e in check_dataset(path).of("refused") if e.file == f"{file}.csv"][:1]
    assert "cannot be read" in entry.reason
