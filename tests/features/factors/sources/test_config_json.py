"""config.json: what it says for sure, and the traps in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from features.errors import DataError
from features.factors.sources import from_config
from features.factors.sources.config_json import factors_of

#: published sizes: the number of elements in the released weights
PUBLISHED = {
    "Llama-2-7b-hf": (
        6_738_415_616,
        {
            "model_type": "llama",
            "vocab_size": 32000,
            "hidden_size": 4096,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "intermediate_size": 11008,
            "tie_word_embeddings": False,
        },
    ),
    "Meta-Llama-3-8B": (
        8_030_261_248,
        {
            "model_type": "llama",
            "vocab_size": 128256,
            "hidden_size": 4096,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "intermediate_size": 14336,
        },
    ),
    "Mistral-7B-v0.1": (
        7_241_732_096,
        {
            "model_type": "mistral",
            "vocab_size": 32000,
            "hidden_size": 4096,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "intermediate_size": 14336,
        },
    ),
    "Qwen2.5-7B": (
        7_615_616_512,
        {
            "model_type": "qwen2",
            "vocab_size": 152064,
            "hidden_size": 3584,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "intermediate_size": 18944,
            "tie_word_embeddings": False,
        },
    ),
    "Qwen2.5-0.5B": (
        494_032_768,
        {
            "model_type": "qwen2",
            "vocab_size": 151936,
            "hidden_size": 896,
            "num_hidden_layers": 24,
            "num_attention_heads": 14,
            "num_key_value_heads": 2,
            "intermediate_size": 4864,
            "tie_word_embeddings": True,
        },
    ),
    "Qwen3-8B": (
        8_190_735_360,
        {
            "model_type": "qwen3",
            "vocab_size": 151936,
            "hidden_size": 4096,
            "num_hidden_layers": 36,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "intermediate_size": 12288,
            "tie_word_embeddings": False,
        },
    ),
    "gemma-2b": (
        2_506_172_416,
        {
            "model_type": "gemma",
            "vocab_size": 256000,
            "hidden_size": 2048,
            "num_hidden_layers": 18,
            "num_attention_heads": 8,
            "num_key_value_heads": 1,
            "head_dim": 256,
            "intermediate_size": 16384,
        },
    ),
    "gemma-2-9b": (
        9_241_705_984,
        {
            "model_type": "gemma2",
            "vocab_size": 256000,
            "hidden_size": 3584,
            "num_hidden_layers": 42,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "head_dim": 256,
            "intermediate_size": 14336,
        },
    ),
    "gpt2": (
        124_439_808,
        {
            "model_type": "gpt2",
            "vocab_size": 50257,
            "n_embd": 768,
            "n_layer": 12,
            "n_head": 12,
            "n_positions": 1024,
        },
    ),
    "pythia-70m": (
        70_426_624,
        {
            "model_type": "gpt_neox",
            "vocab_size": 50304,
            "hidden_size": 512,
            "num_hidden_layers": 6,
            "num_attention_heads": 8,
            "intermediate_size": 2048,
            "tie_word_embeddings": False,
        },
    ),
}
MIXTRAL = {
    "model_type": "mixtral",
    "vocab_size": 32000,
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "max_position_embeddings": 32768,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_counted_as_published(name: str) -> None:
    count, config = PUBLISHED[name]
    found = factors_of(config)
    assert found["params"] == found["active_params"] == count
    assert found["architecture"] == "dense"


def test_a_mixture_has_fewer_active_parameters() -> None:
    found = factors_of(MIXTRAL)
    assert found["params"] == 46_702_792_704
    assert found["active_params"] == 12_879_925_248
    assert found["architecture"] == "moe"


def test_another_mixture_is_counted_with_its_narrow_experts() -> None:
    found = factors_of(
        {
            "model_type": "qwen3_moe",
            "vocab_size": 151936,
            "hidden_size": 2048,
            "num_hidden_layers": 48,
            "num_attention_heads": 32,
            "num_key_value_heads": 4,
            "head_dim": 128,
            "intermediate_size": 6144,
            "moe_intermediate_size": 768,
            "num_experts": 128,
            "num_experts_per_tok": 8,
            "decoder_sparse_step": 1,
            "mlp_only_layers": [],
            "tie_word_embeddings": False,
        }
    )
    assert found["params"] == 30_532_122_624
    assert 3.2e9 < found["active_params"] < 3.4e9


def test_shared_and_routed_experts_are_no_count_but_a_mixture() -> None:
    found = factors_of(
        {
            "model_type": "deepseek_v3",
            "n_routed_experts": 256,
            "n_shared_experts": 1,
            "hidden_size": 7168,
            "num_hidden_layers": 61,
            "num_attention_heads": 128,
            "vocab_size": 129280,
        }
    )
    assert found["architecture"] == "moe"
    assert "params" not in found and "active_params" not in found


def test_a_multimodal_model_hides_its_language_model() -> None:
    text = PUBLISHED["Llama-2-7b-hf"][1]
    found = factors_of(
        {"model_type": "llava", "text_config": text, "vision_config": {"hidden_size": 1024}}
    )
    assert (found["layers"], found["hidden_size"], found["heads"]) == (32, 4096, 32)
    assert "params" not in found  # the whole has more than its language model


@pytest.mark.parametrize(
    ("config", "context"),
    [
        ({"max_position_embeddings": 4096}, 4096),
        ({"n_positions": 1024}, 1024),
        (
            {
                "max_position_embeddings": 131072,
                "rope_scaling": {
                    "rope_type": "llama3",
                    "factor": 8.0,
                    "original_max_position_embeddings": 8192,
                },
            },
            131072,
        ),
        (
            {
                "max_position_embeddings": 32768,
                "rope_scaling": {
                    "type": "yarn",
                    "factor": 4.0,
                    "original_max_position_embeddings": 32768,
                },
            },
            131072,
        ),
        (
            {
                "max_position_embeddings": 163840,
                "rope_scaling": {
                    "type": "yarn",
                    "factor": 40,
                    "original_max_position_embeddings": 4096,
                },
            },
            163840,
        ),
        ({"max_position_embeddings": 131072, "rope_scaling": {"rope_type": "default"}}, 131072),
        (
            {"max_position_embeddings": 16384, "rope_scaling": {"type": "linear", "factor": 4.0}},
            None,
        ),
        ({"max_position_embeddings": 10**30}, None),
        ({}, None),
    ],
)
def test_context_counts_scaled_positions_where_that_is_sure(
    config: dict, context: int | None
) -> None:
    assert factors_of({"model_type": "x", **config}).get("context_length") == context


def test_an_encoder_and_a_decoder_have_no_one_depth() -> None:
    found = factors_of(
        {"model_type": "t5", "is_encoder_decoder": True, "num_layers": 24, "d_model": 1024}
    )
    assert "layers" not in found and "architecture" not in found
    assert found["hidden_size"] == 1024


def test_quantised_weights_are_not_counted() -> None:
    config = {**PUBLISHED["Llama-2-7b-hf"][1], "quantization_config": {"bits": 4}}
    assert "params" not in factors_of(config)


def test_zero_and_minus_one_are_unknown() -> None:
    found = factors_of({"model_type": "x", "num_hidden_layers": 0, "vocab_size": -1})
    assert found == {}


def test_a_file_is_read_and_a_wrong_one_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(MIXTRAL), encoding="utf-8")
    assert from_config(tmp_path) == from_config(tmp_path / "config.json")
    other = tmp_path / "other.json"
    other.write_text('{"results": {}}', encoding="utf-8")
    with pytest.raises(DataError, match="no configuration of a model"):
        from_config(other)
    other.write_text('{"model_type": "llama", ', encoding="utf-8")
    with pytest.raises(DataError, match="other.json"):
        from_config(other)
