"""Redundancy of benchmarks: what the others tell of each, which are alike, which few would do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr

from cpp.base.predictor import Predictor
from cpp.calibration.inner_splits import inner_folds
from cpp.calibration.out_of_fold import OutOfFold, collect_out_of_fold
from cpp.data.additive import additive_effects
from cpp.data.arrays import BoolArray, FloatArray
from cpp.data.training_data import TrainingData
from cpp.structure.latent_grid import Grid
from cpp.structure.sampling_error import sampling_errors, total_noise
from features.errors import DataError
from features.table.score_table import ScoreTable

#: models from which on anything is said of a task
MIN_MODELS = 15
#: shared models from which on anything is said of a pair
MIN_SHARED = 12
#: a task is well told if the interval of its share told lies above the first; not told if below
#: the second
WELL, POORLY = 0.8, 0.5
#: a pair ranks models alike if the interval of the rank correlation lies above this
ALIKE = 0.8
#: false discovery rate of the residual correlations that are claimed
FDR = 0.05
#: share of the variance of estimated levels that must be true for it to be put right
LEAST_RELIABLE = 0.4
#: share of information of the minimal set
KEEP = 0.9
N_BOOTSTRAP = 400

TASK_COLUMNS = (
    "task",
    "ability",
    "n_models",
    "told",
    "told_lower",
    "told_upper",
    "error",
    "rmse",
    "noise",
    "noise_known",
    "verdict",
    "nearest",
)
PAIR_COLUMNS = (
    "task",
    "other",
    "n_shared",
    "rank_correlation",
    "lower",
    "upper",
    "residual_correlation",
    "residual_lower",
    "residual_upper",
    "alike",
    "beyond_level",
    "same_family",
)
SET_COLUMNS = ("n_tasks", "task", "ability", "kept")


@dataclass(frozen=True)
class Redundancy:
    """What benchmarks tell of each other.

    Attributes
    ----------
    tasks : DataFrame
        One row per task, the best told first: ``task, ability, n_models``; ``told``, the share
        of the variance of its scores that predictions from everything else explain (1 - mean
        squared error / variance; held out; 0-1, negative where the task mean does better),
        with a 95 % interval by a bootstrap over models; ``error`` (median) and ``rmse`` of the
        predictions and ``noise`` of one report (standard deviation), in points, NaN on tasks
        without both bounds; ``noise_known``, the share of cells whose sampling error is not
        assumed; ``verdict``: *well told* (the interval above 0.8), *partly*, *not told* (below
        0.5), *few models* (under 15: nothing is said); ``nearest``, the task of the pair that is
        most alike, "" if no pair is.
    pairs : DataFrame
        One row per pair with at least 12 shared models: ``task, other, n_shared``;
        ``rank_correlation`` (Spearman) with its 95 % interval ``lower, upper``;
        ``residual_correlation`` of the latent scores once the level, taken from the models'
        other scores, is removed, with its interval; ``alike``: ``lower`` at least 0.8;
        ``beyond_level``: the residual correlation is positive beyond chance (false discovery
        rate 5 % over all pairs); ``same_family``.
    minimal : DataFrame
        The order in which tasks are best added: ``n_tasks, task, ability``; ``kept``, the share
        of the information of all tasks that the set so far has (0-1).
    n_too_few : int
        Pairs that share fewer models, of which nothing is said.

    Examples
    --------
    >>> order = pd.DataFrame({"n_tasks": [1, 2], "task": ["x", "y"], "kept": [0.8, 1.0]})
    >>> nothing = pd.DataFrame()
    >>> found = Redundancy(nothing, nothing, order, 0)
    >>> found.smallest(0.75), found.smallest(0.9)
    (['x'], ['x', 'y'])
    """

    tasks: pd.DataFrame
    pairs: pd.DataFrame
    minimal: pd.DataFrame
    n_too_few: int

    def smallest(self, keep: float = KEEP) -> list[str]:
        """Return the fewest tasks of `minimal` that keep the share `keep` (0-1)."""
        enough = self.minimal["kept"].to_numpy() >= keep - 1e-12
        last = int(np.argmax(enough)) if enough.any() else len(self.minimal) - 1
        return [str(t) for t in self.minimal["task"].iloc[: last + 1]]


def redundancy(table: ScoreTable, predictor: Predictor, *, random_state: int = 0) -> Redundancy:
    """Say how far each task is told by the others, which are alike, and which few would do.

    *How well told*: the training cells are dealt into four parts, each is predicted from the
    others (the fast copy that `predictor` uses in inner folds). What tells a score is then all
    the model's other scores, those of other models, and the factors.

    *Information*: the variance of the latent scores, over models and tasks. It is taken as
    normal, with the covariance of the predicted grid and, per task, an own variance: the
    mean squared held-out error. A set of measured tasks keeps its own variance and what a
    regression on it explains of the others'; tasks are added greedily.

    Parameters
    ----------
    table : ScoreTable
        What `predictor` was fitted on; measuring noise comes from it.
    predictor : Predictor
        Fitted.
    random_state : int

    Raises
    ------
    DataError
        If there is nothing to hold out.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> table = features.load_leaderboard()
    >>> found = redundancy(table, make_predictor("biases").fit(table))
    >>> 0 < len(found.smallest(0.5)) < len(found.smallest(0.9)) < 58
    True
    """
    data = predictor.data_
    rng = np.random.default_rng(random_state)
    folds = [f for f in inner_folds(data, rng=rng) if f.kind == "random"]
    if not folds:
        raise DataError(f"{table.name!r}: too few scores to hold any out; redundancy needs more")
    held = collect_out_of_fold(data, {predictor.name: predictor}, rng=rng, folds=folds)
    pairs, too_few = _pairs(data)
    tasks = _table_of_tasks(table, data, held, pairs, rng)
    return Redundancy(tasks, pairs, _minimal(predictor, held), too_few)


# -- how well each task is told --------------------------------------------------------------


def _table_of_tasks(
    table: ScoreTable,
    data: TrainingData,
    held: OutOfFold,
    pairs: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    unit = np.array([s.points_per_unit() if s.in_points else np.nan for s in data.scales])
    noise = sampling_errors(table)
    score, guess = held.score, held.base_score()[:, 0]
    alike = pairs[pairs["alike"].astype(bool)].sort_values(
        ["rank_correlation", "task", "other"], ascending=[False, True, True], kind="stable"
    )
    rows = []
    for j in sorted(np.flatnonzero(data.n > 0), key=lambda j: data.tasks[j]):
        task, mine = data.tasks[j], np.flatnonzero(held.col == j)
        error = (guess[mine] - score[mine]) ** 2
        spread = (score[mine] - score[mine].mean()) ** 2 if len(mine) else error
        told, lower, upper = _share(error, spread, rng)
        about = noise[noise["task"] == task]
        points = np.sqrt(error) * unit[j]
        nearest = alike[(alike["task"] == task) | (alike["other"] == task)]
        name = ""
        if len(nearest):
            first = nearest.iloc[0]
            name = str(first["other"] if first["task"] == task else first["task"])
        rows.append(
            {
                "task": task,
                "ability": _ability(data, int(j)),
                "n_models": len(mine),
                "told": told,
                "told_lower": lower,
                "told_upper": upper,
                "error": float(np.median(points)) if len(mine) else float("nan"),
                "rmse": float(np.sqrt((points**2).mean())) if len(mine) else float("nan"),
                "noise": float(np.sqrt((total_noise(about["se"].to_numpy()) ** 2).mean())),
                "noise_known": float(about["se_known"].mean()),
                "verdict": _verdict(len(mine), lower, upper),
                "nearest": name,
            }
        )
    frame = pd.DataFrame(rows, columns=list(TASK_COLUMNS))
    frame["order"] = frame["verdict"] == "few models"
    frame = frame.sort_values(["order", "told", "task"], ascending=[True, False, True])
    return frame.drop(columns="order").reset_index(drop=True)


def _share(
    error: FloatArray, spread: FloatArray, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return 1 - error / spread, and its 95 % interval by a bootstrap over the models."""
    if len(error) < 3 or spread.sum() <= 0:
        return float("nan"), float("nan"), float("nan")
    draws = rng.integers(len(error), size=(N_BOOTSTRAP, len(error)))
    below = spread[draws].sum(axis=1)
    drawn = 1.0 - error[draws].sum(axis=1) / np.where(below > 0, below, np.nan)
    lower, upper = np.nanquantile(drawn, [0.025, 0.975])
    return float(1.0 - error.sum() / spread.sum()), float(lower), float(upper)


