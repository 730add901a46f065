"""Scores of single samples in a log of Inspect."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from features.errors import DataError
from features.importing.collector import Collector
from features.importing.json_files import as_number, as_object, key_path
from features.importing.places import Place
from features.importing.task_keys import TaskKey

#: Inspect's own letters (correct, incorrect, partly, no answer) and words
_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


def read_samples(
    file: str,
    samples: Iterator[Any],
    model: str,
    keys: Mapping[tuple[str, str], TaskKey],
    into: Collector,
) -> None:
    """Hand over the outcomes of samples.

    Parameters
    ----------
    file : str
    samples : iterator of object
    model : str
    keys : mapping of (scorer, name of the score) to TaskKey
        Of the scores that are means over the samples. A score whose name is not its scorer's is
        one entry of the scorer's values.
    into : Collector

    Raises
    ------
    DataError
        If a sample has no id.
    """
    found: dict[TaskKey, tuple[list[str], list[float], list[int]]] = {}
    odd = 0
    for i, sample in enumerate(samples):
        sample = as_object(sample)
        name = sample.get("id")
        if isinstance(name, bool) or not isinstance(name, int | str):
            raise DataError(f"{file}, {key_path('samples', i)}: a sample without id")
        epoch = as_number(sample.get("epoch"))
        told = as_object(sample.get("scores"))
        if "score" in sample and not told:  # old logs have one score
            told = {scorer: sample["score"] for scorer, _ in keys}
        for (scorer, score), key in keys.items():
            if scorer not in told:
                continue
            value = as_object(told[scorer]).get("value")
            if isinstance(value, dict):
                value = value.get(score)
            outcome = outcome_of(value)
            if outcome is None:
                odd += 1
                continue
            items, outcomes, epochs = found.setdefault(key, ([], [], []))
            items.append(str(name))
            outcomes.append(outcome)
            epochs.append(int(epoch) if epoch is not None and 1 <= epoch < 1e6 else 1)
    if odd:
        into.note(Place(file, "samples"), odd, "values of samples that are no outcome; left out")
    for key, (items, outcomes, epochs) in found.items():
        into.items(
            Place(file, "samples"),
            model=model,
            task=key,
            item=items,
            outcome=outcomes,
            epoch=epochs,
        )


def outcome_of(value: Any) -> float | None:
    """Return the outcome that a value of a sample stands for, as Inspect counts it.

    ``C`` is 1, ``P`` 0.5, ``I`` and ``N`` (no answer) are 0; yes, no, true and false, flags and
    numbers count, also as text. None for anything else, and for NaN.
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        known = _LETTERS.get(value, _WORDS.get(value.casefold()))
        if known is not None:
            return known
        try:
            value = float(value)
        except ValueError:
            return None
    number = as_number(value)
    return number if number is not None and math.isfinite(number) else None
