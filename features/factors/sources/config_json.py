"""Model factors from a Hugging Face ``config.json``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from features.documents.json_files import as_count, as_number, as_object, read_json
from features.errors import DataError
from features.factors.sources.parameter_count import count_params

#: where multimodal models keep the configuration of their language model
NESTED = ("text_config", "llm_config", "language_config", "thinker_config", "text_model_config")
#: factor to the names that it goes by, the usual one first
NAMES = {
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "hidden_size": ("hidden_size", "n_embd", "d_model", "dim", "model_dim"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads"),
    "vocab_size": ("vocab_size", "padded_vocab_size"),
}
_CONTEXT = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "max_sequence_length",
    "seq_length",
    "n_ctx",
)
_EXPERTS = ("num_local_experts", "n_routed_experts", "num_experts", "moe_num_experts")
#: a longer context is a placeholder for "no limit"
MAX_CONTEXT = 1e8


def from_config(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the model factors that a ``config.json`` says for sure.

    Parameters
    ----------
    path : path
        The file, or the folder that holds it.

    Returns
    -------
    dict
        Of ``layers, hidden_size, heads, vocab_size, context_length`` (tokens), ``architecture``
        (dense or moe), ``params, active_params`` (counts; only for architectures whose weights
        can be counted exactly). What the file does not say for sure is not there.

    Raises
    ------
    DataError
        If the file cannot be read or is no configuration of a model.
    """
    path = Path(path)
    path = path / "config.json" if path.is_dir() else path
    tree = read_json(path)
    if not isinstance(tree, dict) or not ({"model_type", "architectures"} & set(tree)):
        raise DataError(
            f"{path}: no configuration of a model: neither model_type nor architectures is there; "
            "name the config.json of a Hugging Face model"
        )
    return factors_of(tree)


def factors_of(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model factors of a configuration that is read already."""
    config, is_nested = language_config(tree)
    found: dict[str, Any] = {}
    two_stacks = bool(config.get("is_encoder_decoder"))
    for factor, names in NAMES.items():
        if two_stacks and factor == "layers":
            continue  # an encoder and a decoder: no one number says how deep the model is
        value = _first_count(config, names)
        if value is not None:
            found[factor] = value
    context = context_length(config)
    if context is not None:
        found["context_length"] = context
    experts = expert_count(config)
    known = {"layers", "hidden_size"} <= set(found)
    if experts is not None and experts > 1:
        found["architecture"] = "moe"
    elif known and not two_stacks:
        found["architecture"] = "dense"
    if not is_nested and "quantization_config" not in tree:
        found.update(count_params(config))
    return found


def language_config(tree: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Return the configuration of the language model, and whether it stood inside another."""
    config: Mapping[str, Any] = tree
    nested = False
    while True:
        inner = next((as_object(config[n]) for n in NESTED if as_object(config.get(n))), None)
        if not inner:
            return config, nested
        config, nested = inner, True


def expert_count(config: Mapping[str, Any]) -> int | None:
    """Return how many experts a layer chooses from; None where the file does not say."""
    return _first_count({**as_object(config.get("ffn_config")), **config}, _EXPERTS)


def context_length(config: Mapping[str, Any]) -> int | None:
    """Return the context in tokens, scaling of positions included; None if that is not sure.

    Some files give the length before the scaling, others the one after it. It is sure where
    there is no scaling, or where ``original_max_position_embeddings`` stands beside it.
    """
    value = _first_count(config, _CONTEXT)
    if value is None or value > MAX_CONTEXT:
        return None
    scaling = as_object(config.get("rope_scaling")) or as_object(config.get("rope_parameters"))
    kind = str(scaling.get("rope_type") or scaling.get("type") or "default").casefold()
    factor = as_number(scaling.get("factor")) or 1.0
    if kind in ("default", "mrope", "none") or factor == 1.0:
        return value
    original = as_count(
        scaling.get("original_max_position_embeddings")
        or config.get("original_max_position_embeddings")
    )
    return max(value, round(original * factor)) if original else None


def _first_count(config: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    for name in names:
        value = as_count(config.get(name))
        if value is not None and value > 0:
            return value
    return None
