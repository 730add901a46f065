"""A matplotlib figure as SVG that can stand in a page beside others."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_REFERENCE = re.compile(r'href="#([^"]+)"|url\(#([^)]+)\)')
_PLACES = re.compile(r'(?<= )(?:d|x|y|x1|y1|x2|y2|width|height|points|transform)="[^"]*"')
_LONG = re.compile(r"(-?\d+\.\d{2})\d+")


def inline_svg(axes: Axes, key: str) -> tuple[str, str]:
    """Return what a chart says, and its picture without that sentence.

    Parameters
    ----------
    axes : Axes
        Its title (or the whole figure's) says the finding; it is taken off.
    key : str
        Unique in the page: ids within the picture begin with it.

    Returns
    -------
    (str, str)
        The finding in plain text; an ``<svg>`` element with real text, a title, and nothing that
        reaches beyond it (styles, metadata, ids of others).
    """
    from matplotlib import rc_context

    from training.plots.style import figure_of

    figure = figure_of(axes)
    finding = _taken_off(axes)
    out = io.StringIO()
    # without these an SVG holds the time and random ids
    with rc_context({"svg.hashsalt": "benchcast", "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", metadata={"Date": None}, facecolor="none")
    return finding, clean(out.getvalue(), key, finding)


def _taken_off(axes: Axes) -> str:
    from training.plots.style import figure_of

    figure = figure_of(axes)
    title = figure.get_suptitle()
    if title:
        figure.suptitle("")
    else:
        places: tuple[Literal["left", "center", "right"], ...] = ("left", "center", "right")
        title = next((t for place in places if (t := axes.get_title(loc=place))), "")
        for place in places:
            axes.set_title("", loc=place)
    return " ".join(title.replace(r"\$", "$").split())


def clean(svg: str, key: str, title: str) -> str:
    """Return an SVG document as an element of a page.

    Examples
    --------
    >>> clean('<?xml version="1.0"?><svg width="72pt" viewBox="0 0 72 36"/>', "a", "b")
    '<svg class="chart" viewBox="0 0 72 36" style="max-width: 96px" role="img" \
aria-labelledby="a-title"><title id="a-title">b</title></svg>'
    """
    svg = svg[svg.index("<svg") :].rstrip()
    for useless in (r"<!--.*?-->", r"<metadata>.*?</metadata>", r"<style[^>]*>.*?</style>"):
        svg = re.sub(useless, "", svg, flags=re.S)
    svg = svg.replace("xlink:href=", "href=")
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg)
    used = {a or b for a, b in _REFERENCE.findall(svg)}

    def of_mine(found: re.Match[str]) -> str:
        return f' id="{key}-{found[1]}"' if found[1] in used else ""

    svg = re.sub(r' id="([^"]*)"', of_mine, svg)
    svg = re.sub(r'href="#', f'href="#{key}-', svg)
    svg = re.sub(r"url\(#", f"url(#{key}-", svg)
    svg = _PLACES.sub(lambda found: _LONG.sub(r"\1", found[0]), svg)
    svg = re.sub(r"\s*\n\s*", "\n", svg)
    head, body = re.match(r"<svg([^>]*?)(/?)>", svg), svg
    if head is None:
        raise ValueError("no <svg> element in what matplotlib wrote")
    size = re.search(r'viewBox="([^"]*)"', head[1])
    box = size[1] if size else "0 0 1 1"
    width = round(float(box.split()[2]) * 4 / 3)
    start = (
        f'<svg class="chart" viewBox="{box}" style="max-width: {width}px" role="img" '
        f'aria-labelledby="{key}-title"><title id="{key}-title">{html.escape(title)}</title>'
    )
    return start + (body[head.end() :] if not head[2] else "</svg>")
