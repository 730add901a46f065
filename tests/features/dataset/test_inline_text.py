"""Scores and factors given by hand: on a command line and in a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.dataset.inline_text import parse_factors_text, parse_scores_text, read_completions
from features.dataset.read import read_dataset
from features.errors import DataError, UnknownNameError
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable
from tests.features.directories import make
from tests.more_rows import with_rows

SCALES = {
    "MMLU": ScoreScale(0, 100),
    "MMLU-Pro (HELM, CoT)": ScoreScale(0, 100),
    "IFEval (HELM)": ScoreScale(0, 1),
    "a=b,c": ScoreScale(),
    "MCC": ScoreScale(-1, 1),
}


def test_names_may_have_commas_and_equals_signs() -> None:
    text = "MMLU-Pro (HELM, CoT)=60,IFEval (HELM)=77%; mmlu = 5e1, a=b,c=-1200.5,"
    assert parse_scores_text(text, SCALES) == {
        "MMLU-Pro (HELM, CoT)": 60.0,
        "IFEval (HELM)": 0.77,
        "MMLU": 50.0,
        "a=b,c": -1200.5,
    }
    assert parse_scores_text("MCC=50%", SCALES) == {"MCC": 0.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no score given"),
        ("MMLU", "has no '='"),
        ("MMLU=70,5", "'5' has no '='"),
        ("MMLU=good", "'good', is not a number"),
        ("MMLU=", "is not a number"),
        ("MMLU=nan", "not a finite number"),
        ("MMLU=101", r"outside the task's scale \[0, 100\]"),
        ("IFEval (HELM)=77", "write 0.77 or 77%"),
        ("a=b,c=5%", "has no percentages"),
        ("MMLU=1,mmlu=2", "given twice"),
    ],
)
def test_bad_scores(text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        parse_scores_text(text, SCALES)


def test_unknown_tasks_get_near_misses() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'MMLU-Pro \(HELM, CoT\)'"):
        parse_scores_text("MMLU=5,MMLU-Pro (HELM,CoT)=60", SCALES)


tasks = st.text(min_size=1, max_size=8).filter(lambda t: t == t.strip(" ,;") and t.strip() == t)


@given(st.dictionaries(tasks, st.floats(-1e6, 1e6), min_size=1, max_size=1), st.lists(tasks))
def test_one_score_of_any_task_is_read_exactly(scores: dict[str, float], others: list[str]) -> None:
    (task, value), *_ = scores.items()
    scales = {t: ScoreScale() for t in [task, *others]}
    assert parse_scores_text(f"{task}={value!r}", scales)[task] == value or "=" in task


def test_factors() -> None:
    known = pd.DataFrame({"colour": ["red"], "depth": [1.0]})
    text = "params=7B, release_date=2025-06-01, reasoning=yes,"
    with pytest.raises(DataError, match="'yes' is not true or false"):
        parse_factors_text(text)
    text = "params=7e9,release_date=2025-06-01,reasoning=true,family=a, b,depth=-1,colour=red"
    assert parse_factors_text(text, known=known) == {
        "params": 7e9,
        "release_date": pd.Timestamp("2025-06-01"),
        "reasoning": True,
        "family": "a, b",
        "depth": -1.0,
        "colour": "red",
    }
    assert parse_factors_text("params=1.5B,context_length=128k,training_tokens=15T") == {
        "params": 1.5e9,
        "context_length": 128e3,
        "training_tokens": 15e12,
    }
    assert parse_factors_text("shots=5", kind="task") == {"shots": 5.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no factor"),
        ("params", "write FACTOR=VALUE"),
        ("params=", "has no value"),
        ("parms=7", "did you mean 'params'"),
        ("colour=red", "unknown factor"),
        ("params=-1", "above 0"),
        ("params=many", "'many' is not a number"),
        ("release_date=2025", "yyyy-mm-dd"),
        ("params=1,params=2", "given twice"),
    ],
)
def test_bad_factors(text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        parse_factors_text(text)


@pytest.fixture
def table(tmp_path: Path) -> ScoreTable:
    return read_dataset(make(tmp_path / "data"))


def test_wide_file(tmp_path: Path, table: ScoreTable) -> None:
    path = tmp_path / "many.csv"
    path.write_text(
        "model,MMLU,Share,params,release_date,colour,depth\n"
        "new-1,70,,7e9,2025-06-01,7,3\n"
        "new-2,,,,,blue,\n"
    )
    scores, models = read_completions(path, table)
    assert scores.to_dict("records") == [{"model": "new-1", "task": "MMLU", "score": 70.0}]
    assert list(models.index) == ["new-1", "new-2"]
    assert models.at["new-1", "params"] == 7e9
    more = with_rows(table, scores, models)
    assert more.models.at["new-2", "colour"] == "blue"
    assert more.n_cells == table.n_cells + 1


def test_text_factors_that_look_like_numbers_stay_text(tmp_path: Path, table: ScoreTable) -> None:
    path = tmp_path / "many.csv"
    path.write_text("model,colour\nnew,7\n")
    _, models = read_completions(path, table)
    assert models.at["new", "colour"] == "7"


def test_long_file(tmp_path: Path, table: ScoreTable) -> None:
    path = tmp_path / "many.csv"
    path.write_text("model,task,score,se\nnew,MMLU,70,0.5\nnew,Wit,1000,\n")
    scores, models = read_completions(path, table)
    assert scores["score"].tolist() == [70.0, 1000.0]
    assert list(models.index) == ["new"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("model,MMLV\nx,1\n", ("line 1", "'MMLV'", "did you mean 'MMLU'")),
        ("model,MMLU\nx,101\n", ("line 2", "'101'", "outside the task's scale")),
        ("model,MMLU\nx,seventy\n", ("line 2", "'seventy'", "not a number")),
        ("model,MMLU,params\nx,1,0\n", ("line 2", "'0'", "above 0")),
        ("model,MMLU,depth\nx,1,deep\n", ("line 1", "'depth'", "is a number in 'tiny'")),
        ("model,MMLU\nx,1\nx,2\n", ("line 3", "'x'", "stands twice")),
        ("name,MMLU\nx,1\n", ("line 1", "missing required column model")),
        ("model,task,score\nx,MMLV,1\n", ("line 2", "'MMLV'", "did you mean 'MMLU'")),
        ("model,task,score,params\nx,MMLU,1,7\n", ("line 1", "'params'", "wide file")),
        ("", ("the file is empty",)),
    ],
)
def test_bad_files(tmp_path: Path, table: ScoreTable, text: str, parts: tuple[str, ...]) -> None:
    path = tmp_path / "many.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_completions(path, table)
    message = str(caught.value)
    assert str(path) in message
    for part in parts:
        assert part in message, message


def test_no_such_file_or_ending(tmp_path: Path, table: ScoreTable) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_completions(tmp_path / "many.csv", table)
    (tmp_path / "many.txt").write_text("x")
    with pytest.raises(DataError, match="must end in"):
        read_completions(tmp_path / "many.txt", table)


def test_scores_of_models_on_one_task() -> None:
    models = dict.fromkeys(["Llama 2 7B", "GPT-4 (low, May)"], ScoreScale(0.0, 1.0))
    found = parse_scores_text("llama 2 7b=40%, GPT-4 (low, May)=0.9", models, kind="model")
    assert found == {"Llama 2 7B": 0.4, "GPT-4 (low, May)": 0.9}
    with pytest.raises(UnknownNameError, match="unknown model 'LLama 2 70B'"):
        parse_scores_text("LLama 2 70B=0.4", models, kind="model")
    with pytest.raises(DataError, match="MODEL=SCORE"):
        parse_scores_text(" ", models, kind="model")
    with pytest.raises(DataError, match="the model 'Llama 2 7B' is given twice"):
        parse_scores_text("Llama 2 7B=0.1,llama 2 7b=0.2", models, kind="model")
