"""Compute cuts: train on models up to so much compute, predict those beyond."""

from __future__ import annotations

import numpy as np

from features.errors import FoldError
from features.factors.transforms import model_columns
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits.assignment import gather

#: cuts follow each other by so many decades; models of known compute below a cut, the fewest
STEP, MIN_BELOW = 0.5, 6
#: as many cuts are made where the number is left open
MOST = 5


def compute_folds(
    table: ScoreTable, *, seed: int, n_folds: int | None = None, decades: float = 1.0
) -> Folds:
    """Cut the models by training FLOP; test are those of the next `decades` above the cut.

    The first cut lies `decades` below the largest model (fold ``compute-top``), each further one
    half a decade lower (``compute-top-0.5``, ``compute-top-1``, ...), as long as six models of
    known compute lie below it and one above; at most five unless `n_folds` says so. The seed
    plays no part.

    Training: every model at or under the cut, and those whose compute is not known. Test: all
    cells of the models above, up to `decades`. Hidden: all cells of larger models.

    Raises
    ------
    FoldError
        If too few models state their compute (``training_flop``, or ``params`` and
        ``training_tokens``), or they span too little.
    """
    cells = table.cells
    columns = model_columns(table.models)
    known = columns.get("log10_training_flop", np.full(len(table.models), np.nan))
    of_model = dict(zip(table.models.index, np.asarray(known, dtype=float).tolist(), strict=True))
    compute = cells["model"].map(of_model).to_numpy(dtype=float)
    seen = np.array([of_model[m] for m in cells["model"].unique()])
    seen = seen[np.isfinite(seen)]
    parts = []
    for c in range(MOST if n_folds is None else n_folds):
        cut = (seen.max() if len(seen) else 0.0) - decades - c * STEP
        if (seen <= cut).sum() < MIN_BELOW:
            if n_folds is None and c:
                break
            raise FoldError(
                f"a compute split of {table.name!r} into {c + 1 if n_folds is None else n_folds} "
                f"cut(s) needs {MIN_BELOW} models {decades + c * STEP:g} decades below the largest "
                f"one; {len(seen)} of {len(of_model)} models state their compute. Fill "
                "training_flop in the models file, or ask for fewer folds or decades"
            )
        test = (compute > cut) & (compute <= cut + decades)
        if not test.any():
            continue  # a gap between models
        name = "compute-top" + (f"-{c * STEP:g}" if c else "")
        parts.append((name, "test", cells[test]))
        parts.append((name, "hidden", cells[compute > cut + decades]))
    return gather(parts, "compute", "ask for more decades")
