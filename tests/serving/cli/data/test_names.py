"""``benchcast names``: what was mapped to what, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from serving.cli import main


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> dict:
    assert main(["names", *argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    files = {
        "scores.csv": "model,task,score\nLlama 2 13B,MMLU (5-shot),55\nLama-2-7b,helaswag,50\n",
        "models.csv": "model\nLlama 2 13B\nLama-2-7b\n",
        "tasks.csv": "task,scale_min,scale_max,higher_is_better\n"
        "MMLU (5-shot),0,100,true\nhelaswag,0,100,true\n",
        "names.csv": "kind,given,name,why\n"
        'model,meta-llama/Llama-2-13b-hf,Llama 2 13B,"models.csv, line 2"\n',
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_dataset_shows_what_was_mapped_and_what_is_unknown(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(capsys, str(dataset))
    assert told["mapped"] == [
        {
            "kind": "model",
            "given": "meta-llama/Llama-2-13b-hf",
            "name": "Llama 2 13B",
            "why": "models.csv, line 2",
        }
    ]
    assert [(u["kind"], u["given"], u["name"]) for u in told["unknown"]] == [
        ("model", "Lama-2-7b", None),
        ("task", "helaswag", None),
    ]
    assert "Llama 2 7B" in told["unknown"][0]["why"]
    assert "HellaSwag" in told["unknown"][1]["why"]
    assert [u["kind"] for u in run(capsys, str(dataset), "--kind", "task")["unknown"]] == ["task"]


def test_a_name_can_be_tried_without_any_data(capsys: pytest.CaptureFixture[str]) -> None:
    told = run(
        capsys,
        *("--try", "lm-eval: mmlu [acc, none] (5-shot)", "--try", "mmlu [acc,none] (3-shot)"),
        *("--kind", "task", "--harness", "lm-eval"),
    )
    assert [t["name"] for t in told["tried"]] == ["MMLU (5-shot)", None]
    assert "aliases_lm-eval.csv, line" in told["tried"][0]["why"]
    assert "shots 3 instead of" in told["tried"][1]["why"]


def test_people_get_tables(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["names", str(dataset), "--try", "Llama-2-13b-chat-hf", "--kind", "model"]) == 0
    out = capsys.readouterr().out
    assert "Llama 2 13B Chat" in out and "kept as they are" in out and "Lama-2-7b" in out


def test_without_data_the_catalogue_shows_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys)["catalogue"]["models"] > 400
    assert "MMLU (5-shot)" in run(capsys, "--kind", "task")["names"]


def test_more_entries_come_from_a_directory_or_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / "models.csv").write_text("family,id,names\nFoo,Foo 1,foo-one\n", encoding="utf-8")
    asked = ("--try", "foo one", "--kind", "model")
    assert run(capsys, *asked)["tried"][0]["name"] is None
    assert run(capsys, *asked, "--catalogue", str(extra))["tried"][0]["name"] == "Foo 1"
    monkeypatch.setenv("BENCHCAST_CATALOGUE", str(extra))
    assert run(capsys, *asked)["tried"][0]["name"] == "Foo 1"
    (extra / "models.csv").write_text("family,id,names\nFoo,Foo 1,gpt2\n", encoding="utf-8")


def test_what_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["names", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
