"""What all figures share: colours that colour-blind readers tell apart, sizes, saving."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# Okabe and Ito's palette: distinct under the common forms of colour blindness.
BLUE, ORANGE, GREY, GREEN, SKY, BLACK = (
    "#0072B2",
    "#D55E00",
    "#8A8A8A",
    "#009E73",
    "#56B4E9",
    "#222222",
)
CYCLE = (BLUE, ORANGE, GREEN, "#CC79A7", SKY, "#E69F00", GREY, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def new_figure(width: float, height: float, *, layout: Any = "constrained") -> tuple[Figure, Axes]:
    """Return a figure (inches) and its axes, drawn by Agg, apart from pyplot's state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    return figure, axes


def figure_of(axes: Axes) -> Figure:
    """Return the whole figure that axes belong to."""
    figure: Any = axes.figure
    while hasattr(figure, "subfigures") and figure.figure is not figure:  # a part of another
        figure = figure.figure
    return figure


def tidy(axes: Axes) -> None:
    """Leave out the lines that carry nothing."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)


def ramp(colour: str, name: str) -> Colormap:
    """Return a colour map from a light to a dark tone of one colour.

    It does not start at white: the lowest score still shows which colour it has.
    """
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    r, g, b = to_rgb(colour)
    light = tuple(0.80 + 0.20 * c for c in (r, g, b))
    dark = tuple(0.42 * c for c in (r, g, b))
    return LinearSegmentedColormap.from_list(name, [light, (r, g, b), dark])


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as its suffix says (svg, png); equal figures give equal bytes.

    Parameters
    ----------
    figure : Figure
    path : path
        Ends in ``.svg`` or ``.png``; written beside, then renamed.

    Returns
    -------
    Path
    """
    from matplotlib import rc_context

    path = Path(path)
    kind = path.suffix.lstrip(".")
    beside = path.with_name(f".{path.name}.part")
    # Without these an SVG holds the time and random ids.
    stable = {"metadata": {"Date": None}} if kind == "svg" else {"dpi": 120}
    try:
        with rc_context({"svg.hashsalt": "benchcast", "svg.fonttype": "none"}):
            figure.savefig(beside, format=kind, **stable)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path
