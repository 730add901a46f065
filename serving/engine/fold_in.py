"""A model with an overlay folded in: only what that moves is worked out anew."""

from __future__ import annotations

from functools import partial

import pandas as pd

from features.table.score_table import ScoreTable
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

    The numbers are those of ``loaded.predictor.fold_in(overlay.table)`` (after it has forgotten
    what was taken back), whatever was folded in before: every worker comes to the same answers.

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
    if overlay.withdrawn:
        gone = pd.DataFrame(sorted(overlay.withdrawn), columns=["model", "task"])
        predictor = predictor.forget(gone)
    if overlay.table is not None:
        predictor = predictor.fold_in(overlay.table)
    if predictor is not loaded.predictor:
        since = Overlay()
        if before is not None:
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
        make_table=partial(joined, loaded.table, overlay),
        loaded_at=loaded.loaded_at,
        data_from=loaded.data_from,
        n_folded=len(overlay.cells),
        notes=overlay.notes,
        withdrawn=overlay.withdrawn,
    )


def joined(table: ScoreTable, overlay: Overlay) -> ScoreTable:
    """Return a table with the reports of an overlay in the place of its own on those cells.

    Factors and scales of models and tasks that `table` has stay.
    """
    gone = sorted({*overlay.cells, *overlay.withdrawn})
    if gone:
        table = table.without(pd.DataFrame(gone, columns=["model", "task"], dtype="str"))
    more = overlay.table
    if more is None:
        return table
    models, tasks = (
        pd.concat([mine, other.loc[other.index.difference(mine.index)]])
        for mine, other in ((table.models, more.models), (table.tasks, more.tasks))
    )
    scores = pd.concat([table.scores, more.scores], ignore_index=True)
    return ScoreTable(scores, models, tasks, name=table.name, meta=table.meta)
