"""What a training run reads: the data set, its folds, and their fingerprint."""

from __future__ import annotations

import json

import pytest

from features.errors import FoldError
from features.table.folds import Folds
from tests.training.small import small_table
from training.pipeline.config import load_config
from training.pipeline.inputs import folds_fingerprint, load_inputs, resolve_folds


def test_a_dataset_by_name_with_its_own_folds():
    table, folds = load_inputs(load_config())
    assert table.name == "leaderboard" and folds.names[0].startswith("random-0")
    only = [folds.names[1]]
    chosen = load_config(None, [f"folds.only={json.dumps(only)}"])
    assert load_inputs(chosen)[1].names == only


def test_which_folds_are_used(tmp_path):
    table = small_table()
    cells = table.cells[["model", "task"]].iloc[:5]
    cells.assign(fold="own").to_csv(tmp_path / "folds.csv", index=False)
    cells.assign(fold="other").to_csv(tmp_path / "mine.csv", index=False)
    assert resolve_folds(table, load_config(), tmp_path).names == ["own"]
    assert resolve_folds(table, load_config(None, ["folds.file=mine.csv"]), tmp_path).names == [
        "other"
    ]
    asked = load_config(None, ["folds.split=mask", "folds.mask=0.3", "folds.n=2"])
    assert len(resolve_folds(table, asked, tmp_path)) == 2
    assert len(resolve_folds(table, load_config())) == 3, "random folds without a directory"
    with pytest.raises(FoldError, match="none.csv.*no such file"):
        resolve_folds(table, load_config(None, ["folds.file=none.csv"]), tmp_path)


def test_the_fingerprint_of_folds_is_of_their_content():
    folds = resolve_folds(small_table(), load_config())
    shuffled = Folds(folds.frame.sample(frac=1.0, random_state=0))
    other = resolve_folds(small_table(), load_config(None, ["run.seed=1"]))
    assert folds_fingerprint(folds) == folds_fingerprint(shuffled) != folds_fingerprint(other)
