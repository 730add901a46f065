"""Flags of train that are judged before anything is read or trained."""

from __future__ import annotations

import pytest

from serving.cli import main


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--preset", "best", "--predictor", "biases"], "exclude each other"),
        (["--preset", "fst"], "'fast', 'best'"),
        (["--set", "model.preset=fst"], "model.preset = 'fst'"),
        (["--set", "run.ladder=3"], "run.ladder = 3"),
        (["--set", 'run.ladder=["biasses"]', "--predictor", "biases"], "did you mean 'biases'"),
    ],
)
def test_refused_and_nothing_is_written(flags, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *flags]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
