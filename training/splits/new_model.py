"""New models: a fifth of the models at a time, with k known cells each."""

from __future__ import annotations

from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits.assignment import deal, gather, known_cells
from training.splits.groups import model_groups


def new_model_folds(
    table: ScoreTable,
    *,
    seed: int,
    n_folds: int | None = None,
    known: int = 0,
    together: bool = True,
) -> Folds:
    """Hold out each fifth of the models in turn, all but `known` random cells of each.

    A model with `known` cells or fewer has no test cell: its cells stay in training. The
    folds' models depend on the seed only, and the known cells of a smaller `known` are
    among those of a larger one, so results for several k can be set side by side.
    """
    cells = table.cells
    load = cells.groupby("model").size()
    groups = model_groups(table, together=together).loc[load.index]
    one = load.clip(upper=1)  # balanced by models: a new model is one question, however long
    fold = deal(groups, one, n_folds=n_folds, default=5, seed=seed, kind="new-model")
    of_cell = cells["model"].map(fold)
    stays = known_cells(cells, "model", known, seed, "new-model")
    parts = [
        (f"new-model-k{known}-{seed}-{i}", "test", cells[(of_cell == i) & ~stays])
        for i in range(int(fold.max()) + 1)
    ]
    remedy = f"none of its models has more than {known} scores: ask for fewer known or fewer folds"
    return gather(parts, "new-model", remedy)
