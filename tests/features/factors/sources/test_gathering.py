"""Factors of many models from paths, and into a dataset directory."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import features
from features.catalogue import load_catalogue
from features.errors import DataError
from features.factors.sources import add_to_directory, merge_factors
from features.factors.sources.gathering import gather

LLAMA = {
    "model_type": "llama",
    "vocab_size": 32000,
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "intermediate_size": 11008,
    "max_position_embeddings": 4096,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "hub" / "models--meta-llama--Llama-2-7b-hf" / "snapshots" / "0a1b"
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps(LLAMA), encoding="utf-8")
    card = "---\nbase_model: meta-llama/Llama-2-13b-hf\nlicense: llama2\n---\n"
    (path / "README.md").write_text(card, encoding="utf-8")
    return path


@pytest.fixture
def table_csv(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("model,params,layers\nllama2-7b,6.9e9,32\nOther,1e9,\n", encoding="utf-8")
    return path


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    for name, text in {
        "scores.csv": "model,task,score\nLlama 2 7B,T,5\nB,T,6\n",
        "models.csv": "model,params,layers\nLlama 2 7B,6738000000,\nB,,\n",
        "tasks.csv": "task,scale_min,scale_max\nT,0,10\n",
    }.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def test_sources_of_one_model_come_together_under_its_name(folder: Path, table_csv: Path) -> None:
    found = gather([folder, table_csv], catalogue=load_catalogue())
    assert list(found.models.index) == ["Llama 2 7B", "Other"]
    row = found.models.loc["Llama 2 7B"]
    assert (row["params"], row["layers"], row["family"]) == (6.9e9, 32, "Llama 2")
    assert row["base_model"] == "Llama 2 13B"  # by the catalogue's name, too
    assert found.sources["Llama 2 7B", "params"] == "csv: mine.csv"
    params = found.conflicts[found.conflicts["factor"] == "params"]
    assert params["value"].tolist() == ["6900000000", "6738415616", "7000000000"]
    assert params["chosen"].tolist() == [True, False, False]


def test_single_files_are_of_their_folders_model(folder: Path) -> None:
    found = gather([folder / "config.json", folder / "README.md"])
    assert list(found.models.index) == ["meta-llama/Llama-2-7b-hf"]
    assert found.models.loc["meta-llama/Llama-2-7b-hf", "license"] == "llama2"
    assert list(gather([folder / "config.json"], name="X").models.index) == ["X"]


def test_unknown_factors_of_a_dataset_are_filled_and_known_ones_stay(
    folder: Path, table_csv: Path, dataset: Path
) -> None:
    found = gather([folder, table_csv], catalogue=load_catalogue())
    n_filled, left_out = add_to_directory(found, dataset)
    assert left_out == ["Other"]
    models = features.read_dataset(dataset).models
    assert models.loc["Llama 2 7B", "params"] == 6_738_000_000
    assert models.loc["Llama 2 7B", ["layers", "hidden_size"]].tolist() == [32, 4096]
    assert n_filled == models.loc["Llama 2 7B"].notna().sum() - 1
    told = pd.read_csv(dataset / "conflicts.csv")
    chosen = told[told["chosen"] & (told["factor"] == "params")]
    assert chosen["source"].tolist() == ["the dataset"]
    before = (dataset / "conflicts.csv").read_bytes()
    assert add_to_directory(found, dataset)[0] == 0  # again: nothing is new
    assert (dataset / "conflicts.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        (6_738_415_616, 6_738_000_000, True),  # four digits
        (13_015_864_320, 13e9, True),
        (8_537_680_896, 7e9, False),
        (6_738_415_616, 6.9e9, False),
    ],
)
def test_a_rounded_count_is_no_contradiction(one: float, other: float, agree: bool) -> None:
    _, conflicts = merge_factors([("config", {"params": one}), ("card", {"params": other})])
    assert conflicts.empty is agree


def test_other_paths_are_refused(tmp_path: Path, dataset: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        gather([tmp_path / "nowhere"])
    other = tmp_path / "notes.txt"
    other.write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match="not a source of factors"):
        gather([other])
