"""What an audit returns: findings, remarks, and how they are ordered and written down."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

#: kind of finding -> what it means; also the order in which equals stand
KINDS: dict[str, str] = {
    "unit_slip": "a share given as a percentage or the other way round: x100 or x0.01",
    "inverted": "an error rate given as an accuracy or the other way round",
    "swapped": "two models whose rows look exchanged",
    "unsupported_headline": "a score that its own item results do not give",
    "impossible_factors": "facts of a model or task that contradict each other",
    "disagreeing_reports": "reports of one score that lie too far apart",
    "at_chance": "the score of guessing where a far better (or worse) one is expected",
    "outside_interval": "a score far from what all other scores say",
    "row_misfit": "a model whose scores do not fit its description",
    "copied": "the same scores under two names",
    "double_count": "a task that is the mean of other tasks",
    "constant": "a model or task with the same score everywhere",
}
SUBJECTS = ("cell", "model", "task")


@dataclass(frozen=True)
class Finding:
    """Something suspicious, with the reason and the evidence.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    subject : {"cell", "model", "task"}
        What is suspicious: one score, a whole row, a whole column.
    model, task : str or None
        None where the subject has none.
    score : float or None
        The reported score in the task's own unit; None for a whole row or column.
    p_value : float
        How often data without fault would look at least as suspicious, per cell (model,
        task). What is a matter of fact and not of chance has the share of models (tasks)
        it is true of.
    reason : str
        In words, what is wrong and what it may be.
    evidence : dict
        Plain JSON values: what was expected, the interval, who disagrees.

    Raises
    ------
    ValueError
        For a kind or subject that does not exist, or a p-value outside [0, 1].

    Examples
    --------
    >>> found = Finding("constant", "task", None, "x", None, 0.01, "all scores are 5", {})
    >>> found.to_dict()["task"], found.model is None
    ('x', True)
    """

    kind: str
    subject: str
    model: str | None
    task: str | None
    score: float | None
    p_value: float
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {self.kind!r}")
        if self.subject not in SUBJECTS:
            raise ValueError(f"subject must be one of {SUBJECTS}, got {self.subject!r}")
        if not 0.0 <= self.p_value <= 1.0:
            raise ValueError(f"p_value must lie in [0, 1], got {self.p_value!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "model": self.model,
            "task": self.task,
            "score": self.score,
            "p_value": self.p_value,
            "reason": self.reason,
            "evidence": {k: _plain(v) for k, v in self.evidence.items()},
        }


@dataclass(frozen=True)
class Audit:
    """The result of an audit.

    Attributes
    ----------
    name : str
        Of the table.
    findings : list of Finding
        Most suspicious first.
    remarks : list of str
        What is odd but too common here to be a fault of single models, and what could
        not be looked at.
    n_cells, n_models, n_tasks : int
        That were looked at.
    false_alarms : float
        Share of faultless cells (models) that is meant to be found at most.

    Examples
    --------
    >>> odd = Finding("unit_slip", "cell", "a", "x", 0.61, 1e-5, "61 would fit: a share")
    >>> found = Audit("mine", [odd], [], n_cells=40, n_models=8, n_tasks=5, false_alarms=0.01)
    >>> [(finding.model, finding.reason) for finding in found.of("cell")], found.of("task")
    ([('a', '61 would fit: a share')], [])
    """

    name: str
    findings: list[Finding]
    remarks: list[str]
    n_cells: int
    n_models: int
    n_tasks: int
    false_alarms: float

    def of(self, subject: str) -> list[Finding]:
        """Return the findings on cells, models or tasks."""
        return [f for f in self.findings if f.subject == subject]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; ``findings`` is ordered, most suspicious first."""
        return {
            "name": self.name,
            "cells": self.n_cells,
            "models": self.n_models,
            "tasks": self.n_tasks,
            "false_alarms": self.false_alarms,
            "findings": [f.to_dict() for f in self.findings],
            "remarks": list(self.remarks),
        }


def ordered(findings: list[Finding]) -> list[Finding]:
    """Return the findings by p-value, then kind, then names: the same order for any input."""
    kinds = list(KINDS)
    return sorted(
        findings,
        key=lambda f: (f.p_value, kinds.index(f.kind), f.model or "", f.task or "", str(f.score)),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
