"""Out-of-fold predictions of the base rungs on inner folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from cpp.calibration.inner_splits import InnerFold, inner_folds
from cpp.calibration.regimes import regime_of
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.reach import Distance
from cpp.data.training_data import TrainingData


class Rung(Protocol):
    """What of a predictor is needed here."""

    def for_inner_fold(self) -> Self:
        """Return an unfitted copy."""

    def fit_points(self, data: TrainingData) -> Self:
        """Fit for point predictions."""

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        """Predict cells on the latent scale."""


@dataclass(frozen=True)
class OutOfFold:
    """Held-out cells of all inner folds, with what each base rung said of them.

    Attributes
    ----------
    data : list of TrainingData
        What was seen in each inner fold.
    fold : int array (n,)
        Inner fold of each entry.
    cell : int array (n,)
        Position of the cell among all training cells (a cell is held out several times).
    row, col : int array (n,)
        Position in the fold's data; a row past the models is an anonymous model.
    score : float array (n,)
        Observed score, own unit.
    base : float array (n, n_bases)
        Base predictions on the latent scale of the fold.
    k, n : int array (n,)
        Training cells, in the fold, of the entry's model and task.
    known : bool array (n,)
        Whether a factor of the entry's model other than its name is known.
    regime : int array (n,)
    distance : Distance
        How far each entry lies beyond what was measured in its fold.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> rng = np.random.default_rng(0)
    >>> held = collect_out_of_fold(data, {"biases": make_predictor("biases")}, rng=rng)
    >>> held.base_score().shape == (len(held.score), 1)
    True
    >>> sorted(set(held.kinds))
    ['block', 'compute', 'random', 'rows', 'tasks', 'time']
    """

    data: list[TrainingData]
    fold: IntArray
    cell: IntArray
    row: IntArray
    col: IntArray
    score: FloatArray
    base: FloatArray
    k: IntArray
    n: IntArray
    known: BoolArray
    regime: IntArray
    distance: Distance
    kinds: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.fold)

    def by_fold(self) -> list[tuple[int, IntArray]]:
        """Return (fold, its entries) pairs."""
        return [(f, np.flatnonzero(self.fold == f)) for f in range(len(self.data))]

    def kind(self) -> NDArray[np.str_]:
        """Return the kind of inner fold of each entry."""
        return np.array(self.kinds, dtype=np.str_)[self.fold]

    def take(self, at: IntArray) -> OutOfFold:
        """Return the entries at positions `at`."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        whole = {name: parts[name] for name in ("data", "kinds")}
        cut = {n: v[at] for n, v in parts.items() if n not in ("data", "kinds", "distance")}
        return OutOfFold(**whole, **cut, distance=self.distance.take(at))

    def base_score(self) -> FloatArray:
        """Return the base predictions in each task's own unit, shape (n, n_bases)."""
        out = np.zeros_like(self.base)
        n_bases = self.base.shape[1]
        for f, mine in self.by_fold():
            for b in range(n_bases):
                out[mine, b] = self.data[f].latent.to_score(self.col[mine], self.base[mine, b])
        return out

    def points_per_unit(self) -> FloatArray:
        """Return what one unit of each entry's score counts in points, shape (n,)."""
        out = np.empty(len(self))
        for f, mine in self.by_fold():
            seen = self.data[f]
            out[mine] = seen.latent.points_per_unit(self.col[mine])
        return out


def collect_out_of_fold(
    data: TrainingData,
    bases: Mapping[str, Rung],
    *,
    rng: np.random.Generator,
    folds: list[InnerFold] | None = None,
) -> OutOfFold:
    """Fit every base on each inner fold and predict the cells held out there.

    Everything that is fitted, the latent scale included, is fitted on the cells the inner
    fold leaves. In folds with sparse rows, models left without a score are also predicted
    as if nothing were known of them, which is what a prior's interval is calibrated on.
    """
    seen: list[TrainingData] = []
    kinds: list[str] = []
    parts: dict[str, list[NDArray]] = {c: [] for c in ("fold", "cell", "row", "col", "base")}
    for held in inner_folds(data, rng=rng) if folds is None else folds:
        kept = data.keep(~(held.held | held.hidden))
        cells = np.flatnonzero(held.held)
        rows, cols = data.row[cells], data.col[cells]
        if held.kind in ("rows", "time", "mixed"):
            kept = kept.anonymous()
            cold = kept.k[rows] == 0
            cells = np.r_[cells, cells[cold]]
            cols = np.r_[cols, cols[cold]]
            rows = np.r_[rows, np.full(int(cold.sum()), kept.shape[0] - 1)]
        fitted = [b.for_inner_fold().fit_points(kept) for b in bases.values()]
        parts["fold"].append(np.full(len(cells), len(seen)))
        parts["cell"].append(cells)
        parts["row"].append(rows)
        parts["col"].append(cols)
        parts["base"].append(np.column_stack([b._latent(kept, rows, cols) for b in fitted]))
        seen.append(kept)
        kinds.append(held.kind)
    if not seen:
        none = np.empty(0, dtype=np.int64)
        empty = np.empty((0, len(bases)))
        return OutOfFold(
            [], none, none, none, none, np.empty(0), empty, none, none, none > 0, none,
            Distance.none(0),
        )  # fmt: skip
    joined = {c: np.concatenate(v) for c, v in parts.items()}
    k, n, regime = (np.empty(len(joined["fold"]), dtype=np.int64) for _ in range(3))
    known, distance = np.empty(len(k), dtype=bool), Distance.none(len(k))
    for f, kept in enumerate(seen):
        mine = joined["fold"] == f
        r, c = joined["row"][mine], joined["col"][mine]
        k[mine], n[mine] = kept.k[r], kept.n[c]
        known[mine] = kept.model_known[r]
        far = kept.distance(r, c)
        regime[mine] = regime_of(k[mine], n[mine], known[mine], kept.newer_share[r], far)
        for whole, own in zip(distance, far, strict=True):
            whole[mine] = own
    return OutOfFold(
        data=seen,
        score=data.score[joined["cell"]],
        k=k,
        n=n,
        known=known,
        regime=regime,
        distance=distance,
        kinds=kinds,
        **joined,
    )
