"""``explain``: the contributions, the evidence and the interval of one cell, put together."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
import pandas as pd

from cpp.acquisition.interval_reduction import interval_reductions
from cpp.base.predictor import Predictor
from cpp.explain.contributions import NAMES, Step, contributions_of
from cpp.explain.explanation import Evidence, Explanation
from cpp.explain.interval import interval_of
from cpp.explain.neighbours import likeness, nearest_models, nearest_tasks
from cpp.explain.reference_model import ReferenceCell, reference_of
from cpp.explain.without_score import without_score
from features.errors import DataError, StateError

#: what is told of a measurement that would narrow an interval
REDUCTION_COLUMNS = ("task", "cost", "points", "share")


def explain(
    predictor: Predictor,
    model: str,
    task: str,
    *,
    level: float = 0.9,
    models: pd.DataFrame | None = None,
    tasks: pd.DataFrame | None = None,
    n_neighbours: int = 5,
    n_reductions: int = 3,
) -> Explanation:
    """Explain the prediction of one cell: what the method used, not what causes a score.

    For an observed cell: the prediction that would be made without its score, and a last term
    for the score.

    Parameters
    ----------
    predictor : Predictor
        Any rung of the ladder, fitted and calibrated.
    model, task : str
        Known or not, as in :meth:`cpp.Predictor.predict`.
    level : float
        Level of the interval, between 0 and 1, both excluded.
    models, tasks : DataFrame, optional
        Factors of a model and of a task that were not in the fitted table.
    n_neighbours : int
        Nearest models, and nearest tasks, to list.
    n_reductions : int
        Measurements to suggest that would narrow the interval; 0 for none, which is quicker.

    Returns
    -------
    Explanation

    Raises
    ------
    DataError
        As :meth:`cpp.Predictor.predict`.
    StateError
        If the predictor was fitted without intervals.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> found = explain(predictor, "Llama 2 7B", "GPQA Diamond")
    >>> found.terms["name"].tolist()
    ['task', "model's level", 'clipping']
    >>> bool(abs(found.terms["value"].sum() - found.prediction) < 1e-9)
    True
    """
    if not isinstance(level, numbers.Real) or not 0.0 < level < 1.0:
        raise DataError(f"level must lie between 0 and 1, got {level!r} (90 % is 0.9)")
    cell = pd.DataFrame({"model": [model], "task": [task]})
    me, row, col, _ = predictor._asked(cell, models, tasks)
    if not hasattr(me, "intervals_"):
        raise StateError(
            "the predictor was fitted for points only and has no intervals to explain; fit it "
            "with fit(table)"
        )
    i, j = int(row[0]), int(col[0])
    score = float(me.data_.known_scores(row, col)[0][0])
    told = without_score(me, i, j) if np.isfinite(score) else me
    found = contributions_of(told, i, j)
    steps = list(found.steps)
    if np.isfinite(score):
        off = steps[-1].score
        said = f"it was measured: {score:g}, where {off:.4g} would have been predicted without it"
        steps.append(Step("measured", score, said))
    answer = me._answer(me.data_, row, col, float(level))
    observed = bool(np.isfinite(score))
    narrows, why = _interval_reductions(
        me, str(model), str(task), n_reductions, float(level), observed
    )
    scale = me.data_.scales[j]
    return Explanation(
        model=str(model),
        task=str(task),
        predictor=predictor.name,
        kind=str(answer["kind"][0]),
        level=float(level),
        prediction=float(answer["prediction"][0]),
        lower=float(answer["lower"][0]),
        upper=float(answer["upper"][0]),
        support=int(answer["support"][0]),
        reason=str(answer["reason"][0]),
        unit="points" if scale.in_points else "the task's own unit",
        higher_is_better=scale.higher_is_better,
        terms=_table(steps, scale),
        members=found.members,
        evidence=_evidence(told, i, j, n_neighbours),
        interval=interval_of(told, i, j, float(level), typical=predictor),
        narrows=narrows,
        narrows_reason=why,
        notes=_notes(me, told, i, j, observed),
    )


def _table(steps: list[Step], scale: Any) -> pd.DataFrame:
    """Return the contributions as differences of successive predictions."""
    running = np.array([s.score for s in steps])
    points = scale.to_points(running)
    return pd.DataFrame(
        {
            "term": [s.term for s in steps],
            "name": [NAMES[s.term] for s in steps],
            "points": np.diff(points, prepend=0.0),
            "value": np.diff(running, prepend=0.0),
            "running": running,
            "meaning": [s.meaning for s in steps],
        }
    )


def _evidence(predictor: Predictor, row: int, col: int, n: int) -> Evidence:
    models = nearest_models(predictor, row, col, n)
    alike = likeness(predictor, col)
    tasks = nearest_tasks(predictor, row, col, alike, n)
    data, reference = predictor.data_, reference_of(predictor)
    if reference is None:
        cells = data.cells_of_models(np.array([row]))
        nothing = np.full(len(cells.z), np.nan)
        frame = pd.DataFrame(
            {
                "task": [data.tasks[t] for t in cells.other],
                "score": cells.score,
                "expected": nothing,
                "adds": nothing,
                "per_point": nothing,
                "alike": alike[cells.other],
            }
        )
        frame = frame.sort_values("alike", ascending=False, ignore_index=True, na_position="last")
        nan = float("nan")
        return Evidence(frame, models, tasks, from_factors=nan, from_reference=nan)
    cell = ReferenceCell(reference, data, row, col)
    own, z = cell.own_scores(), cell.stops().latent
    at, latent, scale = np.array([col]), data.latent, data.scales[col]
    alone, full = (float(latent.to_score(at, np.array([v]))[0]) for v in (own.prior, z))
    points = np.diff(scale.to_points([alone, full]))[0]
    # one rate for all of them, so that they add up in points as they do on the latent scale
    moved = own.adds.sum()
    here = _rate(predictor, at, np.array([z]))[0]
    rate = points / moved if abs(moved) > 1e-6 else here
    there = _rate(predictor, own.cells.other, own.cells.z)
    # at the far end of an unbounded scale a unit of score may be no latent unit at all
    there = np.where(there == 0.0, np.nan, there)
    frame = pd.DataFrame(
        {
            "task": [data.tasks[t] for t in own.cells.other],
            "score": own.cells.score,
            "expected": latent.to_score(own.cells.other, own.expected),
            "adds": own.adds * rate,
            "per_point": own.weight * here / there,
            "alike": alike[own.cells.other],
        }
    )
    order = np.lexsort((own.cells.other, -np.abs(own.adds)))
    return Evidence(
        frame.iloc[order].reset_index(drop=True),
        models,
        tasks,
        from_factors=alone,
        from_reference=full,
    )


def _rate(predictor: Predictor, col: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return points (own units without both bounds) per latent unit at `z`, signed."""
    latent, step = predictor.data_.latent, 1e-3
    rise = latent.to_score(col, z + step) - latent.to_score(col, z - step)
    unit = [predictor.data_.scales[c].points_per_unit() for c in col]
    return rise / (2 * step) * np.array(unit)


def _interval_reductions(
    predictor: Predictor, model: str, task: str, n: int, level: float, observed: bool
) -> tuple[pd.DataFrame, str]:
    """Return what would narrow the interval most, and why nothing is said if so."""
    empty = pd.DataFrame({name: [] for name in REDUCTION_COLUMNS})
    if n < 1:
        return empty, "not asked for"
    if observed:
        return empty, "it is measured"
    if reference_of(predictor) is None:
        return empty, f"{predictor.name} has no factorisation that would tell"
    found = interval_reductions(predictor, model, task, n=n, level=level)
    return found, "" if len(found) else "no other task is known that could be measured"


def _notes(me: Predictor, told: Predictor, row: int, col: int, observed: bool) -> list[str]:
    data = me.data_
    out = []
    if not data.scales[col].higher_is_better:
        out.append("lower is better on this task: a term below 0 is for the model")
    if observed:
        out.append(
            "the account is of the prediction that would be made without the score, and so are "
            "evidence and interval"
        )
        if data.model_fitted[row] and data.task_fitted[col]:
            out.append(
                "nothing is refitted for that: the model's row is worked out without the score, "
                "but what the rest of the fit has learned from it stays"
            )
    return out + list(told.notes_)
