"""What a person may say about a source that it does not say itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue

#: how scores without a declared unit are written
UNITS = ("auto", "percent", "share")


@dataclass(frozen=True)
class Options:
    """How a source is read.

    Attributes
    ----------
    verbatim : bool
        Keep names as they are, without the catalogue.
    unit : {"auto", "percent", "share"}
        Unit of scores whose source declares none; ``auto`` goes by the numbers, and refuses
        what may be either.
    items : bool
        Also read item outcomes, where the source has them.
    source, reported_by, date : str
        Filled in where the source does not say.
    columns : mapping of standard column to str
        Of a long table: the name that a column has there.
    orientation : {"auto", "models", "tasks"}
        Of a wide matrix: what its rows are.
    sheet : str
        Of an Excel file: the sheet; ``""`` is the first.
    catalogue : Path or None
        Directory with more catalogue entries.

    Examples
    --------
    >>> from pathlib import Path
    >>> from features.importing.run import import_paths
    >>> _ = Path("scores.csv").write_text("model,task,points\\nour-7b,Our exam,61\\n")
    >>> options = Options(columns={"score": "points"}, source="our own runs")
    >>> import_paths("long", ["scores.csv"], options).scores[["score", "source"]].values.tolist()
    [[61.0, 'our own runs']]
    """

    verbatim: bool = False
    unit: str = "auto"
    items: bool = True
    source: str = ""
    reported_by: str = ""
    date: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    orientation: str = "auto"
    sheet: str = ""
    catalogue: Path | None = None

    def names(self) -> Catalogue | None:
        """Return the catalogue that names go through, None if they stay verbatim."""
        from features.catalogue.catalogue import load_catalogue

        return None if self.verbatim else load_catalogue(self.catalogue)
