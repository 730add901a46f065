"""Replay: the error of a new model against the number of its scores, by what is measured first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import WIDE, set_title
from training.plots.style import BLUE, GREEN, GREY, ORANGE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: strategies that are drawn -> label, colour, marker, whether with its band
_DRAWN = {
    "random": ("in random order", GREY, "o", True),
    "covered": ("most-covered tasks first", ORANGE, "s", False),
    "probes": ("a fixed probe set", "#CC79A7", "D", False),
    "probes at hand": ("probes among the tasks at hand", GREEN, "^", False),
    "chosen": ("chosen for the targets", BLUE, "v", True),
}
#: the title speaks of random scores that are at most so much of the candidates
TOLD = 2 / 3


def replay_chart(
    curve: pd.DataFrame, saved: pd.DataFrame | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the mean error on a new model's target cells against the scores revealed of it.

    Parameters
    ----------
    curve, saved : DataFrame
        Of :func:`training.analyses.replay.analyse_replay`; without `saved` the title says
        what the errors are.
    ax : Axes, optional

    Returns
    -------
    Axes
        Bands are the 90 % bootstrap intervals over models.

    Raises
    ------
    DataError
        If there is no row.
    """
    if not len(curve):
        raise DataError("no replay to draw: no model was replayed")
    from matplotlib.ticker import MaxNLocator

    axes = new_figure(7.0, 4.0)[1] if ax is None else ax
    for name, (label, colour, marker, banded) in _DRAWN.items():
        own = curve[curve["strategy"] == name].sort_values("k")
        if own.empty:
            continue
        width = 2.2 if name == "chosen" else 1.4
        axes.plot(own["k"], own["mae"], marker=marker, ms=4, color=colour, lw=width, label=label)
        if banded:
            low, high = own["low"].to_numpy(float), own["high"].to_numpy(float)
            axes.fill_between(own["k"].to_numpy(float), low, high, color=colour, alpha=0.12, lw=0)
    axes.set_xlabel("scores of the new model that are known")
    axes.set_ylabel("mean error on its other scores, points")
    axes.set_xlim(0, float(curve["k"].max()) * 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=9)
    n = int(curve["n_models"].max())
    axes.text(
        *(0.01, 0.02, f"{n} held-out models; bands: 90 %, bootstrap over models"),
        transform=axes.transAxes,
        fontsize=8,
        color=GREY,
    )
    set_title(axes, _title(curve, saved), WIDE)
    tidy(axes)
    return axes


def _title(curve: pd.DataFrame, saved: pd.DataFrame | None) -> str:
    if saved is not None and len(saved):
        told = saved[(saved["strategy"] == "chosen") & (saved["revealed"] <= TOLD)]
        told = told[np.isfinite(told["needed"].to_numpy(float))]
        if len(told):
            last = told.sort_values("k").iloc[-1]
            few, many = int(np.ceil(last["needed"] - 1e-9)), int(last["k"])
            if few < many:
                return f"{_count(few)} chosen {_scores(few)} as good as {many} random ones"
            return f"{many} chosen scores tell no more than {many} random ones"
    chosen = curve[curve["strategy"] == "chosen"].sort_values("k")
    if chosen.empty:
        return "Error of a new model as its scores become known"
    first, last = chosen.iloc[0], chosen.iloc[-1]
    return (
        f"{int(last['k'])} chosen scores take a new model's error from {first['mae']:.1f} to "
        f"{last['mae']:.1f} points"
    )


def _count(n: int) -> str:
    return {0: "No", 1: "One", 2: "Two", 3: "Three", 4: "Four", 5: "Five"}.get(n, str(n))


def _scores(n: int) -> str:
    return "score is" if n == 1 else "scores are"
