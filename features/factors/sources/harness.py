"""Task factors from what a harness writes about the run of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from features.documents.json_files import as_count, as_number, as_object
from features.errors import unknown_name

#: lm-evaluation-harness: output_type to format
_LM_EVAL = {"multiple_choice": "multiple_choice", "generate_until": "free_form"}
#: HELM: method of the adapter to format
_HELM = {
    "multiple_choice_joint": "multiple_choice",
    "multiple_choice_joint_chain_of_thought": "multiple_choice",
    "multiple_choice_separate_original": "multiple_choice",
    "multiple_choice_separate_calibrated": "multiple_choice",
    "generation": "free_form",
    "language_modeling": "free_form",
    "chat": "free_form",
}
#: Inspect: scorer to format
_INSPECT = {"choice": "multiple_choice"}
HARNESSES = ("lm-eval", "helm", "inspect")


def from_harness(
    harness: str, config: Mapping[str, Any], *, n_items: float | None = None
) -> dict[str, Any]:
    """Return the task factors in a harness's own description of a task.

    Parameters
    ----------
    harness : {"lm-eval", "helm", "inspect"}
    config : mapping
        lm-eval: ``configs[task]``; HELM: ``adapter_spec`` of ``run_spec.json``; Inspect: ``eval``
        of the log.
    n_items : float, optional
        Items of the whole task, where the harness states them elsewhere.

    Returns
    -------
    dict
        Of ``shots, format, n_items``: what is known.

    Raises
    ------
    UnknownNameError
        If there is no such harness.
    """
    if harness == "lm-eval":
        shots, kind = config.get("num_fewshot"), _LM_EVAL.get(str(config.get("output_type")))
    elif harness == "helm":
        shots, kind = config.get("max_train_instances"), _HELM.get(str(config.get("method")))
    elif harness == "inspect":
        arguments = as_object(config.get("task_args"))
        shots = arguments.get("fewshot", arguments.get("num_fewshot"))
        shots = 0 if shots is False else None if shots is True else shots
        scorers = config.get("scorers")
        names = [as_object(s).get("name") for s in scorers] if isinstance(scorers, list) else []
        kind = _INSPECT.get(str(names[0])) if len(names) == 1 else None
        n_items = n_items or as_count(as_object(config.get("dataset")).get("samples"))
    else:
        raise unknown_name("harness", harness, HARNESSES)
    found: dict[str, Any] = {"shots": _whole(shots), "format": kind}
    if n_items:
        found["n_items"] = float(n_items)
    return {factor: value for factor, value in found.items() if value is not None}


def _whole(value: Any) -> float | None:
    """Return a whole number from 0."""
    number = as_number(value)
    return number if number is not None and number >= 0 and number == int(number) else None
