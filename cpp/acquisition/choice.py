"""What was chosen, and what a choice is among: targets, weights, costs, candidates, budget."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.training_data import TrainingData
from cpp.suites.suite import tasks_with
from features.errors import DataError, unknown_name

#: how many evaluations are named if no budget is given, at a cost of 1 each
BUDGET = 5.0
COLUMNS = (
    "order",
    "model",
    "task",
    "cost",
    "total_cost",
    "gain",
    "error_before",
    "error_after",
    "why",
)
#: no more evaluations than this in one choice
MOST = 200


@dataclass(frozen=True)
class Choice:
    """Which cells to measure next, the most useful first.

    Attributes
    ----------
    frame : DataFrame
        One row per measurement, in the order to make them: ``order`` from 1; ``model`` (empty
        for a probe set), ``task``; ``cost`` and ``total_cost`` up to here; ``gain``, by how much
        the expected absolute errors of the target cells, points, become smaller in sum;
        ``error_before`` and ``error_after``, their mean; ``why`` in words.
    budget : float
    targets : dict of str to float
        Tasks whose errors count, with what each counts.
    n_targets : int
        Target cells without a score at the start, those that the means are of.
    notes : list of str
        What was left out, and what the figures rest on.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> from cpp.acquisition import choose_next
    >>> predictor = make_predictor("fast").fit(features.load_leaderboard())
    >>> choice = choose_next(predictor, models="Llama 2 7B", budget=1)
    >>> choice.frame.columns[:5].tolist()
    ['order', 'model', 'task', 'cost', 'total_cost']
    >>> choice.n_targets  # 58 tasks, 33 of them measured
    25
    """

    frame: pd.DataFrame
    budget: float
    targets: dict[str, float]
    n_targets: int
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "budget": self.budget,
            "targets": dict(self.targets),
            "n_targets": self.n_targets,
            "notes": list(self.notes),
            "evaluations": self.frame.to_dict(orient="records"),
        }


@dataclass(frozen=True)
class Terms:
    """What a choice is among, checked.

    Attributes
    ----------
    weight : float array (n_tasks,)
        What the error on each task counts; 0 if it is no target.
    candidate : bool array (n_tasks,)
        Tasks that may be measured.
    cost : float array (n_tasks,)
    budget : float
    notes : list of str

    Examples
    --------
    >>> import features
    >>> data = TrainingData.from_table(features.load_leaderboard())
    >>> terms = Terms.of(
    ...     data, targets=["ability:math"], weights=None, budget=None, costs=None, candidates=None)
    >>> int((terms.weight > 0).sum()), terms.budget
    (9, 5.0)
    """

    weight: FloatArray
    candidate: BoolArray
    cost: FloatArray
    budget: float
    notes: list[str]

    @classmethod
    def of(
        cls,
        data: TrainingData,
        *,
        targets: Sequence[str] | None,
        weights: Mapping[str, float] | None,
        budget: float | None,
        costs: Mapping[str, float] | None,
        candidates: Sequence[str] | None,
    ) -> Terms:
        """Check what is asked for; raises as :func:`cpp.acquisition.choose_next`."""
        notes: list[str] = []
        in_points = np.array([s.in_points for s in data.scales], dtype=bool)
        target = (
            np.ones(len(in_points), dtype=bool) if targets is None else np.zeros_like(in_points)
        )
        if targets is not None:
            target[_tasks(data, targets, "target")] = True
        unbounded = [data.tasks[j] for j in np.flatnonzero(target & ~in_points)]
        if unbounded:
            notes.append(
                f"{_listed(unbounded)} {'has' if len(unbounded) == 1 else 'have'} not both bounds, "
                "so there are no points of error: left out of the targets"
            )
        weight = np.where(target & in_points, 1.0, 0.0)
        if not weight.any():
            raise DataError(
                "no target is left: an error in points needs a task with both bounds; name such a "
                "task, or give it scale_min and scale_max"
            )
        for task, value in (weights or {}).items():
            if task not in data.task_index:
                raise unknown_name("task", task, data.tasks)
            _positive(f"weights: {task!r}", value)
            j = data.task_index[task]
            if not target[j]:
                raise DataError(f"weights: {task!r} is no target; name it among them")
            weight[j] *= value
        may = data.task_fitted.copy()
        if candidates is not None:
            asked = np.zeros_like(may)
            asked[_tasks(data, candidates, "candidate")] = True
            unheard = [data.tasks[j] for j in np.flatnonzero(asked & ~may)]
            if unheard:
                notes.append(f"{_listed(unheard)}: no training score tells of it, never proposed")
            may &= asked
        cost = np.ones(len(may))
        for task, value in (costs or {}).items():
            if task not in data.task_index:
                raise unknown_name("task", task, data.tasks)
            cost[data.task_index[task]] = _positive(f"costs: {task!r}", value)
        if costs and any(data.tasks[j] not in costs for j in np.flatnonzero(may)):
            notes.append("a task whose cost is not given costs 1")
        return cls(
            weight * (weight > 0).sum() / weight.sum(),
            may,
            cost,
            _positive("budget", BUDGET if budget is None else budget),
            notes,
        )

    def named(self, data: TrainingData) -> dict[str, float]:
        """Return the weights of the targets by task; they are 1 on average."""
        return {data.tasks[j]: float(self.weight[j]) for j in np.flatnonzero(self.weight)}


def rows_of(data: TrainingData, models: Sequence[str] | str | None) -> IntArray:
    """Return the rows of models, all of them by default; raises UnknownNameError."""
    if models is None:
        return np.arange(data.shape[0])
    names = [models] if isinstance(models, str) else [str(m) for m in models]
    if not names:
        raise DataError("no model is named; name one, or leave models out for all")
    for name in names:
        if name not in data.model_index:
            raise unknown_name("model", name, data.models)
    return np.array([data.model_index[m] for m in dict.fromkeys(names)], dtype=np.int64)


def _tasks(data: TrainingData, names: Sequence[str], what: str) -> list[int]:
    """Return the columns of tasks that are named, or all of a kind (``ability:math``)."""
    if isinstance(names, str):
        raise DataError(f"{what}s must be a list of names, got the text {names!r}")
    out: list[int] = []
    for name in names:
        factor, colon, value = str(name).partition(":")
        if name in data.task_index:
            out.append(data.task_index[name])
        elif colon and factor in data.task_factors.columns:
            out += [data.task_index[t] for t in tasks_with(data.task_factors, factor, value)]
        else:
            raise unknown_name("task", str(name), data.tasks)
    if not out:
        raise DataError(f"no {what} is named; name one, or leave {what}s out for all tasks")
    return out


def frame_of_rows(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Return the frame of a :class:`Choice` from one tuple for each measurement."""
    numbers = ("cost", "total_cost", "gain", "error_before", "error_after")
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"order": int, **dict.fromkeys(numbers, float)})


