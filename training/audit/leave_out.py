"""What all other scores say of each score: leave-out predictions of cells and of whole rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.latent_scale import BOUNDED, POINTS_PER_SD, LatentScale
from cpp.data.training_data import TrainingData
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.ladder import make_predictor

#: cells up to which so many folds are made; past the last, FEW_FOLDS
FOLDS = ((6_000, 8), (30_000, 5))
FEW_FOLDS = 3
#: folds of a first look
FIRST_FOLDS = 4
#: what a prediction is made of, on the latent scale
WEIGHTS = {"gp": 0.6, "bmf": 0.3, "text": 0.1}
SWEEPS, BURN_IN, RANK = 70, 20, 6
#: cells past which the process is left out: its time grows faster than that of the others
MAX_CELLS_GP = 120_000


class Axis:
    """Scores as numbers that errors of all tasks can be weighed in.

    Bounded tasks: points, 100 x (score - min) / (max - min). Others: 15 times the
    standardised latent value (log of the distance to the bound, or linear).

    Examples
    --------
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> axis, col = Axis(data.latent), data.col[:3]
    >>> bool(np.allclose(axis.back(col, axis.of(col, data.score[:3])), data.score[:3]))
    True
    """

    def __init__(self, latent: LatentScale) -> None:
        self.latent = latent
        self.bounded = latent.kind == BOUNDED
        with np.errstate(invalid="ignore"):
            self._low = np.where(self.bounded, latent.low, 0.0)
            self._range = np.where(self.bounded, latent.high - latent.low, 1.0)

    def of(self, col: IntArray, score: FloatArray) -> FloatArray:
        """Return scores on tasks `col` on the axis."""
        out = POINTS_PER_SD * self.latent.sign[col] * self.latent.to_latent(col, score)
        points = 100.0 * (score - self._low[col]) / self._range[col]
        return np.where(self.bounded[col], points, out)

    def back(self, col: IntArray, w: FloatArray) -> FloatArray:
        """Return the scores of places on the axis, on each task's scale."""
        other = self.latent.to_score(col, self.latent.sign[col] * w / POINTS_PER_SD)
        points = self._low[col] + self._range[col] * np.clip(w, 0.0, 100.0) / 100.0
        return np.where(self.bounded[col], points, other)

    def slope(self, col: IntArray, z: FloatArray) -> FloatArray:
        """Return how far a latent unit reaches on the axis at `z`."""
        steep = np.full(len(col), POINTS_PER_SD)
        b = self.bounded[col]
        steep[b] = self.latent.slope(col[b], z[b])
        return steep


@dataclass(frozen=True)
class LeftOut:
    """Predictions of cells from data that do not hold them.

    Attributes
    ----------
    row, col : int array (n,)
    w : float array (n,)
        Prediction on the axis.
    features : float array (n, n_features)
        What the size of the error may depend on.
    """

    row: IntArray
    col: IntArray
    w: FloatArray
    features: FloatArray


def n_folds(n_cells: int) -> int:
    """Return in how many folds so many cells are left out."""
    return next((k for most, k in FOLDS if n_cells <= most), FEW_FOLDS)


def left_out_cells(
    data: TrainingData, masked: BoolArray, axis: Axis, *, seed: int, first_look: bool = False
) -> LeftOut:
    """Predict every cell of `data` from the others, some of which are `masked`.

    The cells of each model are dealt over the folds; a masked cell is predicted, too,
    but never seen.
    """
    rng = np.random.default_rng([seed, 1])
    k = n_folds(len(data.row))
    k = min(k, FIRST_FOLDS) if first_look else k
    start = rng.integers(k, size=data.shape[0])
    order = np.lexsort((rng.random(len(data.row)), data.row))
    first = np.r_[0, np.cumsum(np.bincount(data.row, minlength=data.shape[0]))[:-1]]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - first[data.row[order]]
    part = (place + start[data.row]) % k
    cells = (np.flatnonzero(part == f) for f in range(k))
    asked = ((data.row[c], data.col[c], c) for c in cells)
    return _predicted(data, masked, asked, lambda c: ~np.isin(part, np.unique(part[c])), axis, seed)


