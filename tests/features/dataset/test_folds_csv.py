"""Fold files: what is refused is named by file, line, value and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.dataset.folds_csv import read_folds
from features.dataset.read import read_dataset
from features.errors import FoldError
from tests.features.directories import FOLDS, make

CASES = {
    "unknown model": ("f0,test,alfa-7B,MMLU", 4, "alfa-7B", "did you mean 'alpha-7B'?"),
    "unknown task": ("f0,test,alpha-7B,MMLV", 4, "MMLV", "did you mean 'MMLU'?"),
    "unknown cell": ("f0,test,beta-13B,Wit", 4, "Wit", "no score of 'beta-13B' on 'Wit'"),
    "role": ("f0,train,alpha-7B,Wit", 4, "train", "write one of test, hidden"),
    "twice": ("f0,hidden,alpha-7B,MMLU", 4, "alpha-7B", "first on line 2"),
    "empty field": ("f0,test,,MMLU", 4, "", "the model is empty"),
    "ragged": ("f0,test,alpha-7B", 4, "f0,test,alpha-7B", "3 fields"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_rows(case: str, tmp_path: Path) -> None:
    row, line, value, reason = CASES[case]
    path = make(tmp_path / "d", folds_csv=FOLDS + row + "\n")
    with pytest.raises(FoldError) as caught:
        read_folds(path / "folds.csv", table=read_dataset(path))
    message = str(caught.value)
    assert f"folds.csv, line {line}" in message
    assert (f"{value!r}" in message) or not value
    assert reason in message
    assert caught.value.ledger.failed


def test_a_file_of_another_dataset_does_not_flood(tmp_path: Path) -> None:
    rows = "".join(f"f0,test,model {i},MMLU\n" for i in range(500))
    path = make(tmp_path / "d", folds_csv="fold,role,model,task\n" + rows)
    with pytest.raises(FoldError) as caught:
        read_folds(path / "folds.csv", table=read_dataset(path))
    assert len(caught.value.ledger.of("refused")) == 21


def test_without_role_every_row_is_test(tmp_path: Path) -> None:
    path = tmp_path / "folds.csv"
    path.write_text("fold,model,task\na,x,t\na,y,t\nb,x,t\n")
    folds = read_folds(path)
    assert folds.names == ["a", "b"]
    assert len(folds["a"].test) == 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("folds.csv", "fold,model\na,b\n", "missing required column task"),
        ("folds.csv", "", "the file is empty"),
        ("folds.csv", "fold,role,model,task\na,hidden,m,t\n", "has no test cell"),
        ("folds.txt", "fold,model,task\n", "must end in"),
        ("folds.csv.gz", "fold,model,task\na,b,c\n", "not gzip"),
        ("folds.parquet", "fold,model,task\na,b,c\n", "not a readable parquet file"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: str, reason: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(FoldError, match=reason):
        read_folds(tmp_path / name)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FoldError, match="no such file"):
        read_folds(tmp_path / "folds.csv")


def test_folds_that_leave_nothing_to_train_on(tmp_path: Path) -> None:
    rows = "a,alpha-7B,MMLU\na,alpha-7B,Wit\na,beta-13B,MMLU\na,beta-13B,Share\n"
    path = make(tmp_path / "d", folds_csv="fold,model,task\n" + rows)
    with pytest.raises(FoldError, match="no cell to train on"):
        read_folds(path / "folds.csv", table=read_dataset(path))
