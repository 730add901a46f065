"""What answers were about: kinds of cells, widths of intervals, cells out of support.

An answer leaves a note; the notes are counted many at once, a few times a second, so that a
look-up of one cell does not pay for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serving.engine.current import Current
    from serving.telemetry.metrics import Metrics

#: of a larger answer, at most so many cells stand for the rest
SAMPLED = 16
#: notes that are kept at most; without anybody who counts them none are
KEPT = 2000

_Note = tuple["Current", Mapping[str, int], Sequence[Mapping[str, Any]], int]
_notes: list[_Note] = []
_counting = False


def note(current: Current, document: Mapping[str, Any]) -> None:
    """Leave a note of an answer: its ``kinds`` and some of its ``cells``."""
    if not _counting or len(_notes) >= KEPT:
        return
    cells = document.get("cells") or document.get("ranking")
    kinds = document.get("kinds")
    if cells and kinds:
        every = -(-len(cells) // SAMPLED)
        _notes.append((current, kinds, cells[::every], len(cells)))


def begin() -> None:
    """Keep notes from now on: somebody counts them."""
    global _counting
    _counting = True


def count(metrics: Metrics) -> None:
    """Count the notes that were left since the last time."""
    global _notes
    notes, _notes = _notes, []
    for current, kinds, cells, total in notes:
        data = current.predictor.data_
        widths = []
        unsupported = 0
        for cell in cells:
            if cell["kind"] == "observed":
                continue
            unsupported += cell["kind"] == "prior" or not cell["support"]
            j = data.task_index.get(cell["task"])
            lower, upper = cell["lower"], cell["upper"]
            if j is not None and lower is not None and upper is not None:
                scale = data.scales[j]
                if scale.in_points:
                    widths.append((upper - lower) * scale.points_per_unit())
        metrics.answered(kinds, widths, round(unsupported * total / len(cells)))
