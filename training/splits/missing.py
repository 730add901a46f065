"""Masking: a share of all cells is held out, to see how accuracy falls with sparsity."""

from __future__ import annotations

from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits.assignment import gather, generator


def mask_folds(table: ScoreTable, *, seed: int, n_folds: int | None = None, mask: float) -> Folds:
    """Hold out a share `mask` of all cells, drawn anew in each of `n_folds` (default 3) folds.

    At least one cell is test and at least one trains. Rows and columns may lose all their
    cells. The cells of a smaller mask are among those of a larger one in the same fold.
    """
    cells = table.cells
    size = min(max(round(mask * len(cells)), 1), len(cells) - 1)
    parts = []
    for i in range(3 if n_folds is None else n_folds):
        first = generator(seed, "mask", i).permutation(len(cells))[:size]
        first.sort()
        parts.append((f"mask-{mask:g}-{seed}-{i}", "test", cells.iloc[first]))
    return gather(parts, "mask", "")
