"""Scores of single samples in a log of Inspect."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from features.documents.json_files import as_number, as_object, key_path
from features.errors import DataError
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place

#: Inspect's own letters (correct, incorrect, partly, no answer) and words
_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of the samples by one scorer: ids, values and epochs, equally many.

    Examples
    --------
    >>> Outcomes(["q1", "q2"], [1.0, 0.5], [1, 1]).are_shares
    True
    """

    items: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)

    @property
    def are_shares(self) -> bool:
        """Whether there are values, and all lie between 0 and 1."""
        return bool(self.values) and min(self.values) >= 0.0 and max(self.values) <= 1.0


def outcomes_of(
    file: str,
    samples: Iterator[Any],
    scores: Collection[tuple[str, str]],
    into: Collector,
) -> dict[tuple[str, str], Outcomes]:
    """Return the outcomes of samples by scorer and name of the score.

    Parameters
    ----------
    file : str
    samples : iterator of object
    scores : collection of (scorer, name of the score)
        A score whose name is not its scorer's is one entry of the scorer's values.
    into : Collector
        Is told of values that are no outcome.

    Raises
    ------
    DataError
        If a sample has no id.
    """
    found = {key: Outcomes() for key in scores}
    odd = 0
    for i, sample in enumerate(samples):
        sample = as_object(sample)
        name = sample.get("id")
        if isinstance(name, bool) or not isinstance(name, int | str):
            raise DataError(f"{file}, {key_path('samples', i)}: a sample without id")
        epoch = as_number(sample.get("epoch"))
        told = as_object(sample.get("scores"))
        if "score" in sample and not told:  # old logs have one score
            told = {scorer: sample["score"] for scorer, _ in scores}
        for (scorer, score), outcomes in found.items():
            if scorer not in told:
                continue
            value = as_object(told[scorer]).get("value")
            if isinstance(value, dict):
                value = value.get(score)
            outcome = outcome_of(value)
            if outcome is None:
                odd += 1
                continue
            outcomes.items.append(str(name))
            outcomes.values.append(outcome)
            outcomes.epochs.append(int(epoch) if epoch is not None and 1 <= epoch < 1e6 else 1)
    if odd:
        into.note(Place(file, "samples"), odd, "values of samples that are no outcome; left out")
    return found


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
