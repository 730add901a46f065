"""The overall ranking of models on suites of tasks, with what of its order is supported."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cpp.base.predictor import Predictor
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.suites.separability import told_apart
from cpp.suites.suite import DECIMALS, drawn_points, suite_shares, summary_of_draws
from features.errors import DataError, unknown_name

N_SAMPLES = 1000
#: numbers that are drawn at once
CHUNK = 4_000_000
#: tasks from which on an ability is a suite of its own
MIN_TASKS = 3
#: name of the suite of all bounded tasks
ALL = "all"
COLUMNS = (
    "suite",
    "model",
    "place",
    "mean",
    "lower",
    "upper",
    "level",
    "rank",
    "rank_lower",
    "rank_upper",
    "place_best",
    "place_worst",
    "group",
    "p_above_next",
    "tied_with_next",
    "p_best",
    "measured",
    "n_observed",
    "n_tasks",
)


def suites_of(predictor: Predictor, *, abilities: bool = True) -> dict[str, list[str]]:
    """Return the suites there are: all bounded tasks, and those of each ability.

    Parameters
    ----------
    predictor : Predictor
        Fitted.
    abilities : bool
        Also a suite of each ability with at least :data:`MIN_TASKS` bounded tasks.

    Returns
    -------
    dict of str to list of str
        ``"all"`` first, then the abilities by name.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> list(suites_of(predictor))[:2]
    ['all', 'agentic']
    """
    data = predictor.data_
    at = [j for j, s in enumerate(data.scales) if s.in_points and data.n[j] > 0]
    at.sort(key=lambda j: data.tasks[j])
    out = {ALL: [data.tasks[j] for j in at]} if at else {}
    if abilities and "ability" in data.task_columns:
        names = data.task_columns["ability"]
        for name in sorted({str(names[j]) for j in at if names[j]}):
            mine = [data.tasks[j] for j in at if names[j] == name]
            if len(mine) >= MIN_TASKS:
                out[name] = mine
    return out


def overall_rankings(
    predictor: Predictor,
    *,
    suites: Mapping[str, Sequence[str]] | None = None,
    models: Sequence[str] | None = None,
    confidence: float = 0.9,
    n_samples: int = N_SAMPLES,
    random_state: int = 0,
) -> pd.DataFrame:
    """Rank models on suites of tasks, every task counting the same, and say what is supported.

    The means and intervals are those of :func:`cpp.suites.suite.aggregate`; measured cells are
    held at their scores. Two models are *told apart* if one has the better mean with a probability
    of at least `confidence` in joint draws. For a single task see
    :func:`cpp.suites.separability.rank_models`.

    Parameters
    ----------
    predictor : Predictor
        Fitted, with intervals.
    suites : mapping of str to list of str, optional
        Name -> tasks with both bounds; by default those of :func:`suites_of`.
    models : list of str, optional
        By default every model with a known score.
    confidence : float
        Between 0.5 and 1, the latter excluded; also the level of the intervals.
    n_samples : int
        Joint draws, the same for all suites.
    random_state : int

    Returns
    -------
    DataFrame
        One row per suite and model, the best mean first: ``suite, model``; ``place`` by mean;
        ``mean, lower, upper`` in points (0-100, more is better) at ``level``; ``rank``, the
        expected one, and its interval ``rank_lower, rank_upper``; ``place_best,
        place_worst``: behind every model told apart as better, before every one told apart as
        worse; ``group``, from 1: a model opens a new group when it is told apart from the
        first of the group before; ``p_above_next`` (NaN in the last row) and
        ``tied_with_next``, whether that is below `confidence`; ``p_best``; ``measured``, the
        share of the suite that is (0-1); ``n_observed`` of ``n_tasks``.

    Raises
    ------
    UnknownNameError
        For a task the predictor does not know.
    DataError
        For no suite, a task without both bounds, fewer than two models, or a confidence
        outside [0.5, 1).

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> found = overall_rankings(predictor, suites={"two": ["GPQA Diamond", "MMLU (5-shot)"]},
    ...                   models=["Llama 2 7B", "Llama 2 70B"])
    >>> found["model"].tolist(), found["group"].tolist()
    (['Llama 2 70B', 'Llama 2 7B'], [1, 2])
    """
    if not isinstance(confidence, numbers.Real) or not 0.5 <= confidence < 1.0:
        raise DataError(f"confidence must be at least 0.5 and below 1, got {confidence!r}")
    wanted = suites_of(predictor) if suites is None else {k: list(v) for k, v in suites.items()}
    if not wanted:
        raise DataError("a standing needs a task with a minimum and a maximum; there is none")
    data = predictor.data_
    scales = dict(zip(predictor.tasks_, data.scales, strict=True))
    shares = {name: suite_shares(tasks, None, scales) for name, tasks in wanted.items()}
    tasks = sorted({t for share in shares.values() for t in share})
    place = {t: j for j, t in enumerate(tasks)}
    weight = np.zeros((len(tasks), len(shares)))
    for s, share in enumerate(shares.values()):
        for task, value in share.items():
            weight[place[task], s] = value
    names = [m for m, k in zip(data.models, data.k, strict=True) if k > 0]
    for model in models or ():
        if model not in data.model_index:
            raise unknown_name("model", model, predictor.models_)
    names = sorted(names if models is None else dict.fromkeys(models))
    if len(names) < 2:
        raise DataError(f"a standing compares at least two models; {len(names)} named")
    mean, draws, seen = _means(predictor, names, tasks, weight, n_samples, random_state)
    frames = []
    for s, (name, share) in enumerate(shares.items()):
        at = [place[t] for t in share]
        frame = _ranking(names, mean[:, s], draws[:, :, s], float(confidence))
        observed = dict(zip(names, seen[:, at].sum(axis=1).tolist(), strict=True))
        frame["n_observed"] = [int(observed[m]) for m in frame["model"]]
        frame["n_tasks"] = len(share)
        frame["measured"] = frame["n_observed"] / len(share)
        frame["suite"] = name
        frames.append(frame[list(COLUMNS)])
    return pd.concat(frames, ignore_index=True)


def _means(
    predictor: Predictor,
    names: list[str],
    tasks: list[str],
    weight: FloatArray,
    n_samples: int,
    random_state: int,
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return means (n_models, n_suites), draws of them (n, n_models, n_suites), what is seen."""
    together = max(1, CHUNK // (n_samples * len(tasks)))
    mean, draws, seen = [], [], []
    for start in range(0, len(names), together):
        some = names[start : start + together]
        cells = pd.DataFrame({"model": np.repeat(some, len(tasks)), "task": tasks * len(some)})
        point, drawn, observed = drawn_points(predictor, cells, n_samples, random_state)
        shape = (len(some), len(tasks))
        mean.append(point.reshape(shape) @ weight)
        draws.append(drawn.reshape(-1, *shape) @ weight)
        seen.append(observed.reshape(shape))
    # two equal means may differ in the last bits
    means: FloatArray = np.concatenate(mean).round(DECIMALS)
    joint: FloatArray = np.concatenate(draws, axis=1).round(DECIMALS)
    return means, joint, np.concatenate(seen)


def _ranking(
    names: list[str], mean: FloatArray, draws: FloatArray, confidence: float
) -> pd.DataFrame:
    """Return the rows of one suite, best first; `draws` are (n, n_models)."""
    frame = summary_of_draws(mean, draws, confidence)
    frame["model"] = names
    order = np.lexsort((np.array(names), -mean))
    frame = frame.iloc[order].reset_index(drop=True)
    joint = np.ascontiguousarray(draws[:, order].T)
    better, worse = told_apart(joint, confidence)
    first, second = joint[:-1], joint[1:]
    above = (first > second).mean(axis=1) + 0.5 * (first == second).mean(axis=1)
    frame["place"] = np.arange(1, len(names) + 1)
    frame["place_best"], frame["place_worst"] = 1 + better, len(names) - worse
    frame["p_above_next"] = np.r_[above, np.nan]
    frame["tied_with_next"] = np.r_[above < confidence, False]
    frame["group"] = _groups(joint, confidence)
    return frame


def _groups(draws: FloatArray, confidence: float) -> IntArray:
    """Number the groups: each is led by the first model told apart from the leader before."""
    out, leader, group = np.empty(len(draws), dtype=np.int64), 0, 1
    for i in range(len(draws)):
        wins = (draws[leader] > draws[i]).mean() + 0.5 * (draws[leader] == draws[i]).mean()
        if i > leader and wins >= confidence:
            leader, group = i, group + 1
        out[i] = group
    return out
