"""How a score would have come about: as it should, or by one of the usual faults.

Every hypothesis gives the reported score a density; what counts is the log odds of all
faults together against none. How large these odds get without any fault is found by drawing
from the law of the errors, cell by cell, so no score has to be known to be right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpp.data.arrays import FloatArray, IntArray
from features.table.score_scale import ScoreScale
from training.audit.error_model import Law, Repaired
from training.audit.leave_out import Axis

#: how often each fault happens relative to the others; anywhere on the scale is much room, so
#: gross errors are found even where they are thought to be rare
PRIOR = {
    "outside_interval": 0.2,
    "inverted": 0.65,
    "slip_down": 0.05,
    "slip_up": 0.05,
    "at_chance": 0.05,
}
FAULTS = tuple(PRIOR)
#: the faults that can be undone, in the order of the columns of `repaired`
REPAIRS = ("inverted", "slip_down", "slip_up")
#: width of the axis over which a gross error may lie: the whole scale, or where there is none
ROOM_BOUNDED, ROOM_FREE = 100.0, 150.0
#: spread around the chance level in points, where the number of items does not tell it
CHANCE_SD, AT_BOUND_SD = 1.5, 0.5
#: draws in all, over cells, for the null distribution of the odds
N_DRAWS = 1_500_000
#: share of the draws beyond which their own exponential tail continues them
TAIL = 2e-4
_NEVER = -1e9


@dataclass(frozen=True)
class Cells:
    """Scores, each with the law of what it should be.

    Attributes
    ----------
    col : int array (n,)
    centre : float array (n,)
        Prediction on the axis.
    law : Law
        Of the errors, scales of the same cells.
    axis : Axis
    chance, chance_sd : float array (n_tasks,)
        On the axis; NaN where a score of guessing has no meaning.

    Examples
    --------
    >>> from cpp.data.training_data import TrainingData
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> law, none = Law(np.full(2, 3.0), df=5.0), np.full(data.shape[1], np.nan)
    >>> cells = Cells(np.zeros(2, dtype=int), np.full(2, 80.0), law, Axis(data.latent), none, none)
    >>> odds = cells.log_odds(np.array([80.0, 20.0]))
    >>> bool(odds[0].max() < 0), FAULTS[int(odds[1].argmax())]
    (True, 'inverted')
    """

    col: IntArray
    centre: FloatArray
    law: Law
    axis: Axis
    chance: FloatArray
    chance_sd: FloatArray

    def log_odds(self, w: FloatArray) -> FloatArray:
        """Return log odds of each fault against none, shape (n, n_faults), of scores at `w`."""
        col, axis = self.col, self.axis
        bounded = axis.bounded[col]
        out = np.empty((len(w), len(FAULTS)))
        room = np.where(bounded, ROOM_BOUNDED, ROOM_FREE)
        out[:, 0] = -np.log(room)
        out[:, 1] = np.where(bounded, self._density(100.0 - w), _NEVER)
        score = axis.back(col, w)
        for i, factor in ((2, 100.0), (3, 0.01)):
            place, speed = _slipped(self.axis, col, w, score, factor)
            law = self.law.log_density(place - self.centre)
            out[:, i] = np.where(np.isnan(law), _NEVER, law + speed)
        off = (w - self.chance[col]) / self.chance_sd[col]
        near = -0.5 * off**2 - np.log(self.chance_sd[col] * np.sqrt(2.0 * np.pi))
        out[:, 4] = np.where(np.isnan(near), _NEVER, near)
        out += np.log(list(PRIOR.values()))
        return out - self._density(w)[:, None]

    def _density(self, w: FloatArray) -> FloatArray:
        return self.law.log_density(w - self.centre)

    def null(self, *, seed: int) -> Null:
        """Draw scores without fault and return how large their odds get."""
        rng = np.random.default_rng([seed, 4])
        n = len(self.col)
        runs = int(np.clip(N_DRAWS // max(n, 1), 10, 2_000))
        odds = np.empty(runs * n)
        bounded = self.axis.bounded[self.col]
        for r in range(runs):
            w = self.centre + self.law.draw(rng)
            w = np.where(bounded, np.clip(w, 0.0, 100.0), w)
            odds[r * n : (r + 1) * n] = total(self.log_odds(w))
        return Null.of(odds)


def repaired(axis: Axis, col: IntArray, w: FloatArray, centre: FloatArray) -> Repaired:
    """Return the errors of scores at `w` after undoing an inversion and either slip."""
    score = axis.back(col, w)
    mirrored = np.where(axis.bounded[col], 100.0 - w, np.nan)
    places, speeds = [mirrored], [np.zeros(len(w))]
    for factor in (100.0, 0.01):
        place, speed = _slipped(axis, col, w, score, factor)
        places.append(place)
        speeds.append(speed)
    return Repaired(np.column_stack(places) - centre[:, None], np.column_stack(speeds))


def _slipped(
    axis: Axis, col: IntArray, w: FloatArray, score: FloatArray, factor: float
) -> tuple[FloatArray, FloatArray]:
    """Return the place of `factor` times the score and the log of how fast it moves.

    NaN and 0 where that is outside the scale.
    """
    true = score * factor
    place, speed = np.full(len(w), np.nan), np.zeros(len(w))
    legal = (true >= axis.latent.low[col]) & (true <= axis.latent.high[col]) & (score != 0)
    if not legal.any():
        return place, speed
    col, score, true = col[legal], score[legal], true[legal]
    there = axis.of(col, true)
    step = np.maximum(np.abs(score) * 1e-4, 1e-12)
    rise = axis.of(col, true + factor * step) - there
    run = axis.of(col, score + step) - axis.of(col, score)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.log(np.abs(rise / run))
    place[legal] = np.where(np.isfinite(rate), there, np.nan)
    speed[legal] = np.where(np.isfinite(rate), rate, 0.0)
    return place, speed


@dataclass(frozen=True)
class Null:
    """Odds of data without fault, ascending, and their tail.

    Examples
    --------
    >>> null = Null.of(np.log(np.random.default_rng(0).pareto(3.0, 10_000) + 1e-9))
    >>> null.p_value(np.array([-5.0, 3.0])).round(1).tolist()
    [1.0, 0.0]
    """

    odds: FloatArray
    start: float
    mean_excess: float

    @classmethod
    def of(cls, odds: FloatArray) -> Null:
        """Build from draws."""
        odds = np.sort(odds)
        over = odds[int((1.0 - TAIL) * len(odds)) :]
        excess = float(np.mean(over - over[0])) if len(over) > 1 else 1.0
        return cls(odds, float(over[0]), max(excess, 1e-6))

    def p_value(self, odds: FloatArray) -> FloatArray:
        """Return the share of faultless scores with at least such odds."""
        n = len(self.odds)
        share = (n - np.searchsorted(self.odds, odds, side="left")) / n
        beyond = TAIL * np.exp(-(odds - self.start) / self.mean_excess)
        return np.clip(np.where(odds > self.start, beyond, share), 1e-300, 1.0)


def total(log_odds: FloatArray) -> FloatArray:
    """Return the log odds of any fault, from those of each, (n, n_faults) -> (n,)."""
    most = log_odds.max(axis=1)
    return most + np.log(np.exp(log_odds - most[:, None]).sum(axis=1))


def chance_levels(
    scales: list[ScoreScale], n_items: FloatArray, axis: Axis
) -> tuple[FloatArray, FloatArray]:
    """Return where guessing lies on the axis, and how closely, per task; NaN without bounds."""
    place, near = np.full(len(scales), np.nan), np.full(len(scales), np.nan)
    for j, scale in enumerate(scales):
        if scale.kind != "bounded":
            continue
        worst = scale.minimum if scale.higher_is_better else scale.maximum
        chance = worst if scale.chance is None else scale.chance
        place[j] = float(scale.to_points(np.array([chance], dtype=float))[0])
        near[j] = AT_BOUND_SD if place[j] in (0.0, 100.0) else CHANCE_SD
        if np.isfinite(n_items[j]) and 0.0 < place[j] < 100.0:
            share = place[j] / 100.0
            near[j] = max(AT_BOUND_SD, 100.0 * np.sqrt(share * (1 - share) / n_items[j]))
    return place, near
