"""One cell as a drawing: its interval on the task's axis, beside the field."""

from __future__ import annotations

import math

from markupsafe import Markup

from serving.page.cell_view import OBSERVED, Field

#: height in pixels; the width is that of its column, so places are in per cent
HEIGHT = 20.0


def bar(
    field: Field,
    task: int,
    *,
    value: float,
    lower: float,
    upper: float,
    kind: int,
    beside_field: bool = True,
) -> Markup:
    """Return an SVG of a score: a filled point if measured, else a hollow one on its interval.

    It is decoration: the numbers stand beside it as text.

    Parameters
    ----------
    field : Field
    task : int
        Position of the task, whose axis it is drawn on.
    value, lower, upper : float
        In the task's own unit; the bounds may be NaN.
    kind : int
        Position in :data:`serving.page.cell_view.KINDS`.
    beside_field : bool
        Whether to draw the middle 90 % of the field and its median.
    """
    low, high = field.axis(task)

    def x(score: float) -> str:
        return f"{100 * min(1.0, max(0.0, (score - low) / (high - low))):.4g}%"

    parts = [_line("track", "0%", "100%")]
    if beside_field and math.isfinite(field.middle[task]):
        ends, centre = field.band, x(float(field.middle[task]))
        parts.append(_line("band", x(float(ends[0][task])), x(float(ends[1][task]))))
        parts.append(f'<line class="middle" x1="{centre}" x2="{centre}" y1="4" y2="16"/>')
    if math.isfinite(lower) and math.isfinite(upper):
        parts.append(_line("span", x(lower), x(upper)))
    if math.isfinite(value):
        name, radius = ("dot seen", 5) if kind == OBSERVED else ("dot", 4)
        parts.append(f'<circle class="{name}" cx="{x(value)}" cy="{HEIGHT / 2:g}" r="{radius}"/>')
    return Markup(f'<svg class="bar" height="{HEIGHT:g}" aria-hidden="true">{"".join(parts)}</svg>')


def _line(name: str, start: str, end: str) -> str:
    y = f"{HEIGHT / 2:g}"
    return f'<line class="{name}" x1="{start}" x2="{end}" y1="{y}" y2="{y}"/>'


def chance(p: float) -> Markup:
    """Return a probability (0-1) as a bar from the middle: left for the first, right for the other.

    It is decoration: the number stands beside it as text.
    """
    if not math.isfinite(p):
        return Markup("")
    start, length = (100 * (1 - p), 100 * (p - 0.5)) if p >= 0.5 else (50.0, 100 * (0.5 - p))
    return Markup(
        f'<svg class="bar chance" height="{HEIGHT:g}" aria-hidden="true">'
        f"{_line('track', '0%', '100%')}"
        f'<rect x="{start:.4g}%" width="{length:.4g}%" y="5" height="10"/>'
        '<line class="middle" x1="50%" x2="50%" y1="2" y2="18"/></svg>'
    )


def remaining(after: float, before: float) -> Markup:
    """Return the share of an error (0-1) that is left, and before that, as a bar.

    It is decoration: the numbers stand beside it as text.
    """
    if not (math.isfinite(after) and math.isfinite(before)):
        return Markup("")
    rects = "".join(
        f'<rect class="{name}" width="{100 * min(1.0, max(0.0, share)):.4g}%" y="6" height="8"/>'
        for name, share in (("all", 1.0), ("gone", before), ("rest", after))
    )
    return Markup(f'<svg class="bar left" height="{HEIGHT:g}" aria-hidden="true">{rects}</svg>')
