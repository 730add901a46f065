"""``benchcast factors``: factors from files, shown or written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import features
from serving.cli import main


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "gemma-7b"
    folder.mkdir()
    config = {"model_type": "gemma", "num_hidden_layers": 28, "hidden_size": 3072}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "mine.csv").write_text("model,params\nGemma 7B,8.54e9\n", encoding="utf-8")
    return folder


def test_factors_and_what_sources_disagree_about(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["factors", str(model), "mine.csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = {f["factor"]: (f["value"], f["source"]) for f in told["factors"]}
    assert {f["model"] for f in told["factors"]} == {"Gemma 7B"}
    assert found["layers"] == (28, "config: config.json")
    assert found["params"] == (8_540_000_000, "csv: mine.csv")
    assert [c["source"] for c in told["conflicts"]] == ["csv: mine.csv", "name"]
    assert main(["factors", str(model), "mine.csv"]) == 0
    assert "sources disagree" in capsys.readouterr().out


def test_a_directory_and_a_store_are_filled(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "scores.csv").write_text("model,task,score\nGemma 7B,T,5\n", encoding="utf-8")
    (data / "models.csv").write_text("model\nGemma 7B\n", encoding="utf-8")
    (data / "tasks.csv").write_text("task,scale_min,scale_max\nT,0,10\n", encoding="utf-8")
    assert main(["factors", str(model), "--into", str(data)]) == 0
    assert features.read_dataset(data).models.loc["Gemma 7B", "layers"] == 28

    from features.store import open_store

    store = open_store(tmp_path / "s.db", create=True)
    store.add(features.read_dataset(data), importer="test")
    assert main(["factors", "mine.csv", "--into", "s.db", "--json"]) == 0
    assert open_store(tmp_path / "s.db").snapshot().models.loc["Gemma 7B", "params"] == 8.54e9


def test_a_path_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["factors", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
