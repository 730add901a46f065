"""The page of what to evaluate next: a form, and the evaluations in their order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from features.errors import BenchcastError, near_misses
from serving.answers import evaluations
from serving.config.service_settings import ServeSettings
from serving.page.cell_drawing import remaining
from serving.page.cell_view import Field
from serving.page.query import MAX_NAME, MAX_TEXT

#: what is chosen for -> what it is called
CHOICES: dict[Literal["models", "probes", "field"], str] = {
    "models": "one model",
    "probes": "new models: a probe set",
    "field": "the whole field",
}
BUDGET = "5"


@dataclass(frozen=True)
class Line:
    """An evaluation."""

    order: int
    model: str
    task: str
    cost: str
    gain: str
    after: str
    why: str
    drawing: Markup


@dataclass(frozen=True)
class Plan:
    """What the template shows of a choice."""

    choose: str
    lines: list[Line]
    before: str
    after: str
    n_targets: int
    notes: list[str]


@dataclass(frozen=True)
class Asked:
    """What the form holds."""

    choose: Literal["models", "probes", "field"]
    model: str
    target: str
    budget: str

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Asked:
        """Read the parameters of the address."""
        choose = given.get("for", "models")
        return cls(
            choose if choose in CHOICES else "models",
            given.get("model", "").strip()[:MAX_NAME],
            given.get("target", "").strip()[:MAX_NAME],
            given.get("budget", BUDGET).strip()[:20] or BUDGET,
        )


def targets(field: Field) -> tuple[list[str], list[str]]:
    """Return the abilities that have two tasks or more, and the tasks, as a form offers them."""
    known = field.current.table.tasks
    counts: dict[str, int] = {}
    if "ability" in known.columns:
        for ability in known["ability"].dropna().astype(str):
            counts[ability] = counts.get(ability, 0) + 1
    kinds = sorted((a for a, n in counts.items() if n > 1), key=str.casefold)
    return kinds, sorted(field.tasks, key=str.casefold)


def plan(
    field: Field, asked: Asked, settings: ServeSettings
) -> tuple[Plan | None, dict[str, dict[str, Any]]]:
    """Return what is to be evaluated, or the faults of the form by field."""
    faults: dict[str, dict[str, Any]] = {}
    if asked.choose == "models":
        if not asked.model:
            return None, {}
        if asked.model not in field.current.grid.model_index:
            near = len(asked.model) <= MAX_TEXT
            close = near_misses(asked.model, field.models) if near else []
            text = "No model has this name." + (" Did you mean" if close else "")
            faults["model"] = {"text": text, "close": close}
    budget = _number(asked.budget)
    if budget is None or not evaluations.MIN_COST <= budget <= evaluations.MAX_BUDGET:
        text = "The budget must be a positive number: an evaluation costs 1."
        faults["budget"] = {"text": text, "close": []}
    if any(c < " " or c == "\x7f" for c in asked.target):
        faults["target"] = {"text": "No task has this name.", "close": []}
    if faults or budget is None:
        return None, faults
    wanted = evaluations.EvaluationsRequest(
        choose=asked.choose,
        models=[asked.model] if asked.choose == "models" else None,
        targets=[(asked.target, 1.0)] if asked.target else None,
        budget=budget,
    )
    try:
        found = evaluations.choose_checked(field.current, wanted, max_cells=settings.max_cells)
    except BenchcastError as error:
        return None, {"target": {"text": str(error), "close": []}}
    frame = found.frame
    start = float(frame["error_before"].iloc[0]) if len(frame) else math.nan
    lines = [
        Line(
            order=int(row.order),
            model=row.model,
            task=row.task,
            cost=f"{row.cost:g}",
            gain=f"{row.gain:.1f}",
            after=f"{row.error_after:.2f}",
            why=row.why,
            drawing=remaining(row.error_after / start, row.error_before / start),
        )
        for row in frame.itertuples(index=False)
    ]
    return (
        Plan(
            choose=asked.choose,
            lines=lines,
            before=f"{start:.2f}" if lines else "",
            after=lines[-1].after if lines else "",
            n_targets=found.n_targets,
            notes=list(found.notes),
        ),
        {},
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
