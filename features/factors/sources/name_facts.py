"""Model factors from a name alone: from the catalogue, and from habits of naming."""

from __future__ import annotations

from typing import Any

from features.catalogue.catalogue import Catalogue
from features.factors.model_names import parse_name


def from_name(name: str, catalogue: Catalogue | None = None) -> dict[str, Any]:
    """Return what a model's name says of it.

    Parameters
    ----------
    name : str
    catalogue : Catalogue, optional
        What it knows of the model comes first.

    Returns
    -------
    dict
        Standard factors. ``params`` and ``active_params`` are the sizes in the name, which are
        rounded; :func:`~features.factors.sources.merge_factors` knows that.
    """
    facts = parse_name(name)
    found: dict[str, Any] = {
        "organization": facts.organization,
        "params": facts.params,
        "active_params": facts.active_params,
        "reasoning": facts.reasoning,
    }
    if facts.tuning is not None:
        found["finetuning"] = "base" if facts.tuning == "base" else "instruct"
    if facts.active_params is not None:
        found["architecture"] = "moe"
    match = catalogue.model(name) if catalogue is not None else None
    if match is not None:
        found.update(match.factors)
    return {factor: value for factor, value in found.items() if value is not None}
