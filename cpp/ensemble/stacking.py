"""Stacked predictors: base rungs, inner folds, and LightGBM on what they leave."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from cpp.calibration.estimate import Estimate, mixed_spread
from cpp.calibration.intervals import Intervals
from cpp.calibration.out_of_fold import OutOfFold, collect_out_of_fold
from cpp.calibration.regimes import FAR
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.extend import Steps
from cpp.data.reach import Distance
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData
from cpp.ensemble.booster import Booster, simplex_weights
from cpp.ensemble.cell_features import CellFeatures
from cpp.ensemble.cell_statistics import CellStatistics
from cpp.ensemble.composite import Composite
from cpp.ensemble.outward import Outward

#: how much a held-out entry of each kind of inner fold counts
KIND_WEIGHT = {
    "random": 1.0, "rows": 0.5, "tasks": 0.5, "time": 0.5, "block": 0.5, "compute": 0.5
}  # fmt: skip
#: parts of the cross-fitting of the boosting stage
N_PARTS = 4
#: the mix of base rungs has one set of weights per situation; what comes new goes to the end
SITUATIONS = (
    "no score of the model",
    "1-4 scores of the model",
    "5-14 scores of the model",
    "15 or more scores of the model",
    "task with 1-4 scores",
    "task without score",
    "nothing known of the model",
    "task measured on stronger models",
    "task measured on weaker models",
    "new model beyond the compute seen",
)
#: places there of cells outside what their task was measured on
OUTSIDE = (7, 8)
#: error of the final rungs and boosters beside that of the held-out predictions, whose rungs saw a
#: quarter fewer cells and whose boosters a quarter fewer entries; on random folds of seven data
#: sets 0.90-1.03, median 0.945, of which half is taken
FINAL_GAIN = 0.97
#: entries at which a situation's own weights count as much as the common ones
TRUST = 100.0
#: fewer held-out entries than this cannot carry a boosting stage
MIN_ENTRIES = 60


class Stages(NamedTuple):
    """Successive predictions of cells, each in its task's own unit.

    Attributes
    ----------
    members, weights : float array (n, n_bases)
        What each base rung says, and how much of it is taken.
    start : float array (n,)
        Their mix.
    boosted : float array (n,)
        With the booster's correction.
    outward : float array (n,)
        Moved outward where the cell is outside of what was measured, before it is clipped to
        the task's scale.
    """

    members: FloatArray
    weights: FloatArray
    start: FloatArray
    boosted: FloatArray
    outward: FloatArray


class Stacked(Composite):
    """What boosting and the blend share: base rungs, inner folds, a booster on the residual.

    A start is made from the base rungs, as convex weights per situation of the model;
    LightGBM learns under L1 loss what that start leaves, from cell features. All of it is
    learned on held-out cells of inner folds (:mod:`cpp.calibration.out_of_fold`).

    Parameters
    ----------
    n_seeds : int
        Boosters that are averaged.
    random_state : int
        Seed.

    Attributes
    ----------
    mix_ : float array (n_situations, n_bases)
        Weights of the base rungs.
    boost_share_ : float array (n_situations,)
        How much of the booster's correction is taken, 0-1.
    outward_ : Outward
        How far predictions outside of what was measured are moved; None in a model of 0.1.0.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> [isinstance(make_predictor(rung), Stacked) for rung in ("biases", "boosting", "blend")]
    [False, True, True]
    """

    outward_: Outward | None
    _fitted = ("mix_", "boost_share_")
    #: situations in which the start is left as it is
    _not_boosted: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *, n_seeds: int = 3, random_state: int = 0) -> None:
        super().__init__(random_state=random_state)
        self.n_seeds = n_seeds

    @abstractmethod
    def _start(
        self, held: OutOfFold, points: FloatArray, target: FloatArray, weight: FloatArray
    ) -> FloatArray:
        """Return the weights of the base rungs, shape (n_situations, n_bases)."""

    # -- fitting -------------------------------------------------------------------------

    def fit_data(self, data: TrainingData) -> Self:
        """Learn the stacking and the intervals on held-out cells, then fit all rungs."""
        held, estimate = self._learn(data)
        super().fit_points(data)
        self.intervals_ = Intervals().fit(data, held, estimate, gain=FINAL_GAIN)
        return self

    def fit_points(self, data: TrainingData) -> Self:
        """Fit without intervals; the stacking needs its inner folds all the same."""
        self._learn(data)
        super().fit_points(data)
        return self

    def _learn(self, data: TrainingData) -> tuple[OutOfFold, Estimate]:
        """Learn mix and booster; return the held-out cells and what is predicted of them."""
        names = list(self._members())
        self.features_ = CellFeatures().fit(data, names)
        self.booster_, self.outward_ = Booster([]), Outward()
        self.boost_share_ = np.zeros(len(SITUATIONS))
        rng = np.random.default_rng(self.random_state)
        held = collect_out_of_fold(data, self._members(), rng=rng)
        if not len(held):
            self.mix_ = np.full((len(SITUATIONS), len(names)), 1.0 / len(names))
            return held, Estimate.none()
        weight = np.array([KIND_WEIGHT[held.kinds[f]] for f in held.fold])
        unit = held.points_per_unit()
        points = held.base_score() * unit[:, None]
        target = held.score * unit
        situation = situation_of(held.k, held.n, held.known, held.distance)
        self.mix_ = self._start(held, points, target, weight)
        start = (points * self.mix_[situation]).sum(axis=1)
        rest = target - start
        x = self._held_features(held, start / unit)
        correction = self._cross_fitted(data, held, x, rest, weight)
        two = np.column_stack([start, start + correction])
        self.boost_share_ = per_situation(situation, two, target, weight)[:, 1]
        self.boost_share_[[SITUATIONS.index(s) for s in self._not_boosted]] = 0.0
        if len(held) >= MIN_ENTRIES:
            seeds = [self.random_state + s for s in range(self.n_seeds)]
            self.booster_ = Booster.fit(x, rest, weight, names=self.features_.names_, seeds=seeds)
        spread = mixed_spread(points, self.mix_[situation], start)
        point = start + self.boost_share_[situation] * correction
        self.outward_ = outward = Outward.learn(held, point / unit)
        return held, Estimate(outward.of_held(held, point / unit), spread / unit)

    def _cross_fitted(
        self,
        data: TrainingData,
        held: OutOfFold,
        x: NDArray[np.float32],
        rest: FloatArray,
        weight: FloatArray,
    ) -> FloatArray:
        """Return the correction of each entry by a booster that has not seen its like."""
        out = np.zeros(len(held))
        for judged, others in self._parts(data, held):
            if len(judged) and len(others) >= MIN_ENTRIES:
                booster = Booster.fit(
                    x[others],
                    rest[others],
                    weight[others],
                    names=self.features_.names_,
                    seeds=[self.random_state],
                )
                out[judged] = booster.predict(x[judged])
        return out

    def _parts(self, data: TrainingData, held: OutOfFold) -> list[tuple[IntArray, IntArray]]:
        """Return (judged, learned from) pairs of entries that share nothing they should not.

        A randomly held-out cell is judged by a booster that has not seen the cell; a cell
        of a sparse row, of a release wave or beyond a cut in compute by one that has seen no
        cell of that group of models; a cell of a held-out task or of a block by one that has
        seen no cell of that family.
        """
        rng = np.random.default_rng([self.random_state, 1])
        kind = np.array([held.kinds[f] for f in held.fold])
        codes = {
            ("random",): held.cell,
            ("rows", "time", "compute"): data.model_group[data.row[held.cell]],
            ("tasks", "block"): data.task_group[data.col[held.cell]],
        }
        pairs = []
        for kinds, code in codes.items():
            part_of = rng.permutation(int(code.max()) + 1) % N_PARTS
            for p in range(N_PARTS):
                inside = part_of[code] == p
                judged = inside & np.isin(kind, kinds)
                pairs.append((np.flatnonzero(judged), np.flatnonzero(~inside)))
        return pairs

    def _held_features(self, held: OutOfFold, start: FloatArray) -> NDArray[np.float32]:
        x = np.empty((len(held), len(self.features_.names_)), dtype=np.float32)
        for f, mine in held.by_fold():
            seen, row, col = held.data[f], held.row[mine], held.col[mine]
            reference = seen.latent.to_latent(col, start[mine])
            statistics = CellStatistics().fit(seen)
            x[mine] = self.features_.rows(seen, statistics, row, col, held.base[mine], reference)
        return x

    def _fit(self, data: TrainingData) -> None:
        self.statistics_ = CellStatistics().fit(data)
        super()._fit(data)

    def _work_out(self, data: TrainingData, steps: Steps) -> None:
        super()._work_out(data, steps)
        for what, at in steps:
            if what == "tasks" and len(at):
                self.statistics_ = self.statistics_.with_tasks(data, at)

    # -- predicting ----------------------------------------------------------------------

    def _estimate(self, data: TrainingData, row: IntArray, col: IntArray) -> Estimate:
        stages = self._stages(data, row, col)
        spread = mixed_spread(stages.members, stages.weights, stages.start)
        point = np.clip(stages.outward, data.latent.low[col], data.latent.high[col])
        return Estimate(point, spread)

    def _situation(self, data: TrainingData, row: IntArray, col: IntArray) -> IntArray:
        # a model of 0.1.0 knows no place outside of what was measured
        knows = len(self.mix_) == len(SITUATIONS)
        far = data.distance(row, col) if knows else Distance.none(len(row))
        return situation_of(data.k[row], data.n[col], data.model_known[row], far)

    def _stages(self, data: TrainingData, row: IntArray, col: IntArray) -> Stages:
        """Return how predictions come about: members, their mix, the booster's correction."""
        base = self._base_latents(data, row, col)
        scores = np.column_stack(
            [data.latent.to_score(col, base[:, b]) for b in range(base.shape[1])]
        )
        situation = self._situation(data, row, col)
        weights = self.mix_[situation]
        start = boosted = (scores * weights).sum(axis=1)
        share = self.boost_share_[situation]
        if self.booster_.texts and share.any():
            reference = data.latent.to_latent(col, start)
            x = self.features_.rows(data, self.statistics_, row, col, base, reference)
            unit = data.latent.points_per_unit(col)
            boosted = start + share * self.booster_.predict(x) / unit
        outward = boosted
        if self.outward_ is not None:
            outward = self.outward_.of(data, row, col, boosted)
        return Stages(scores, weights, start, boosted, outward)

    # -- state ---------------------------------------------------------------------------

    def _extra_state(self, state: State) -> None:
        super()._extra_state(state)
        state["features"] = self.features_.get_state()
        state["statistics"] = self.statistics_.get_state()
        if self.outward_ is not None:
            state["outward"] = self.outward_._asdict()
        state["boosters"] = {f"{i}_lgb": text for i, text in enumerate(self.booster_.texts)}

    def _from_extra_state(self, state: State) -> None:
        super()._from_extra_state(state)
        self.features_ = CellFeatures.from_state(part(state, "features", self.name))
        self.statistics_ = CellStatistics.from_state(part(state, "statistics", self.name))
        self.outward_ = Outward(**state["outward"]) if "outward" in state else None
        texts = part(state, "boosters", self.name)
        self.booster_ = Booster([texts[f"{i}_lgb"] for i in range(len(texts))])


