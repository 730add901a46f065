"""How many weights a decoder has, counted from its configuration, where that is exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.documents.json_files import as_count


@dataclass(frozen=True)
class Shape:
    """What differs between architectures that are built like Llama.

    Attributes
    ----------
    tied : bool
        Whether input and output embeddings are one where the file does not say.
    qkv_bias : bool
        Whether queries, keys and values have biases.
    qk_norm : bool
        Whether queries and keys are normalised per head.
    norms : int
        Normalisations per layer.
    """

    tied: bool = False
    qkv_bias: bool = False
    qk_norm: bool = False
    norms: int = 2


#: architectures (``model_type``) whose count was compared with the published weights
LLAMA_LIKE = {
    "llama": Shape(),
    "mistral": Shape(),
    "mixtral": Shape(),
    "qwen2": Shape(qkv_bias=True),
    "qwen3": Shape(qk_norm=True),
    "qwen3_moe": Shape(qk_norm=True),
    "gemma": Shape(tied=True),
    "gemma2": Shape(tied=True, norms=4),
}


def count_params(config: Mapping[str, Any]) -> dict[str, float]:
    """Return ``params`` and ``active_params``, or nothing where they cannot be counted exactly.

    Active parameters are those that take part in one token: all but the experts that are not
    chosen.
    """
    kind = config.get("model_type")
    if kind == "gpt2":
        return _gpt2(config)
    if kind == "gpt_neox":
        return _gpt_neox(config)
    if kind in LLAMA_LIKE:
        return _llama(config, LLAMA_LIKE[str(kind)])
    return {}


def _counts(config: Mapping[str, Any], *names: str) -> list[int] | None:
    values = [as_count(config.get(n)) for n in names]
    return None if any(v is None or v <= 0 for v in values) else [int(v or 0) for v in values]


def _llama(config: Mapping[str, Any], shape: Shape) -> dict[str, float]:
    sizes = _counts(config, "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads")
    if sizes is None:
        return {}
    vocab, hidden, layers, heads = sizes
    head = as_count(config.get("head_dim")) or hidden // heads
    groups = as_count(config.get("num_key_value_heads")) or heads
    query, pair = heads * head, groups * head
    attention = hidden * query + 2 * hidden * pair + query * hidden
    if shape.qkv_bias:
        attention += query + 2 * pair
    elif config.get("attention_bias"):
        attention += query + 2 * pair + hidden
    if shape.qk_norm:
        attention += 2 * head
    feed = _feed_forward(config, hidden)
    if feed is None:
        return {}
    every, active = feed
    tied = config.get("tie_word_embeddings")
    outputs = vocab * hidden * (1 if (shape.tied if tied is None else tied) else 2)
    rest = outputs + layers * (attention + shape.norms * hidden) + hidden
    return {"params": float(rest + layers * every), "active_params": float(rest + layers * active)}


def _feed_forward(config: Mapping[str, Any], hidden: int) -> tuple[int, int] | None:
    """Return the weights of one layer's feed-forward part: all, and those of one token."""
    experts = as_count(config.get("num_local_experts")) or as_count(config.get("num_experts"))
    if not experts:
        sizes = _counts(config, "intermediate_size")
        if sizes is None:
            return None
        bias = 2 * sizes[0] + hidden if config.get("mlp_bias") else 0
        return 3 * hidden * sizes[0] + bias, 3 * hidden * sizes[0] + bias
    every_layer = config.get("decoder_sparse_step", 1) == 1 and not config.get("mlp_only_layers")
    if not every_layer:
        return None
    wide = "moe_intermediate_size" if "moe_intermediate_size" in config else "intermediate_size"
    sizes = _counts(config, wide, "num_experts_per_tok")
    if sizes is None:
        return None
    one, router = 3 * hidden * sizes[0], experts * hidden
    return experts * one + router, sizes[1] * one + router


def _gpt2(config: Mapping[str, Any]) -> dict[str, float]:
    sizes = _counts(config, "vocab_size", "n_embd", "n_layer", "n_positions")
    if sizes is None or config.get("n_inner"):
        return {}
    vocab, hidden, layers, positions = sizes
    layer = 12 * hidden**2 + 13 * hidden
    total = float((vocab + positions) * hidden + layers * layer + 2 * hidden)
    return {"params": total, "active_params": total}


def _gpt_neox(config: Mapping[str, Any]) -> dict[str, float]:
    sizes = _counts(config, "vocab_size", "hidden_size", "num_hidden_layers", "intermediate_size")
    if sizes is None or config.get("tie_word_embeddings"):
        return {}
    vocab, hidden, layers, wide = sizes
    attention = 4 * hidden**2 + 4 * hidden
    feed = 2 * hidden * wide + wide + hidden
    total = float(2 * vocab * hidden + layers * (attention + feed + 4 * hidden) + 2 * hidden)
    return {"params": total, "active_params": total}