def left_out_rows(data: TrainingData, masked: BoolArray, axis: Axis, *, seed: int) -> LeftOut:
    """Predict every model on every task from its factors and name and all other models.

    In the order of models, then tasks; variants of a model may be among the others.
    """
    rng = np.random.default_rng([seed, 2])
    n_models, n_tasks = data.shape
    k = min(n_folds(len(data.row)), n_models)
    part = rng.permutation(n_models) % k

    def asked() -> Iterator[tuple[NDArray, NDArray, NDArray]]:
        for f in range(k):
            rows = np.flatnonzero(part == f)
            r, c = np.repeat(rows, n_tasks), np.tile(np.arange(n_tasks), len(rows))
            yield r, c, r * n_tasks + c

    def seen(at: IntArray) -> BoolArray:
        return ~np.isin(data.row, np.unique(at // n_tasks))

    return _predicted(data, masked, asked(), seen, axis, seed)


def _predicted(
    data: TrainingData,
    masked: BoolArray,
    asked: Iterable[tuple[IntArray, IntArray, IntArray]],
    seen: Callable[[IntArray], BoolArray],
    axis: Axis,
    seed: int,
) -> LeftOut:
    """Predict the asked (row, col, place in the answer) of each fold from the cells seen there."""
    parts = []
    for row, col, at in asked:
        if not len(at):
            continue
        keep = seen(at) & ~masked
        if not keep.any():
            keep = ~masked
        parts.append((at, row, col, *_one_fold(data.keep(keep), row, col, axis, seed)))
    at, row, col, w, features = (np.concatenate([p[i] for p in parts]) for i in range(5))
    order = np.argsort(at, kind="stable")
    return LeftOut(row[order], col[order], w[order], features[order])


def _one_fold(
    kept: TrainingData, row: IntArray, col: IntArray, axis: Axis, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return prediction and features of cells, from the cells of `kept`."""
    bmf = BayesianFactorisation(rank=RANK, n_sweeps=SWEEPS, burn_in=BURN_IN, random_state=seed)
    members = {"bmf": bmf.fit_points(kept)}
    names = [n for n in WEIGHTS if n != "bmf" and (n != "gp" or len(kept.row) <= MAX_CELLS_GP)]
    for name in names:
        rung = make_predictor(name, random_state=seed).for_inner_fold()
        members[name] = rung.fit_points(kept)
    # each fold has a latent scale of its own; in scores they can be compared
    score = {n: m._scores(kept, row, col) for n, m in members.items()}
    z = {n: axis.latent.to_latent(col, s) for n, s in score.items()}
    total = sum(WEIGHTS[n] for n in members)
    mean = np.sum([WEIGHTS[n] * z[n] for n in members], axis=0) / total
    slope = axis.slope(col, mean)
    models, tasks = bmf.models_latent_, bmf.tasks_latent_
    spread = np.empty(len(row))
    for some in np.array_split(np.arange(len(row)), max(1, len(row) // 20_000)):
        a, b = models[row[some]].astype(float), tasks[col[some]]
        draws = a[:, :, 0] + b[:, :, 0] + (a[:, :, 1:] * b[:, :, 1:]).sum(axis=2)
        spread[some] = draws.std(axis=1)
    k, n = kept.k[row].astype(float), kept.n[col].astype(float)
    apart = [np.abs(z[n] - z["bmf"]) * slope for n in names]
    features = np.column_stack(
        [
            np.ones(len(row)),
            np.log(slope + 1.0),
            slope / 20.0,
            1.0 / (1.0 + k),
            np.log1p(k),
            1.0 / (1.0 + n),
            np.log1p(n),
            np.abs(mean),
            np.log(spread * slope + 0.3),
            *(np.log(a + 0.5) for a in apart),
        ]
    )
    w = axis.of(col, axis.latent.to_score(col, mean))
    return w, features
