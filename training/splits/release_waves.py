"""Release waves: predict each wave of new models from what was released before it."""

from __future__ import annotations

import pandas as pd

from features.errors import FoldError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits.assignment import gather, known_cells

#: a model needs so many cells to be predicted: 5 known ones and 3 to be scored
MIN_CELLS = 8


def time_folds(
    table: ScoreTable, *, seed: int, n_folds: int | None = None, known: int = 5
) -> Folds:
    """Cut the later half of the dated models into release waves (default 8).

    Waves are made of the dated models with at least 8 cells (with `known` + 1 if that is
    more): those released on or after the median date, in order of date, cut into parts of
    equal size; models released on the date of a cut belong to the earlier wave. Named
    ``time-<seed>-<wave>``; a wave that ties leave without a model is left out.

    Training: every model released before the wave (up to the previous cut), plus `known`
    random cells of each model of the wave. Test: the other cells of those models. Hidden:
    all cells of models released later, of models without a date, and of the models of the
    wave's own period that have too few cells.

    Raises
    ------
    FoldError
        If fewer models are dated than two per wave, if there are fewer release dates in
        the later half than waves, or if nothing was released before the first wave.
    """
    n_waves = 8 if n_folds is None else n_folds
    least = max(MIN_CELLS, known + 1)
    cells = table.cells
    dates = _release_dates(table).reindex(cells["model"].unique())
    size = cells.groupby("model").size()
    dated = dates.dropna()
    fit = dated[size.loc[dated.index] >= least]
    fit = fit.sort_index().sort_values(kind="stable")
    later = fit[fit >= fit.iloc[len(fit) // 2]] if len(fit) else fit
    if len(fit) < 2 * n_waves or later.nunique() < n_waves:
        raise FoldError(
            f"a time split into {n_waves} waves needs at least {2 * n_waves} models with a "
            f"release_date and {least} or more scores, and {n_waves} different dates in their "
            f"later half; {table.name!r} has {len(fit)} such models and {later.nunique()} dates "
            f"(of {len(size)} models, {len(dated)} are dated). Fill release_date in the models "
            "file, or ask for fewer folds"
        )
    first = later.iloc[0]
    if not (dated < first).any():
        raise FoldError(
            f"a time split of {table.name!r} has nothing to train on: no dated model was "
            f"released before the first wave begins, {first.date()}"
        )
    date = cells["model"].map(dates)
    stays = known_cells(cells, "model", known, seed, "time")
    parts = []
    before = None  # the previous cut
    for wave in range(n_waves):
        cut = later.iloc[(wave + 1) * len(later) // n_waves - 1]
        inside = later[later <= cut] if before is None else later[(later <= cut) & (later > before)]
        if len(inside):
            seen = (date < first) if before is None else (date <= before)
            of_wave = cells["model"].isin(inside.index)
            name = f"time-{seed}-{wave}"
            parts.append((name, "test", cells[of_wave & ~stays]))
            parts.append((name, "hidden", cells[~of_wave & ~seen.astype(bool)]))
        before = cut
    return gather(parts, "time", "ask for fewer folds")


def _release_dates(table: ScoreTable) -> pd.Series:
    if "release_date" not in table.models.columns:
        return pd.Series(pd.NaT, index=table.models.index, dtype="datetime64[s]")
    return table.models["release_date"]
