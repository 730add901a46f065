"""Labels that stay readable: long names are cut, and where they would overlap, left out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from training.plots.style import figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: characters of a line of a title above a wide figure, and above one beside long names
WIDE, NARROW = 74, 54
#: points that a name may cover
MAY_COVER = 1


def cut(name: str, longest: int = 34) -> str:
    """Return a name cut to a length, safe for matplotlib.

    Examples
    --------
    >>> cut("a" * 40, 10)
    'aaaaaaaaa…'
    """
    short = name if len(name) <= longest else name[: longest - 1].rstrip() + "…"
    return short.replace("$", r"\$")


def set_title(
    axes: Axes, title: str, width: int | None = None, *, pad: float | None = None
) -> None:
    """Set a figure's title: the sentence that says what it shows, safe for matplotlib.

    On as many lines of `width` characters as it takes; None: as it is broken already.
    """
    safe = re.sub(r"(?<!\\)\$", r"\\$", title)
    if width is not None:
        safe = textwrap.fill(safe, width)
    axes.set_title(safe, loc="left", fontweight="bold", fontsize=11, pad=pad)


def name_points(
    axes: Axes,
    x: Sequence[float],
    y: Sequence[float],
    names: Sequence[str],
    *,
    most: int,
    colour: str,
    taken: list[tuple[float, float, float, float]] | None = None,
    around: tuple[Sequence[float], Sequence[float]] | None = None,
) -> list[tuple[float, float, float, float]]:
    """Write names beside points, the first first, and leave out those that would overlap.

    Parameters
    ----------
    axes : Axes
        Its limits must be final.
    x, y : sequence of float
        Points, in data units.
    names : sequence of str
    most : int
        Names at the most.
    colour : str
    taken : list of (left, bottom, right, top), optional
        Boxes in shares of the axes that are taken already.
    around : tuple of sequences (x, y), optional
        Points that a name had better not cover.

    Returns
    -------
    list of boxes
        Those of before, and the new ones.
    """
    boxes = list(taken or [])
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    inches = axes.get_window_extent().transformed(figure_of(axes).dpi_scale_trans.inverted())
    width, height = max(inches.width, 1.0), max(inches.height, 1.0)
    dots = np.empty((0, 2))
    if around is not None:
        dots = np.column_stack([np.asarray(v, dtype=float) for v in around])
        dots = (dots - (left, low)) / (right - left, high - low)
    written = 0
    for px, py, name in zip(x, y, names, strict=True):
        if written >= most:
            break
        text = cut(name, 28)
        at = ((px - left) / (right - left), (py - low) / (high - low))
        long, tall = 0.061 * len(text) / width, 0.15 / height
        best: tuple[int, tuple[float, float, float, float]] | None = None
        for side, up in ((1, 0.0), (-1, 0.0), (1, 0.6), (1, -0.6), (-1, 0.6), (-1, -0.6)):
            start = at[0] + 0.012 if side == 1 else at[0] - 0.012 - long
            middle = at[1] + up * tall
            box = (start, middle - tall / 2, start + long, middle + tall / 2)
            inside = box[0] >= 0 and box[2] <= 1 and box[1] >= 0 and box[3] <= 1
            if not inside or any(_overlap(box, other) for other in boxes):
                continue
            covered = int(
                ((dots > box[:2]) & (dots < box[2:])).all(axis=1).sum() if len(dots) else 0
            )
            if best is None or covered < best[0]:
                best = covered, box
        # a name that would hide several points says less than they do
        if best is None or best[0] > MAY_COVER:
            continue
        box = best[1]
        axes.annotate(
            text, (px, py), xytext=(box[0], (box[1] + box[3]) / 2), textcoords="axes fraction",
            fontsize=7.5, color=colour, va="center", ha="left",
        )  # fmt: skip
        boxes.append(box)
        written += 1
    return boxes


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return bool(
        np.minimum(a[2], b[2]) > np.maximum(a[0], b[0])
        and np.minimum(a[3], b[3]) > np.maximum(a[1], b[1])
    )
