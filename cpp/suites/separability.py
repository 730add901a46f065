"""Which models of a task's ranking can be told apart, from joint draws of their scores."""

from __future__ import annotations

import numbers
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray
from features.errors import DataError, unknown_name

N_SAMPLES = 2000
#: comparisons of two draws at the most; with more models, fewer draws are compared
MAX_COMPARED = 2_000_000_000
MIN_SAMPLES = 100
COLUMNS = ("model", "rank", "rank_best", "rank_worst", "p_above_next", "tied_with_next")


def rank_models(
    predictor: Predictor,
    task: str,
    *,
    models: Sequence[str] | None = None,
    confidence: float = 0.9,
    n_samples: int = N_SAMPLES,
    random_state: int = 0,
) -> pd.DataFrame:
    """Rank models on a task and say which order is supported.

    Models are ordered by score where they have one and by prediction where not. Two models
    are *told apart* if one does better with a probability of at least `confidence` in joint
    draws (:meth:`cpp.Predictor.predict_samples`), a tie counting half: what their errors have
    in common cancels, and two observed scores are ordered as they were reported. Neighbours
    that are not told apart are tied.

    Parameters
    ----------
    predictor : Predictor
        Fitted.
    task : str
        A task the predictor knows.
    models : list of str, optional
        By default every model the predictor knows.
    confidence : float
        Between 0.5 and 1, the latter excluded.
    n_samples : int
        Joint draws.
    random_state : int

    Returns
    -------
    DataFrame
        One row per model, best first: ``model``; ``rank``, its place; ``rank_best`` and
        ``rank_worst``, the places that it may have: behind every model that is told apart as
        better, before every one that is told apart as worse; ``p_above_next``, the
        probability of doing better than the next row's model (NaN in the last row);
        ``tied_with_next``, whether that is below `confidence`.

    Raises
    ------
    UnknownNameError
        For a task the predictor does not know.
    DataError
        For a confidence outside [0.5, 1).

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> found = rank_models(predictor, "GPQA Diamond", models=["Llama 2 7B", "Llama 2 70B"])
    >>> found["model"].tolist(), found["rank_best"].tolist()
    (['Llama 2 70B', 'Llama 2 7B'], [1, 2])
    """
    if task not in predictor.data_.task_index:
        raise unknown_name("task", task, predictor.tasks_)
    if not isinstance(confidence, numbers.Real) or not 0.5 <= confidence < 1.0:
        raise DataError(f"confidence must be at least 0.5 and below 1, got {confidence!r}")
    names = list(predictor.models_ if models is None else models)
    cells = pd.DataFrame({"model": names, "task": task})
    scale = predictor.data_.scales[predictor.data_.task_index[task]]
    sign = 1.0 if scale.higher_is_better else -1.0
    point = sign * predictor.predict(cells).score.to_numpy(dtype=float)
    order = np.lexsort((np.array(names, dtype=object).astype(str), -point))
    draws = sign * predictor.predict_samples(cells, n_samples, random_state=random_state)
    draws = np.ascontiguousarray(draws.T[order])
    above = _above_next(draws)
    better, worse = told_apart(draws, float(confidence))
    size = len(names)
    return pd.DataFrame(
        {
            "model": [names[i] for i in order],
            "rank": np.arange(1, size + 1),
            "rank_best": 1 + better,
            "rank_worst": size - worse,
            "p_above_next": above,
            "tied_with_next": above < confidence,
        },
        columns=list(COLUMNS),
    )


def _above_next(draws: FloatArray) -> FloatArray:
    """Return P(row i above row i + 1) of draws (n_models, n), NaN for the last."""
    first, second = draws[:-1], draws[1:]
    wins = (first > second).mean(axis=1) + 0.5 * (first == second).mean(axis=1)
    return np.r_[wins, np.full(min(1, len(draws)), np.nan)]


def told_apart(draws: FloatArray, confidence: float) -> tuple[IntArray, IntArray]:
    """Return how many models are told apart as better, and as worse, than each."""
    size = len(draws)
    n = int(min(draws.shape[1], max(MIN_SAMPLES, MAX_COMPARED // max(1, size * size))))
    draws = np.ascontiguousarray(draws[:, :n])
    better, worse = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for i in range(size - 1):
        others = draws[i + 1 :]
        wins = np.count_nonzero(draws[i] > others, axis=1)
        ties = np.count_nonzero(draws[i] == others, axis=1)
        p = (wins + 0.5 * ties) / n
        is_better, is_worse = p >= confidence, 1.0 - p >= confidence
        worse[i] += is_better.sum()
        better[i] += is_worse.sum()
        better[i + 1 :] += is_better
        worse[i + 1 :] += is_worse
    return better, worse