def _verdict(n: int, lower: float, upper: float) -> str:
    if n < MIN_MODELS or not np.isfinite(lower):
        return "few models"
    if lower >= WELL:
        return "well told"
    return "not told" if upper < POORLY else "partly"


def _ability(data: TrainingData, j: int) -> str:
    if "ability" not in data.task_columns:
        return ""
    return str(data.task_columns["ability"][j] or "")


# -- pairs -------------------------------------------------------------------------------------


def _pairs(data: TrainingData) -> tuple[pd.DataFrame, int]:
    """Return the pairs of tasks with enough shared models, and how many have too few."""
    z = data.dense(data.z, np.nan)
    _, effect = additive_effects(data.row, data.col, data.z, data.weight, data.shape)
    left = z - effect
    square = left**2
    total, count = np.nansum(left, axis=1), np.isfinite(left).sum(axis=1)
    squares = np.nansum(square, axis=1)
    seen = np.isfinite(z)
    cols = sorted(np.flatnonzero(seen.any(axis=0)).tolist(), key=lambda j: data.tasks[j])
    rows, too_few = [], 0
    for place, a in enumerate(cols):
        for b in cols[place + 1 :]:
            both = seen[:, a] & seen[:, b]
            n = int(both.sum())
            if n < MIN_SHARED:
                too_few += 1
                continue
            x, y = z[both, a], z[both, b]
            rank = float(spearmanr(x, y).statistic) if x.std() > 0 and y.std() > 0 else 0.0
            lower, upper = _fisher(rank, n - 3, 1.0 + rank**2 / 2.0)
            rest, others = total[both] - left[both, a] - left[both, b], count[both] - 2
            some = others >= 3
            residual, free = 0.0, int(some.sum()) - 4
            if free >= MIN_SHARED - 4:
                n_rest, sum_rest = others[some], rest[some]
                square_rest = (squares[both] - square[both, a] - square[both, b])[some]
                within = (square_rest - sum_rest**2 / n_rest) / (n_rest - 1.0)
                residual = _partial(x[some], y[some], sum_rest / n_rest, within / n_rest)
            low, high = _fisher(residual, free, 1.0)
            p = norm.sf(np.arctanh(np.clip(residual, -0.999, 0.999)) * np.sqrt(max(free, 1)))
            rows.append(
                {
                    "task": data.tasks[a],
                    "other": data.tasks[b],
                    "n_shared": n,
                    "rank_correlation": rank,
                    "lower": lower,
                    "upper": upper,
                    "residual_correlation": residual if free >= MIN_SHARED - 4 else np.nan,
                    "residual_lower": low if free >= MIN_SHARED - 4 else np.nan,
                    "residual_upper": high if free >= MIN_SHARED - 4 else np.nan,
                    "alike": lower >= ALIKE,
                    "beyond_level": float(p) if free >= MIN_SHARED - 4 else 1.0,
                    "same_family": bool(data.task_group[a] == data.task_group[b]),
                }
            )
    frame = pd.DataFrame(rows, columns=list(PAIR_COLUMNS))
    if len(frame):
        frame["beyond_level"] = discoveries(frame["beyond_level"].to_numpy(dtype=float), FDR)
    order = ["rank_correlation", "task", "other"]
    frame = frame.sort_values(order, ascending=[False, True, True], kind="stable")
    return frame.reset_index(drop=True), too_few


