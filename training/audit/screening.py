"""The two passes over all cells: predict each from the others, set the suspicious aside, repeat.

A fault spoils the predictions of its neighbours. What the first pass suspects is therefore
masked in the second: it is judged again, but nothing is learned from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpp.data.arrays import BoolArray, FloatArray
from cpp.data.extend import split_off_cold
from cpp.data.training_data import TrainingData
from features.table.score_table import ScoreTable
from training.audit.error_model import fit_law
from training.audit.fault_hypotheses import Cells, Null, chance_levels, repaired, total
from training.audit.leave_out import Axis, left_out_cells

#: cells with p-values up to this are masked in the second pass
MASK_BELOW = 0.01
#: and cells with p-values up to this do not help to set the law's scales and tails
DISTRUST_BELOW = 2e-4
#: the law is taken to fit if, beyond the share that it takes for faulty itself, no more than
#: ODD_SHARE of the cells in excess have a p-value of at most CHECK_AT
CHECK_AT, ODD_SHARE = 0.05, 0.01


@dataclass(frozen=True)
class CellFit:
    """Every cell with what the others say of it.

    Attributes
    ----------
    data : TrainingData
        Reconciled cells, ordered by model, then task.
    axis : Axis
    w : float array (n,)
        Scores on the axis.
    cells : Cells
        With the law of what they should be.
    log_odds : float array (n, n_faults)
    p_value : float array (n,)
    null : Null
    inflation : float
        By which p-values are multiplied because the law is too narrow for this table.
    masked : bool array (n,)
        Cells that nothing was learned from.
    n_items : float array (n_tasks,)
        NaN where unknown.
    """

    data: TrainingData
    axis: Axis
    w: FloatArray
    cells: Cells
    log_odds: FloatArray
    p_value: FloatArray
    null: Null
    inflation: float
    masked: BoolArray
    n_items: FloatArray


def fit_cells(table: ScoreTable, *, seed: int) -> CellFit:
    """Judge every cell of a table, in two passes."""
    data = TrainingData.from_table(split_off_cold(table)[0], corrected=False)
    n_items = np.full(data.shape[1], np.nan)
    if "n_items" in table.tasks:
        n_items = table.tasks["n_items"].reindex(data.tasks).to_numpy(dtype=float)
    nothing = np.zeros(len(data.row), dtype=bool)
    first = _one_pass(data, n_items, nothing, nothing, first_look=True, seed=seed)
    masked, distrusted = first.p_value <= MASK_BELOW, first.p_value <= DISTRUST_BELOW
    if masked.all():
        return first
    return _one_pass(data, n_items, masked, distrusted, seed=seed)


def _one_pass(
    data: TrainingData,
    n_items: FloatArray,
    masked: BoolArray,
    distrusted: BoolArray,
    *,
    first_look: bool = False,
    seed: int,
) -> CellFit:
    axis = Axis(data.keep(~masked).latent)
    left = left_out_cells(data, masked, axis, seed=seed, first_look=first_look)
    w = axis.of(data.col, data.score)
    groups = [data.col, data.row]
    undone = repaired(axis, data.col, w, left.w)
    law = fit_law(w - left.w, left.features, groups, ~distrusted, repaired=undone, seed=seed)
    chance = chance_levels(data.scales, n_items, axis)
    cells = Cells(data.col, left.w, law, axis, *chance)
    log_odds, null = cells.log_odds(w), cells.null(seed=seed)
    p = null.p_value(total(log_odds))
    at = CHECK_AT
    inflation = max(1.0, (float(np.mean(p <= at)) - law.faulty - ODD_SHARE) / at)
    p = np.minimum(1.0, inflation * p)
    return CellFit(data, axis, w, cells, log_odds, p, null, inflation, masked, n_items)
