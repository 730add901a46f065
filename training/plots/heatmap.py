"""The score matrix as a picture: what was observed, and what was predicted for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.data.arrays import BoolArray, FloatArray, IntArray
from features.errors import DataError
from features.table.score_table import ScoreTable
from training.plots.labels import cut
from training.plots.style import BLUE, GREY, ORANGE, new_figure, ramp

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

#: kind of a cell -> its colour; darkness is the score in all of them
COLOURS = {"observed": BLUE, "predicted": ORANGE, "prior": GREY}
_CELL = 0.115  # inches; a label of 6 points fits
_LABELS = 400  # names on one side that can still be read
_LONGEST = 55.0  # inches of one side
_LEFT, _TOP, _BOTTOM = 2.3, 2.7, 1.0  # inches around the cells: names, title, key


def heat_map(table: ScoreTable, predictions: pd.DataFrame | None = None) -> Figure:
    """Draw the matrix, models x tasks, with observed and predicted cells in two colours.

    Parameters
    ----------
    table : ScoreTable
        The observed scores.
    predictions : DataFrame, optional
        Columns model, task, prediction (the task's own unit), kind; rows about observed
        cells are left out. Cells of neither stay white.

    Returns
    -------
    Figure
        Models from the strongest down, tasks from the easiest to the right. Darkness is
        the score in points (100 x share of the scale); on tasks without two bounds it is
        the position within the task's observed range.

    Raises
    ------
    DataError
        If there is no score and no prediction to draw, or `predictions` names a model or
        task that `table` does not have.
    """
    value = {kind: np.full((len(table.models), len(table.tasks)), np.nan) for kind in COLOURS}
    _fill(value["observed"], table, table.cells, "score")
    if predictions is not None:
        for kind in ("predicted", "prior"):
            _fill(value[kind], table, predictions[predictions["kind"] == kind], "prediction")
            value[kind][np.isfinite(value["observed"])] = np.nan
    filled = value["observed"]
    for kind in ("predicted", "prior"):
        filled = np.where(np.isfinite(filled), filled, value[kind])
    if not np.isfinite(filled).any():
        raise DataError(f"{table.name!r} has no score to draw, and no prediction was given")
    rows, columns = _order(filled)
    figure, axes = _canvas(*filled.shape)
    images = {}
    for kind, values in value.items():
        cells = int(np.isfinite(values).sum())
        if cells:
            images[kind] = (_paint(axes, values[np.ix_(rows, columns)], kind), cells)
    _key(figure, images)
    _label(axes, [table.models.index[i] for i in rows], [table.tasks.index[j] for j in columns])
    top = 1.0 - 0.12 / figure.get_size_inches()[1]
    figure.text(0.02, top, _title(value), va="top", fontsize=11, fontweight="bold")
    return figure


def _fill(out: FloatArray, table: ScoreTable, cells: pd.DataFrame, column: str) -> None:
    row = table.models.index.get_indexer(cells["model"])
    col = table.tasks.index.get_indexer(cells["task"])
    if (row < 0).any() or (col < 0).any():
        bad = cells[(row < 0) | (col < 0)].iloc[0]
        raise DataError(f"{table.name!r} has no cell {bad.model!r} on {bad.task!r} to draw")
    out[row, col] = cells[column].to_numpy(dtype=float)
    observed = table.cells.groupby("task")["score"].agg(["min", "max"])
    for j in np.unique(col):
        task = table.tasks.index[j]
        scale = table.scales[task]
        if scale.in_points:
            shown = scale.to_points(out[:, j])
        elif task in observed.index and observed.loc[task, "max"] > observed.loc[task, "min"]:
            low, high = observed.loc[task, "min"], observed.loc[task, "max"]
            shown = np.clip(100.0 * (out[:, j] - low) / (high - low), 0.0, 100.0)
        else:
            shown = np.where(np.isfinite(out[:, j]), 50.0, np.nan)
        out[:, j] = shown if scale.higher_is_better else 100.0 - shown


def _order(filled: FloatArray) -> tuple[IntArray, IntArray]:
    """Order models and tasks by strength: row means freed of which tasks were run."""
    mean = np.nanmean(filled)
    gap = np.isnan(filled)
    task = np.zeros(filled.shape[1])
    model = np.zeros(filled.shape[0])
    for _ in range(10):  # alternating means: two-way effects of an incomplete table
        model = _mean(np.where(gap, 0.0, filled - mean - task), ~gap, axis=1)
        task = _mean(np.where(gap, 0.0, filled - mean - model[:, None]), ~gap, axis=0)
    return np.argsort(-model, kind="stable"), np.argsort(-task, kind="stable")


def _mean(values: NDArray, there: BoolArray, axis: int) -> FloatArray:
    return values.sum(axis=axis) / (there.sum(axis=axis) + 1.0)  # +1: one cell proves little


def _canvas(n_models: int, n_tasks: int) -> tuple[Figure, Axes]:
    """Return a figure with room for every name; the place is set by hand, in inches.

    Matplotlib's own layout takes seconds with hundreds of names.
    """
    inner_width = float(np.clip(_CELL * n_tasks, 4.6, _LONGEST))
    inner_height = float(np.clip(_CELL * n_models, 2.4, _LONGEST))
    width, height = _LEFT + inner_width + 0.3, _TOP + inner_height + _BOTTOM
    figure, axes = new_figure(width, height, layout=None)
    axes.set_position((_LEFT / width, _BOTTOM / height, inner_width / width, inner_height / height))
    return figure, axes


def _paint(axes: Axes, value: FloatArray, kind: str) -> ScalarMappable:
    return axes.imshow(
        np.ma.masked_invalid(value),
        cmap=ramp(COLOURS[kind], kind),
        vmin=0.0,
        vmax=100.0,
        aspect="auto",
        interpolation="nearest",
    )


def _key(figure: Figure, images: dict[str, tuple[ScalarMappable, int]]) -> None:
    """Draw one colour bar per kind of cell, side by side below the matrix."""
    width, height = figure.get_size_inches()
    room = (width - 0.4) / len(images)
    for i, (kind, (image, cells)) in enumerate(images.items()):
        place = (0.35 + i * room, _BOTTOM - 0.42, room - 0.35, 0.13)
        where = (place[0] / width, place[1] / height, place[2] / width, place[3] / height)
        bar = figure.colorbar(image, cax=figure.add_axes(where), orientation="horizontal")
        bar.set_label(f"{kind}: {cells:,} cells, points", fontsize=8)
        bar.ax.tick_params(labelsize=7)


def _label(axes: Axes, models: list[str], tasks: list[str]) -> None:
    for axis, names, turn in ((axes.yaxis, models, 0), (axes.xaxis, tasks, 90)):
        step = -(-len(names) // _LABELS)
        axis.set_ticks(range(0, len(names), step))
        axis.set_ticklabels([cut(n, 38) for n in names[::step]], fontsize=6, rotation=turn)
        if step > 1:
            axis.set_label_text(f"1 of {step} names is shown", fontsize=7)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    # Thin lines keep 60 columns apart without hiding 0.1 inch cells. (Not a grid: hundreds
    # of minor ticks take seconds to draw.)
    right, bottom = len(tasks) - 0.5, len(models) - 0.5
    thin: dict[str, Any] = {"colors": "white", "linewidth": 0.3}
    axes.vlines(np.arange(0.5, right), -0.5, bottom, **thin)
    axes.hlines(np.arange(0.5, bottom), -0.5, right, **thin)
    axes.set(xlim=(-0.5, right), ylim=(bottom, -0.5))
    axes.spines[:].set_visible(False)


def _title(value: dict[str, FloatArray]) -> str:
    size = value["observed"].size
    seen = int(np.isfinite(value["observed"]).sum())
    filled = sum(int(np.isfinite(value[kind]).sum()) for kind in ("predicted", "prior"))
    text = f"{seen:,} of {size:,} cells were measured ({100 * seen / size:.0f} %)"
    return f"{text};\n{filled:,} more are predicted" if filled else text