def situation_of(k: IntArray, n: IntArray, known: BoolArray, distance: Distance) -> IntArray:
    """Return which of :data:`SITUATIONS` cells are in.

    `k` and `n` are the training cells of their model and task; `known` tells whether a
    factor of the model other than its name is known, `distance` how far they lie beyond what
    was measured.
    """
    out = np.searchsorted([1, 5, 15], k, side="right")
    out = np.where((k > 0) & (distance.below > FAR), 7, out)
    out = np.where((k > 0) & (distance.above > FAR), 8, out)
    out = np.where((k == 0) & (distance.compute > 0), 9, out)
    out = np.where((n <= 4) & (k > 0), 4, out)
    out = np.where(n == 0, 5, out)
    return np.where((k == 0) & ~known, 6, out)


def per_situation(
    situation: IntArray, candidates: FloatArray, target: FloatArray, weight: FloatArray
) -> FloatArray:
    """Return simplex weights per situation, pulled to the common ones where data are few."""
    pooled = simplex_weights(candidates, target, weight)
    mix = np.tile(pooled, (len(SITUATIONS), 1))
    for s in range(len(SITUATIONS)):
        mine = situation == s
        own = simplex_weights(candidates[mine], target[mine], weight[mine])
        trust = mine.sum() / (mine.sum() + TRUST)
        mix[s] = trust * own + (1.0 - trust) * pooled
    return mix
