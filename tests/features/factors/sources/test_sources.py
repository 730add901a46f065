"""Cards, weights, names, tables and harness settings; what they disagree about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from features.catalogue import load_catalogue
from features.errors import DataError, UnknownNameError
from features.factors.sources import (
    from_card,
    from_csv,
    from_folder,
    from_harness,
    from_name,
    from_weights,
    merge_factors,
)

CARD = """---
base_model: meta-llama/Llama-2-7b-hf
license: apache-2.0
language: [en, no]
datasets:
- allenai/c4
- bigcode/the-stack
tags: [text-generation, dpo]
---
# A model
"""


def card(folder: Path, text: str) -> Path:
    path = folder / "README.md"
    path.write_text(text, encoding="utf-8")
    return path


def safetensors(path: Path, header: dict) -> Path:
    raw = json.dumps(header).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + b"\0" * 16)
    return path


def test_a_card_says_base_data_licence_and_tuning(tmp_path: Path) -> None:
    assert from_card(card(tmp_path, CARD)) == {
        "base_model": "meta-llama/Llama-2-7b-hf",
        "finetuning": "instruct",
        "training_data": "allenai/c4, bigcode/the-stack",
        "license": "apache-2.0",
        "language": "en, no",  # YAML reads a bare `no` as false
    }


def test_a_merge_has_no_one_base_and_a_bare_card_says_nothing(tmp_path: Path) -> None:
    assert from_card(card(tmp_path, "---\nbase_model: [a/b, c/d]\n---\n")) == {}
    assert from_card(card(tmp_path, "# Only text\n---\nlicense: mit\n---\n")) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [("---\nlicense: [mit\ntags: x\n---\n", "line 3"), ("---\n- a\n---\n", "no mapping")],
)
def test_a_broken_card_is_named_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        from_card(card(tmp_path, text))


def test_weights_are_counted_from_headers_alone(tmp_path: Path) -> None:
    two = {"a": {"dtype": "BF16", "shape": [10, 20]}, "b": {"dtype": "F32", "shape": [5]}}
    path = safetensors(tmp_path / "model.safetensors", {"__metadata__": {"format": "pt"}, **two})
    assert from_weights(path) == {"params": 205.0}
    packed = {"a": {"dtype": "I32", "shape": [10, 20]}}
    assert from_weights(safetensors(path, packed)) == {}
    path.write_bytes(b"not a header at all")
    with pytest.raises(DataError, match="not a safetensors file"):
        from_weights(path)


def test_an_index_gives_bytes_that_a_type_turns_into_a_count(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors.index.json"
    path.write_text('{"metadata": {"total_size": 13476831232}, "weight_map": {}}', "utf-8")
    assert from_weights(path, dtype="float16") == {"params": 6_738_415_616.0}
    assert from_weights(path) == {}


def test_names_say_sizes_and_tuning() -> None:
    found = from_name("Qwen/Qwen3-30B-A3B-Instruct-2507")
    assert (found["params"], found["active_params"]) == (30e9, 3e9)
    assert (found["architecture"], found["finetuning"]) == ("moe", "instruct")
    assert from_name("Llama-2-13b-chat-hf", load_catalogue())["base_model"] == "Llama 2 13B"


def test_sources_that_disagree_are_kept_and_never_averaged() -> None:
    chosen, conflicts = merge_factors(
        [
            ("name", {"params": 7e9, "finetuning": "base"}),
            ("config: config.json", {"params": 8_537_680_896.0, "layers": 28}),
            ("csv", {"layers": 28, "finetuning": "Base"}),
        ],
        name="gemma-7b",
    )
    assert chosen == {"params": 8_537_680_896.0, "layers": 28, "finetuning": "Base"}
    assert conflicts.to_dict("records") == [
        {"kind": "model", "name": "gemma-7b", "factor": "params", "value": "8537680896",
         "source": "config: config.json", "chosen": True},
        {"kind": "model", "name": "gemma-7b", "factor": "params", "value": "7000000000",
         "source": "name", "chosen": False},
    ]  # fmt: skip


def test_a_rounded_size_in_a_name_is_no_contradiction() -> None:
    _, conflicts = merge_factors(
        [("config", {"params": 13_015_864_320.0}), ("name", {"params": 13e9})]
    )
    assert conflicts.empty


def test_a_folder_is_asked_source_by_source(tmp_path: Path) -> None:
    folder = tmp_path / "Llama-2-7b-hf"
    folder.mkdir()
    card(folder, "---\nlicense: llama2\n---\n")
    config = {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    said = dict(from_folder(folder, catalogue=load_catalogue()))
    kinds = [source.partition(":")[0] for source in said]
    assert kinds == ["config", "card", "catalogue", "name"]
    chosen, _ = merge_factors(list(said.items()))
    assert chosen["organization"] == "Meta" and chosen["layers"] == 32
    with pytest.raises(DataError, match="no config.json"):
        from_folder(tmp_path)


def test_a_csv_gives_typed_factors_and_names_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "factors.csv"
    path.write_text("model,params,open_weights\nX,7e9,true\nY,,\n", encoding="utf-8")
    assert from_csv(path) == {"X": {"params": 7e9, "open_weights": True}, "Y": {}}
    path.write_text("model,params\nX,7B\nY,-1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"(?s)line 2.*7B.*line 3"):
        from_csv(path)


@pytest.mark.parametrize(
    ("harness", "config", "found"),
    [
        ("lm-eval", {"num_fewshot": 0, "output_type": "multiple_choice"},
         {"shots": 0, "format": "multiple_choice"}),
        ("lm-eval", {"num_fewshot": None, "output_type": "loglikelihood"}, {}),
        ("helm", {"max_train_instances": 5, "method": "generation"},
         {"shots": 5, "format": "free_form"}),
        ("inspect", {"task_args": {"fewshot": False}, "scorers": [{"name": "choice"}],
                     "dataset": {"samples": 198}},
         {"shots": 0, "format": "multiple_choice", "n_items": 198}),
    ],
)  # fmt: skip
def test_a_harness_says_shots_format_and_items(harness: str, config: dict, found: dict) -> None:
    assert from_harness(harness, config) == found


def test_an_unknown_harness_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="lm-eval"):
        from_harness("lm_eval", {})
