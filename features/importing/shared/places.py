"""Where in the sources something was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A file and a place in it.

    Attributes
    ----------
    file : str
        As the person named it, or relative to the folder that was named.
    at : str or int
        A 1-based line (or row) number, or a key path such as ``results.mmlu.acc,none``.

    Examples
    --------
    >>> Place("scores.csv", 12).line, Place("r.json", "results.mmlu").path
    (12, 'results.mmlu')
    """

    file: str
    at: str | int = ""

    @property
    def line(self) -> int | None:
        """The line, if the place is one."""
        return self.at if isinstance(self.at, int) else None

    @property
    def path(self) -> str:
        """The key path, if the place is one."""
        return "" if isinstance(self.at, int) else self.at