def _fisher(r: float, free: int, factor: float) -> tuple[float, float]:
    """Return the 95 % interval of a correlation (Fisher; Bonett & Wright 2000 for ranks)."""
    if free < 1:
        return -1.0, 1.0
    middle, half = np.arctanh(np.clip(r, -0.9999, 0.9999)), 1.96 * np.sqrt(factor / free)
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))


def _partial(x: FloatArray, y: FloatArray, level: FloatArray, error: FloatArray) -> float:
    """Return the correlation of x and y once the level is taken out of both.

    `level` is estimated from the other scores with a variance of `error`. A line in it would
    take out too little and leave some level in both, so its variance is put right first.
    """
    covariance = np.cov(np.stack([x, y, level]))
    true = covariance[2, 2] - float(error.mean())
    if true < LEAST_RELIABLE * covariance[2, 2]:  # hardly a level there to be put right
        true = covariance[2, 2]
    if true < 1e-12:
        return float(np.corrcoef(x, y)[0, 1]) if min(x.std(), y.std()) > 1e-9 else 0.0
    slope = covariance[:2, 2] / true
    left = covariance[:2, :2] - true * np.outer(slope, slope)
    size = np.diag(left)
    # what is left of one is nothing, or noise of the level: there is no correlation to speak of
    if (size < 0.02 * np.diag(covariance)[:2]).any():
        return 0.0
    return float(np.clip(left[0, 1] / np.sqrt(size.prod()), -1.0, 1.0))