def stopped(n_steps: int) -> list[str]:
    """Return a note if a choice ended before the budget did."""
    if n_steps < MOST:
        return []
    return [f"these are the first {MOST} evaluations; the budget may reach further"]


def _positive(what: str, value: float) -> float:
    number = float(value)
    if not math.isfinite(number) or number <= 0:
        raise DataError(f"{what} must be a positive number, got {value!r}")
    return number


def _listed(names: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(repr(n) for n in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def reason(names: Sequence[str], before: FloatArray, after: FloatArray, own: int) -> str:
    """Say where a measurement takes errors away.

    Parameters
    ----------
    names : list of str
        What each entry is of (tasks of one model; models and tasks).
    before, after : float array (n,)
        Expected errors, points.
    own : int
        The measured entry.
    """
    drop = before - after
    said = []
    if before[own] > 0:
        said.append(f"its own error, {before[own]:.1f} points")
    others = drop.copy()
    others[own] = 0.0
    best = [j for j in np.argsort(-others, kind="stable")[:3] if others[j] >= 0.05]
    if best:
        told = ", ".join(f"{names[j]} (-{others[j]:.1f})" for j in best)
        said.append(f"tells of {told}")
    rest = others.sum() - others[best].sum()
    n_rest = int((others > 0).sum()) - len(best)
    if rest >= 0.1 and n_rest > 0:
        also = "and of" if best else "tells a little of"
        said.append(f"{also} {n_rest} {'others' if said else 'tasks'} (-{rest:.1f} in all)")
    return "; ".join(said) if said else "tells little of anything"
