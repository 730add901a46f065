"""The views of the last states that were asked for."""

from __future__ import annotations

from typing import Any

from serving.page.cell_view import Field
from serving.page.wide_cell_view import WideField


class FieldCache:
    """Keeps the fields of the last states that were asked for, the newest first.

    Parameters
    ----------
    keep : int
        How many; the one that requests in flight still use, and the next.
    """

    def __init__(self, *, keep: int = 2) -> None:
        self.keep = keep
        self._fields: tuple[Field, ...] = ()

    def of(self, current: Any) -> Field:
        """Return the field of a state; worked out at the first call for it."""
        for field in self._fields:
            if field.current is current:
                return field
        if current.grid.whole:
            field = Field(current)
        else:
            field = WideField(current)
        self._fields = (field, *self._fields)[: self.keep]
        return field
