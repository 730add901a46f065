"""A suite of tasks as one number per model: weighted mean, rank, probability of being best.

Measured cells are held fixed at their scores; the others are drawn together
(:meth:`cpp.Predictor.predict_samples`), so the errors that cells share widen the interval of
a mean, and those that two models share cancel in their comparison.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from cpp.base.predictor import Predictor
from cpp.data.arrays import BoolArray, FloatArray
from features.errors import DataError, unknown_name
from features.table.score_scale import ScoreScale

N_SAMPLES = 2000
#: numbers that are drawn at once
CHUNK = 4_000_000
#: decimals of a mean in points: two equal means may differ in the last bits
DECIMALS = 9
COLUMNS = (
    "model",
    "mean",
    "lower",
    "upper",
    "level",
    "rank",
    "rank_lower",
    "rank_upper",
    "p_best",
    "p_above_next",
    "measured",
    "n_observed",
    "n_tasks",
)


@dataclass(frozen=True)
class Suite:
    """What is known of models on a suite of tasks.

    Attributes
    ----------
    frame : DataFrame
        One row per model, best mean first: ``model``; ``mean``, the weighted mean over the
        tasks of scores and predictions in points (0-100 of each task's range, 100 the best,
        lower-is-better turned round), and its interval ``lower, upper`` at ``level``;
        ``rank``, the expected rank among these models (1 the best), and its interval
        ``rank_lower, rank_upper``; ``p_best``, the probability of having the best mean, ties
        split; ``p_above_next``, the probability of a better mean than the model of the next
        row, a tie counting half (NaN in the last row): near 0.5 the two cannot be told
        apart; ``measured``, the share of the weight that is observed (0-1);
        ``n_observed`` of ``n_tasks`` cells are.
    weights : dict of str to float
        Weight of each task; they add up to 1.
    level : float
    n_samples : int

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> predictor = make_predictor("biases").fit(load_leaderboard())
    >>> tasks = ["GSM8K (5-shot)", "MMLU (5-shot)"]
    >>> models = ["Llama 2 7B", "Llama 2 70B"]
    >>> suite = aggregate(predictor, tasks=tasks, models=models, n_samples=500)
    >>> suite.frame["model"].tolist(), suite.weights["GSM8K (5-shot)"]
    (['Llama 2 70B', 'Llama 2 7B'], 0.5)
    """

    frame: pd.DataFrame
    weights: dict[str, float]
    level: float
    n_samples: int


def aggregate(
    predictor: Predictor,
    *,
    tasks: Sequence[str],
    models: Sequence[str] | None = None,
    weights: Sequence[float] | None = None,
    level: float = 0.9,
    n_samples: int = N_SAMPLES,
    random_state: int = 0,
) -> Suite:
    """Summarise models on a suite of tasks.

    Parameters
    ----------
    predictor : Predictor
        Fitted; a model with scores of its own is folded in first.
    tasks : list of str
        Tasks the predictor knows, with a minimum and a maximum.
    models : list of str, optional
        By default every model the predictor knows. One it does not know is a prior.
    weights : list of float, optional
        One positive weight per task; by default all are equal.
    level : float
        Level of the intervals, between 0 and 1.
    n_samples : int
        Joint draws. A probability of 0.5 from 2,000 draws has a standard error of 0.011.
    random_state : int
        With the same one, a model has the same draws whatever other models are asked.

    Returns
    -------
    Suite

    Raises
    ------
    UnknownNameError
        For a task the predictor does not know.
    DataError
        For no task or model, one that is named twice, a task without both bounds, or
        weights, a level or a number of draws outside what is allowed.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> suite = aggregate(predictor, tasks=["GPQA Diamond", "MMLU (5-shot)"],
    ...                   models=["Llama 2 7B", "Llama 2 70B"])
    >>> suite.frame["model"].tolist()
    ['Llama 2 70B', 'Llama 2 7B']
    """
    names = _names("model", predictor.models_ if models is None else models)
    scales = dict(zip(predictor.tasks_, predictor.data_.scales, strict=True))
    weight = suite_shares(tasks, weights, scales)
    suite, share = list(weight), np.array(list(weight.values()))
    if not isinstance(level, numbers.Real) or not 0.0 < level < 1.0:
        raise DataError(f"level must lie between 0 and 1, got {level!r} (90 % is 0.9)")
    if not isinstance(n_samples, numbers.Integral) or n_samples < 1:
        raise DataError(f"n_samples must be a positive whole number, got {n_samples!r}")
    together = max(1, CHUNK // (int(n_samples) * len(suite)))
    means, draws, observed = [], [], []
    for start in range(0, len(names), together):
        some = names[start : start + together]
        cells = pd.DataFrame({"model": np.repeat(some, len(suite)), "task": suite * len(some)})
        point, drawn, seen = drawn_points(predictor, cells, int(n_samples), random_state)
        shape = (len(some), len(suite))
        means.append(point.reshape(shape) @ share)
        draws.append(drawn.reshape(-1, *shape) @ share)
        observed.append(seen.reshape(shape))
    mean, joint = (np.round(np.concatenate(v, axis=-1), DECIMALS) for v in (means, draws))
    frame = summary_of_draws(mean, joint, float(level))
    is_known = np.concatenate(observed)
    frame["model"] = names
    frame["measured"] = np.round(is_known @ share, DECIMALS)
    frame["n_observed"] = is_known.sum(axis=1).astype(np.int64)
    frame["n_tasks"] = len(suite)
    order = np.lexsort((np.array(names), -mean))
    first, second = joint[:, order[:-1]], joint[:, order[1:]]
    above = (first > second) + 0.5 * (first == second)
    frame = frame.iloc[order].reset_index(drop=True)
    frame["p_above_next"] = np.r_[above.mean(axis=0), np.nan]
    return Suite(
        frame=frame[list(COLUMNS)],
        weights=weight,
        level=float(level),
        n_samples=int(n_samples),
    )


def tasks_with(factors: pd.DataFrame, factor: str, value: str) -> list[str]:
    """Return the tasks whose factor has a value, such as ability ``math``.

    Parameters
    ----------
    factors : DataFrame indexed by task
        Factors of tasks, such as ``table.tasks``.
    factor, value : str
        A factor in words, and one of its values, in any case.

    Raises
    ------
    UnknownNameError
        If no task has that factor or value; near misses are suggested.
    """
    worded = [str(c) for c in factors.columns if not pd.api.types.is_numeric_dtype(factors[c])]
    if factor not in worded:
        raise unknown_name("factor of tasks", factor, worded)
    values = factors[factor].dropna().astype(str)
    found = values.index[values.str.casefold() == value.strip().casefold()]
    if not len(found):
        raise unknown_name(factor, value, sorted(set(values)))
    return [str(task) for task in found]


def suite_shares(
    tasks: Sequence[str], weights: Sequence[float] | None, scales: Mapping[str, ScoreScale]
) -> dict[str, float]:
    """Return the weight of each task of a suite; they add up to 1.

    Parameters
    ----------
    tasks, weights
        As for :func:`aggregate`, which raises the same errors.
    scales : mapping of task to ScoreScale
        The known tasks.
    """
    names = _names("task", tasks)
    for task in names:
        if task not in scales:
            raise unknown_name("task", task, list(scales))
    open_ended = [f"{t!r} {scales[t].describe()}" for t in names if not scales[t].in_points]
    if open_ended:
        raise DataError(
            "a suite is a mean in points, and these tasks have not both bounds: "
            f"{', '.join(open_ended)}; leave them out, or give them scale_min and scale_max"
        )
    if weights is None:
        return dict.fromkeys(names, 1.0 / len(names))
    given = np.asarray(weights, dtype=float)
    if given.shape != (len(names),):
        raise DataError(
            f"{given.size} weights for {len(names)} tasks ({', '.join(names)}); give one per task, "
            "in that order"
        )
    for task, weight in zip(names, given, strict=True):
        if not (np.isfinite(weight) and weight > 0):
            raise DataError(
                f"task {task!r}: the weight {weight:g} must be a positive number; leave the task "
                "out if it is not to count"
            )
    return dict(zip(names, (given / given.sum()).tolist(), strict=True))


def _names(what: str, names: Sequence[str]) -> list[str]:
    if isinstance(names, str):
        raise DataError(f"{what}s must be a list of names, got the text {names!r}")
    out = [str(name) for name in names]
    if not out:
        raise DataError(f"a suite needs at least one {what}; none is named")
    twice = next((name for name in out if out.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"the {what} {twice!r} is named twice; name each once")
    return out


def drawn_points(
    predictor: Predictor, cells: pd.DataFrame, n_samples: int, random_state: int
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return predictions (n_cells,) and draws (n, n_cells) in points, and what is observed."""
    answer = predictor.predict(cells).frame
    drawn = predictor.predict_samples(cells, n_samples, random_state=random_state)
    at = [predictor.data_.task_index[t] for t in cells["task"]]
    scales = [predictor.data_.scales[j] for j in at]
    low = np.array([s.minimum for s in scales], dtype=float)
    unit = np.array([s.points_per_unit() for s in scales])
    better = np.array([s.higher_is_better for s in scales])

    def points(score: FloatArray) -> FloatArray:
        value = (score - low) * unit
        return np.where(better, value, 100.0 - value)

    observed = (answer["kind"] == "observed").to_numpy(dtype=bool)
    return points(answer["prediction"].to_numpy(dtype=float)), points(drawn), observed


def summary_of_draws(mean: FloatArray, draws: FloatArray, level: float) -> pd.DataFrame:
    """Return means, ranks and probabilities of models, from draws (n, n_models)."""
    ends = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    lower, upper = np.quantile(draws, ends, axis=0)
    rank = rankdata(-draws, axis=1)
    rank_lower, rank_upper = np.quantile(rank, ends, axis=0, method="inverted_cdf")
    best = draws == draws.max(axis=1, keepdims=True)
    return pd.DataFrame(
        {
            "mean": mean,
            "lower": np.minimum(lower, mean),
            "upper": np.maximum(upper, mean),
            "level": level,
            "rank": rank.mean(axis=0),
            "rank_lower": rank_lower,
            "rank_upper": rank_upper,
            "p_best": (best / best.sum(axis=1, keepdims=True)).mean(axis=0),
        }
    )