def discoveries(p: FloatArray, rate: float) -> BoolArray:
    """Return which of the hypotheses are rejected at a false discovery rate.

    Benjamini & Hochberg 1995, *JRSS B* 57.

    Examples
    --------
    >>> discoveries(np.array([0.001, 0.02, 0.04, 0.9]), 0.05).tolist()
    [True, True, False, False]
    """
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(p[order] <= rate * np.arange(1, len(p) + 1) / len(p))
    out = np.zeros(len(p), dtype=bool)
    if len(passed):
        out[order[: passed[-1] + 1]] = True
    return out


# -- a minimal set --------------------------------------------------------------------------------


def _minimal(predictor: Predictor, held: OutOfFold) -> pd.DataFrame:
    grid = Grid.of(predictor, min_known=3)
    data = predictor.data_
    own = np.full(data.shape[1], np.nan)
    square, count = np.zeros(data.shape[1]), np.zeros(data.shape[1])
    for f, mine in held.by_fold():
        col = held.col[mine]
        gap = held.base[mine, 0] - held.data[f].latent.to_latent(col, held.score[mine])
        np.add.at(square, col, np.clip(gap, -5.0, 5.0) ** 2)
        np.add.at(count, col, 1.0)
    seen = count > 0
    # a task's own error leans on the typical one: few cells tell little of a variance
    typical = float(square.sum() / max(count.sum(), 1.0))
    own[seen] = (square[seen] + 5.0 * typical) / (count[seen] + 5.0)
    own = np.where(seen, own, typical)[[data.task_index[t] for t in grid.tasks]]
    shared = np.cov(grid.z, rowvar=False)
    total = np.diag(shared) + own
    chosen: list[int] = []
    rows = []
    ability = grid.ability_of_tasks()
    for _ in grid.tasks:
        best, most = -1, -1.0
        for j in range(len(grid.tasks)):
            if j in chosen:
                continue
            kept = _kept(shared, own, total, [*chosen, j])
            if kept > most + 1e-12:
                best, most = j, kept
        chosen.append(best)
        rows.append((len(chosen), grid.tasks[best], ability[best], most))
    return pd.DataFrame(rows, columns=list(SET_COLUMNS))


def _kept(shared: FloatArray, own: FloatArray, total: FloatArray, at: list[int]) -> float:
    """Return the share of the variance of all tasks that measuring tasks `at` explains."""
    inside = shared[np.ix_(at, at)] + np.diag(own[at])
    cross = shared[at]
    explained = np.einsum("ij,ij->j", cross, np.linalg.solve(inside, cross))
    explained[at] = total[at]
    return float(explained.sum() / total.sum())
