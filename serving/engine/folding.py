"""A model with an overlay folded in: only what that moves is worked out anew."""

from __future__ import annotations

from functools import partial

import pandas as pd

from features.table import ScoreTable
from serving.engine.current import Current
from serving.engine.loading import LoadedModel
from serving.engine.overlay import Overlay
from serving.engine.snapshot import Snapshot


def folded(
    loaded: LoadedModel,
    overlay: Overlay,
    *,
    store: str = "",
    before: tuple[Current, Overlay] | None = None,
) -> Current:
    """Return what answers for a model and the scores that came in since.

    The numbers are those of ``loaded.predictor.fold_in(overlay.table)``, whatever was folded
    in before: every worker comes to the same answers.

    Parameters
    ----------
    loaded : LoadedModel
    overlay : Overlay
    store : str
        Where the overlay is from, without a password.
    before : (Current, Overlay), optional
        What answered until now, of the same model: its answers stay where nothing moved.

    Raises
    ------
    DataError
        If the predictor cannot take the overlay.
    """
    predictor, grid = loaded.predictor, loaded.grid
    if overlay.table is not None:
        predictor = loaded.predictor.fold_in(overlay.table)
        since = Overlay()
        if before is not None and before[1].table is not None:
            grid, since = before[0].grid, before[1]
        grid = grid.moved(predictor, *overlay.touched(loaded.predictor, since))
    dates = [d for d in (loaded.newest_score, overlay.newest_score) if d is not None]
    return Current(
        version=loaded.version,
        info=loaded.info,
        snapshot=Snapshot.of(
            loaded.fingerprint,
            store=store,
            batch=overlay.batch,
            newest_score=max(dates, default=None),
            retrieved=loaded.retrieved,
        ),
        predictor=predictor,
        grid=grid,
        make_table=partial(joined, loaded.table, overlay.table),
        loaded_at=loaded.loaded_at,
        data_from=loaded.data_from,
        n_folded=len(overlay.cells),
        notes=overlay.notes,
    )


def joined(table: ScoreTable, more: ScoreTable | None) -> ScoreTable:
    """Return a table with the reports of `more` in the place of its own on those cells.

    Factors and scales of models and tasks that `table` has stay.
    """
    if more is None:
        return table
    kept = table.without(more.cells).scores
    models, tasks = (
        pd.concat([mine, other.loc[other.index.difference(mine.index)]])
        for mine, other in ((table.models, more.models), (table.tasks, more.tasks))
    )
    scores = pd.concat([kept, more.scores], ignore_index=True)
    return ScoreTable(scores, models, tasks, name=table.name, meta=table.meta)
