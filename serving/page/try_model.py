"""What the page that tries a model has to know: tasks with their axes, factors with their types."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from features.table.schema import MODEL_FACTORS
from serving.page.cell_view import Field
from serving.page.factor_words import label
from serving.page.query import MAX_NAME, MAX_TEXT

#: values of a text factor that are suggested
SUGGESTED = 60
#: fields for scores at the start, and the most that an address fills
ROWS, MAX_GIVEN = 3, 200


def known_tasks(field: Field) -> list[dict[str, Any]]:
    """Return the tasks by ability and name, with what a browser draws them with.

    Returns
    -------
    list of dict
        ``name, ability, scale`` (in words), ``bounds`` (None where there is none), ``axis``
        [low, high], ``band`` (the middle 90 % of the field, None if it is not known) and
        ``middle`` in the task's own unit, ``decimals``, and ``known``, the number of measured
        scores.
    """
    order = sorted(
        range(len(field.tasks)),
        key=lambda j: (field.ability[j] == "other", field.ability[j], field.tasks[j].casefold()),
    )
    lower, upper = field.band
    out = []
    for j in order:
        ends, middle = (float(lower[j]), float(upper[j])), float(field.middle[j])
        drawn = all(math.isfinite(v) for v in (*ends, middle))
        out.append(
            {
                "name": field.tasks[j],
                "ability": field.ability[j],
                "scale": field.scale_text(j),
                "bounds": [field.scales[j].minimum, field.scales[j].maximum],
                "axis": list(field.axis(j)),
                "band": list(ends) if drawn else None,
                "middle": middle if drawn else None,
                "decimals": int(field.decimals[j]),
                "known": int(field.n_known_of_task[j]) if drawn else 0,
            }
        )
    return out


def given_scores(given: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return tasks and scores of an address, as text, and empty ones up to :data:`ROWS`."""
    tasks = [value[:MAX_NAME] for name, value in given if name == "task"][:MAX_GIVEN]
    scores = [value[:MAX_TEXT] for name, value in given if name == "score"]
    pairs = list(zip_longest(tasks, scores[: len(tasks)], fillvalue=""))
    return pairs + [("", "")] * (ROWS - len(pairs))


def model_factors(field: Field, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the standard factors of a model: name, label, kind, values to suggest, given one."""
    frame = field.current.table.models
    out = []
    for name, (kind, _) in MODEL_FACTORS.items():
        values: list[str] = []
        if kind == "text" and name in frame.columns:
            values = sorted({str(v) for v in frame[name].dropna()}, key=str.casefold)[:SUGGESTED]
        out.append(
            {
                "name": name,
                "label": label(name),
                "kind": kind,
                "suggested": values,
                "given": given.get(name, "")[:MAX_TEXT],
            }
        )
    return out
