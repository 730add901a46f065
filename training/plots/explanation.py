"""An explanation as a waterfall: from what an average model gets to the prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.plots.labels import cut, set_title
from training.plots.style import BLACK, BLUE, GREY, ORANGE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cpp.explain.explanation import Explanation


def explanation_chart(explanation: Explanation, *, ax: Axes | None = None) -> Axes:
    """Draw the contributions to a prediction, each from where the one before has led.

    Parameters
    ----------
    explanation : Explanation
        Of :func:`cpp.explain.explain`.
    ax : Axes, optional

    Returns
    -------
    Axes
        In the task's own unit; the band is the interval, the numbers are the terms.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> from cpp.explain import explain
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> axes = explanation_chart(explain(predictor, "Llama 2 7B", "GPQA Diamond"))
    >>> axes.get_title(loc="left").splitlines()[0]
    'Llama 2 7B on GPQA Diamond: 15.8'
    """
    axes = new_figure(7.0, 4.0)[1] if ax is None else ax
    terms, interval = explanation.terms, explanation.interval
    running = terms["running"].to_numpy(dtype=float)
    before = np.r_[running[0], running[:-1]]
    y = np.arange(len(terms))
    axes.axvspan(interval.lower, interval.upper, color=GREY, alpha=0.18, linewidth=0)
    ends = np.r_[running, interval.lower, interval.upper]
    low, high = float(ends.min()), float(ends.max())
    room = (high - low) or 1.0
    for i, (start, end) in enumerate(zip(before, running, strict=True)):
        if i:
            colour = BLUE if end >= start else ORANGE
            axes.barh(i, end - start, left=start, height=0.6, color=colour)
            axes.plot([start, start], [i - 1, i], color=GREY, linewidth=0.8)
        axes.plot(end, i, "o", color=BLACK, markersize=5 if i in (0, len(y) - 1) else 0)
        points = terms["points"].iloc[i]
        text = f"{points:.4g}" if i == 0 else "0" if points == 0 else f"{points:+.3g}"
        left = end < start
        axes.annotate(
            text, (end, i), (-7 if left else 7, 0), textcoords="offset points",
            ha="right" if left else "left", va="center", fontsize=9,
        )  # fmt: skip
    axes.set_yticks(y, terms["name"])
    axes.set_ylim(len(y) - 0.4, -0.6)
    axes.set_xlim(low - 0.13 * room, high + 0.13 * room)
    better = "" if explanation.higher_is_better else ", lower is better"
    band = f"{100 * explanation.level:g} % interval"
    if explanation.kind == "observed":
        band += " without the score"
    axes.set_xlabel(
        f"score, the task's own unit{better} (grey: {band}; labels: {_unit(explanation)})"
    )
    set_title(axes, _title(explanation))
    tidy(axes)
    return axes


def _unit(explanation: Explanation) -> str:
    return "points" if explanation.unit == "points" else "own unit"


def _title(explanation: Explanation) -> str:
    """Return what the drawing shows, in words: the score, and what moves it most."""
    model, task = cut(explanation.model), cut(explanation.task)
    title = f"{model} on {task}: {explanation.prediction:.4g}"
    moved = explanation.terms.iloc[1:]
    if not len(moved) or not moved["points"].abs().max():
        return f"{title}\nwhat an average model gets, nothing moves it"
    most = moved.loc[moved["points"].abs().idxmax()]
    unit = " points" if explanation.unit == "points" else ""
    return f"{title}\nmost comes from: {most['name']}, {most['points']:+.3g}{unit}"
