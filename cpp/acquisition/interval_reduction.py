"""What would narrow the interval of one prediction most."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cpp.acquisition.posterior import factorisations_of, row_belief
from cpp.base.predictor import Predictor
from features.errors import DataError, unknown_name

COLUMNS = ("task", "cost", "points", "share")


def interval_reductions(
    predictor: Predictor, model: str, task: str, n: int = 3, *, level: float = 0.9
) -> pd.DataFrame:
    """Return the measurements of a model that would narrow its prediction on a task most.

    Parameters
    ----------
    predictor : Predictor
        Fitted; a model with scores of its own is folded in first.
    model, task : str
        The predicted cell.
    n : int
        How many measurements to name, each on its own.
    level : float
        Level of the interval that `points` is of.

    Returns
    -------
    DataFrame
        One row per task that the model has no score on, the most telling first: ``task``;
        ``cost``, 1 each; ``points``, by how much the interval (lower to upper end) is
        expected to become narrower, NaN on a task without both bounds; ``share``, the same
        as a share of its width (0-1). Empty if the cell is observed.

    Raises
    ------
    UnknownNameError
        For a model or task that the predictor does not know.
    DataError
        If `n` is no positive number.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("fast").fit(features.load_leaderboard())
    >>> found = interval_reductions(predictor, "Llama 2 7B", "GPQA Diamond", n=2)
    >>> list(found.columns), len(found)
    (['task', 'cost', 'points', 'share'], 2)
    """
    if n < 1:
        raise DataError(f"n must be a positive number of tasks, got {n!r}")
    members, _ = factorisations_of(predictor)
    data = predictor.data_
    if model not in data.model_index:
        raise unknown_name("model", model, data.models)
    if task not in data.task_index:
        raise unknown_name("task", task, data.tasks)
    row, col = data.model_index[model], data.task_index[task]
    known = set(data.col[data.row == row].tolist())
    if col in known:
        return pd.DataFrame({c: pd.Series(dtype=float) for c in COLUMNS}).astype({"task": str})
    others = np.array(
        [j for j in np.flatnonzero(data.task_fitted) if j not in known and j != col],
        dtype=np.int64,
    )
    belief = row_belief(members, row)
    share_of = belief.factor[others] @ belief.factor[col]
    told = share_of**2 / (belief.variance[others] + belief.noise[others])
    now = belief.variance[col] + belief.noise[col]
    share = 1.0 - np.sqrt(np.clip(1.0 - told / now, 0.0, 1.0))
    answer = predictor.predict(pd.DataFrame({"model": [model], "task": [task]}), level=level).frame
    scale = data.scales[col]
    points = scale.points_per_unit() if scale.in_points else np.nan
    width = float(answer["upper"].iloc[0] - answer["lower"].iloc[0]) * points
    best = np.argsort(-share, kind="stable")[:n]
    return pd.DataFrame(
        {
            "task": [data.tasks[others[b]] for b in best],
            "cost": 1.0,
            "points": share[best] * width,
            "share": share[best],
        }
    )
