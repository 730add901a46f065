"""TreeSHAP by factor group: what a boosting stage makes of each, on cells it has not seen."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.baselines.biases import Biases
from cpp.calibration.estimate import Estimate
from cpp.calibration.out_of_fold import OutOfFold
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData
from cpp.ensemble.stacking import SITUATIONS, Stacked
from cpp.importance.ablation import FactorGroup
from cpp.importance.boosting_shap import feature_contributions

#: features that belong to a factor though scores go into them
LEVELS = {f"level of the {c}": c for c in ("organization", "family", "lineage")}


class FactorStage(Stacked):
    """The boosting stage on a start that knows no factor: additive effects of model and task.

    The same cell features, held-out cells and LightGBM as in the rungs `boosting` and `blend`
    (:mod:`cpp.ensemble.stacking`). There the base rungs have used the factors already and the stage
    only mends what they leave; here what factors tell is told by the stage alone, so that its
    contributions can be read. The correction is taken in full.

    Parameters
    ----------
    n_seeds : int
        Boosters that are averaged.
    random_state : int
        Seed.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> stage = FactorStage().fit_points(TrainingData.from_table(table))
    >>> stage.boost_share_.tolist() == [1.0] * len(SITUATIONS)
    True
    """

    name: ClassVar[str] = "factor-stage"

    def __init__(self, *, n_seeds: int = 1, random_state: int = 0) -> None:
        super().__init__(n_seeds=n_seeds, random_state=random_state)

    def _members(self) -> dict[str, Predictor]:
        return {"biases": Biases(random_state=self.random_state)}

    def _start(
        self, held: OutOfFold, points: FloatArray, target: FloatArray, weight: FloatArray
    ) -> FloatArray:
        return np.ones((len(SITUATIONS), 1))

    def _learn(self, data: TrainingData) -> tuple[OutOfFold, Estimate]:
        out = super()._learn(data)
        self.boost_share_ = np.ones(len(SITUATIONS))
        self.outward_ = None  # what is moved afterwards is nobody's contribution
        return out

    def _cross_fitted(
        self,
        data: TrainingData,
        held: OutOfFold,
        x: NDArray[np.float32],
        rest: FloatArray,
        weight: FloatArray,
    ) -> FloatArray:
        # only for how far the correction is taken, which is not asked here
        return np.zeros(len(held))


def feature_groups(stage: Stacked, groups: list[FactorGroup]) -> IntArray:
    """Return the group of each feature of a stage, -1 for what scores and base rungs say.

    How good other models of the same organisation, family or lineage are counts for that
    factor: without it nobody would know which models those are.
    """
    of = {(g.side, c): i for i, g in enumerate(groups) for c in g.columns}
    out = np.full(len(stage.features_.names_), -1, dtype=np.int64)
    for f, name in enumerate(stage.features_.names_):
        side, colon, rest = name.partition(": ")
        column = LEVELS.get(name) or (rest.partition("=")[0] if colon else "")
        out[f] = of.get(("model" if name in LEVELS else side, column), -1)
    return out


def shap_by_group(
    stage: Stacked, row: IntArray, col: IntArray, groups: list[FactorGroup]
) -> tuple[FloatArray, FloatArray]:
    """Return what each group adds to the predictions of cells, by LightGBM's TreeSHAP.

    Parameters
    ----------
    stage : Stacked
        Fitted.
    row, col : int array (n,)
        Cells, as positions in ``stage.data_``.
    groups : list of FactorGroup
        Of either side.

    Returns
    -------
    added : float array (n, n_groups + 2)
        Points. The last but one column is what scores and base rungs add, the last what the
        stage adds to every cell; they add up to its correction.
    start : float array (n,)
        What it corrects, points; the sum of both may leave the scale, where it is clipped.
    """
    added, constant, start = feature_contributions(stage, row, col)
    code = feature_groups(stage, groups)
    out = np.zeros((len(row), len(groups) + 2))
    for f, g in enumerate(code):
        out[:, g if g >= 0 else len(groups)] += added[:, f]
    out[:, -1] = constant
    return out, start


def error_taken(added: FloatArray, start: FloatArray, score: FloatArray) -> FloatArray:
    """Return how much of each cell's error every part of a correction takes away, points.

    The absolute error is followed along the straight line from the start to the corrected
    prediction, on which all parts grow alike (Aumann and Shapley 1974). What it falls is
    shared in proportion to what each part adds, so the shares of a cell add up to
    ``|score - start| - |score - start - correction|``. A part that moves predictions at random
    takes nothing away on cells that the stage has not seen, however far it moves them.

    Parameters
    ----------
    added : float array (n, n_parts)
    start, score : float array (n,)

    Examples
    --------
    >>> error_taken(np.array([[3.0, -1.0]]), np.array([50.0]), np.array([60.0])).tolist()
    [[3.0, -1.0]]
    """
    rest = score - start
    whole = added.sum(axis=1)
    fallen = np.abs(rest) - np.abs(rest - whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(np.abs(whole) > 1e-9, fallen / whole, np.sign(rest))
    return added * slope[:, None]
