"""Outward: what lies beyond the range a task was measured on lies further out than a fit says.

Every rung shrinks, and what is missing is missing for a reason: models that nobody measured on a
task are weaker on it than their other scores tell (missing not at random; Heckman 1979). Both
pull predictions outside the range towards it. Held-out blocks show by how much.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cpp.calibration.out_of_fold import OutOfFold
from cpp.calibration.regimes import FAR, YEARS
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.reach import Distance
from cpp.data.training_data import TrainingData

#: latent shift without evidence, and the held-out cells that weigh as much as this belief
PRIOR, PRIOR_COUNT = 0.1, 1000.0
#: points over the score of guessing within which a prediction bends away from it
BEND = 0.5
#: shifts that are tried on the held-out cells
TRIED: FloatArray = np.arange(-30, 75, 5) / 100.0


class Outward(NamedTuple):
    """How far predictions are moved, on the latent scale, once a cell is well outside.

    Attributes
    ----------
    below, above : float
        Down, for models weaker than all that the task was measured on; up, for stronger ones.
    older : float
        Down, for models older than all of them.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> row, col = data.model_index["Llama 2 7B"], data.task_index["SWE-bench Verified"]
    >>> cell = np.array([row]), np.array([col])
    >>> bool(data.distance(*cell).below[0] > FAR)
    True
    >>> float(Outward(below=0.5).of(data, *cell, np.array([10.0]))[0]) < 9
    True
    """

    below: float = 0.0
    above: float = 0.0
    older: float = 0.0

    @classmethod
    def learn(cls, held: OutOfFold, point: FloatArray) -> Outward:
        """Choose the shifts that make the errors of held-out blocks smallest, pulled to a prior.

        One after the other: of models both weaker and older the second tells what the first leaves.
        """
        block, unit = held.kind() == "block", held.points_per_unit()
        found = cls()
        for side in cls._fields:
            mine = np.flatnonzero(block & (getattr(held.distance, side) > 0))
            cells, before = held.take(mine), point[mine]
            errors = [
                np.abs(found._replace(**{side: s}).of_held(cells, before) - cells.score)
                @ unit[mine]
                for s in TRIED
            ]
            best = float(TRIED[int(np.argmin(errors))]) if len(mine) else 0.0
            shift = (len(mine) * best + PRIOR_COUNT * PRIOR) / (len(mine) + PRIOR_COUNT)
            found = found._replace(**{side: shift})
        return found

    def of(self, data: TrainingData, row: IntArray, col: IntArray, point: FloatArray) -> FloatArray:
        """Return the scores `point` of cells, moved outward and not under chance."""
        return self._moved(data, col, data.distance(row, col), data.k[row], point)

    def of_held(self, held: OutOfFold, point: FloatArray) -> FloatArray:
        """Return the scores `point` of held-out cells, moved outward and not under chance."""
        out = np.empty(len(held))
        for f, mine in held.by_fold():
            far = held.distance.take(mine)
            out[mine] = self._moved(held.data[f], held.col[mine], far, held.k[mine], point[mine])
        return out

    def _moved(
        self, data: TrainingData, col: IntArray, far: Distance, k: IntArray, point: FloatArray
    ) -> FloatArray:
        down, up = (np.minimum(d, FAR) / FAR for d in (far.below, far.above))
        old = np.minimum(far.older, YEARS) / YEARS
        shift = np.where(k > 0, self.above * up - self.below * down - self.older * old, 0.0)
        moved = data.latent.to_score(col, data.latent.to_latent(col, point) + shift)
        # the round trip clips what is nearly at a bound
        out = np.where(shift != 0, moved, point)
        sign, unit = data.latent.sign[col], data.latent.points_per_unit(col)
        return _not_under(data.score_of_guessing[col], sign, unit, out)


def _not_under(
    floor: FloatArray, sign: FloatArray, unit: FloatArray, point: FloatArray
) -> FloatArray:
    """Bend scores so that none falls under `floor`; what is better stays better."""
    known = np.isfinite(floor)
    over = np.where(known, (point - floor) * sign * unit, 0.0)
    bent = (over + np.sqrt(over**2 + 4.0 * BEND**2)) / 2.0
    return np.where(known, floor + sign * bent / unit, point)
