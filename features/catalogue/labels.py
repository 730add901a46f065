"""A task's name as it is written in one line, with its setting in brackets."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

_SHOTS = re.compile(r"\s*\((\d{1,3})-shot\)\s*$")
_MARKS = re.compile(r"\s*\[([^\[\]]*)\]\s*$")
_HARNESS = re.compile(r"^([a-z-]+):\s+(?=\S)")


def read_written(text: str, harnesses: Collection[str] = ()) -> dict[str, Any]:
    """Return the parts of a name such as ``lm-eval: mmlu [acc, none] (5-shot)``.

    Parameters
    ----------
    text : str
        ``harness: benchmark [metric, filter] (n-shot)``; everything but the benchmark may be
        missing. In HELM's names the split stands where others have the filter.
    harnesses : collection of str
        Words that may stand before a colon.

    Returns
    -------
    dict
        Arguments of :meth:`Catalogue.task`, ``benchmark`` always among them.

    Examples
    --------
    >>> read_written("lm-eval: mmlu [acc, none] (5-shot)", ["lm-eval"])
    {'harness': 'lm-eval', 'shots': 5, 'metric': 'acc', 'filter': 'none', 'benchmark': 'mmlu'}
    """
    found: dict[str, Any] = {}
    rest = text.strip()
    harness = _HARNESS.match(rest)
    if harness and harness[1] in harnesses:
        found["harness"], rest = harness[1], rest[harness.end() :]
    marks = None
    if (shots := _SHOTS.search(rest)) and (marks := _MARKS.search(rest[: shots.start()])):
        found["shots"] = int(shots[1])
    marks = marks or _MARKS.search(rest)
    if marks:
        words = [w.strip() for w in marks[1].split(",")]
        names = ("metric", "split" if found.get("harness") == "helm" else "filter", "split")
        found.update(dict(zip(names, words, strict=False)))
        rest = rest[: marks.start()]
    found["benchmark"] = rest.strip()
    return found
