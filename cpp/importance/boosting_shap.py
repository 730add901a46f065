"""What a stacked predictor's boosting stage makes of each factor: mean |TreeSHAP|, in points.

Contributions add up to the correction that the stage makes of a cell (Lundberg et al. 2020,
*Nature Machine Intelligence* 2). They say what the stage uses beyond its base rungs, not what
moves scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData
from cpp.ensemble.stacking import Stacked

#: cells that are looked at, spread over all that are not observed
N_CELLS = 2000
COLUMNS = ("factor", "about", "points")
METHOD = "mean |TreeSHAP| of the boosting stage, in points, over cells that are not observed"


@dataclass(frozen=True)
class TreeImportance:
    """What the boosting stage makes of each factor.

    Attributes
    ----------
    frame : DataFrame
        ``factor``; ``about``: ``model`` or ``task`` for a design factor, ``scores`` for what
        known scores and the base rungs say; ``points``, the mean size of its contribution.
        Largest first; empty if there is nothing to tell.
    reason : str
        Why it is empty, else "".
    n_cells : int
        Cells looked at.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> found = tree_importance(make_predictor("biases").fit(load_leaderboard()))
    >>> len(found.frame), found.reason
    (0, "the predictor 'biases' has no boosting stage")
    """

    frame: pd.DataFrame
    reason: str
    n_cells: int


def tree_importance(predictor: Predictor, *, n_cells: int = N_CELLS) -> TreeImportance:
    """Return the mean |TreeSHAP| of each factor in the boosting stage of a predictor.

    The contributions of the columns that one factor is encoded in are added up first.

    Parameters
    ----------
    predictor : Predictor
        Fitted.
    n_cells : int
        Cells to look at, the most.
    """
    if not isinstance(predictor, Stacked):
        return _nothing(f"the predictor {predictor.name!r} has no boosting stage")
    if not predictor.booster_.texts:
        return _nothing("there were too few cells for a boosting stage")
    row, col = _empty_cells(predictor.data_, n_cells)
    if not len(row):
        return _nothing("every cell is observed: nothing is predicted")
    shap, _, _ = feature_contributions(predictor, row, col)
    named = [_factor(name) for name in predictor.features_.names_]
    frame = pd.DataFrame(
        [
            (*key, float(np.abs(shap[:, [n == key for n in named]].sum(axis=1)).mean()))
            for key in dict.fromkeys(named)
        ],
        columns=list(COLUMNS),
    )
    frame = frame.sort_values("points", ascending=False, kind="stable").reset_index(drop=True)
    if not frame["points"].gt(0).any():
        return _nothing("nothing of the boosting stage is used in the cells that are predicted")
    return TreeImportance(frame, "", len(row))


def _nothing(reason: str) -> TreeImportance:
    return TreeImportance(pd.DataFrame(columns=list(COLUMNS)), reason, 0)


def _empty_cells(data: TrainingData, n: int) -> tuple[IntArray, IntArray]:
    """Return up to `n` cells without a score, evenly spread."""
    seen = np.zeros(data.shape, dtype=bool)
    seen[data.row, data.col] = True
    empty = np.flatnonzero(~seen)
    some = empty[np.unique(np.linspace(0, len(empty) - 1, min(n, len(empty))).astype(int))]
    return some // data.shape[1], some % data.shape[1]


def feature_contributions(
    predictor: Stacked, row: IntArray, col: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what the boosting stage makes of cells, all in points.

    Returns
    -------
    added : float array (n, n_features)
        What each feature adds.
    constant : float array (n,)
        What is added whatever the features say.
    start : float array (n,)
        What is corrected; on tasks without points in the unit the stage weighs them in.
    """
    data = predictor.data_
    base = predictor._base_latents(data, row, col)
    scores = np.column_stack([data.latent.to_score(col, z) for z in base.T])
    situation = predictor._situation(data, row, col)
    start = (scores * predictor.mix_[situation]).sum(axis=1)
    reference = data.latent.to_latent(col, start)
    x = predictor.features_.rows(data, predictor.statistics_, row, col, base, reference)
    unit = data.latent.points_per_unit(col)
    low = np.where(np.isfinite(data.latent.low[col]), data.latent.low[col], 0.0)
    each = [
        np.asarray(model.predict(x, pred_contrib=True, num_threads=1))
        for model in predictor.booster_._read
    ]
    share = predictor.boost_share_[situation]
    mean = share[:, None] * np.mean(each, axis=0) if each else np.zeros((len(row), x.shape[1] + 1))
    return mean[:, :-1], mean[:, -1], (start - low) * unit


def _factor(name: str) -> tuple[str, str]:
    """Return the factor that a feature encodes, and what it is about."""
    about, colon, rest = name.partition(": ")
    if not colon or about not in ("model", "task"):
        return name, "scores"
    return rest.partition("=")[0].removeprefix("log10_"), about
