"""Item outcomes: what a model got on each item of a task, beside the aggregate score."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

#: name of the file in a dataset directory
ITEMS_FILE = "items.parquet"
ITEM_COLUMNS = ("model", "task", "item", "epoch", "outcome")


class ItemOutcomes:
    """Outcomes of models on single items.

    Parameters
    ----------
    frame : DataFrame
        Columns ``model, task, item`` (text), ``epoch`` (1-based: which of several tries) and
        ``outcome`` (0-1, or the metric's own unit).

    Attributes
    ----------
    frame : DataFrame
        As above, ordered and without repeated rows.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": "our-7b", "task": "GSM8K", "item": ["q1", "q2"], "epoch": 1})
    >>> items = ItemOutcomes(frame.assign(outcome=[1.0, 0.0]))
    >>> float(items.frame["outcome"].mean())
    0.5
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        missing = [c for c in ITEM_COLUMNS if c not in frame.columns]
        if missing:
            raise DataError(
                f"item outcomes need the columns {', '.join(ITEM_COLUMNS)}; missing: "
                f"{', '.join(missing)}"
            )
        frame = frame[list(ITEM_COLUMNS)].drop_duplicates()
        self.frame = frame.sort_values(list(ITEM_COLUMNS), kind="stable").reset_index(drop=True)

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        cells = len(self.frame[["model", "task"]].drop_duplicates())
        return f"ItemOutcomes({len(self.frame)} outcomes of {cells} cells)"

    @classmethod
    def joined(cls, parts: Sequence[ItemOutcomes | None]) -> ItemOutcomes | None:
        """Return the outcomes of all `parts`, or None if there are none."""
        import pandas as pd

        frames = [p.frame for p in parts if p is not None and len(p)]
        return cls(pd.concat(frames, ignore_index=True)) if frames else None

    def write(self, directory: str | os.PathLike[str]) -> Path:
        """Write ``items.parquet`` into a dataset directory, beside its place first."""
        path = Path(directory) / ITEMS_FILE
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            self.frame.to_parquet(beside, index=False)
            os.replace(beside, path)
        except OSError as error:
            raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
        finally:
            beside.unlink(missing_ok=True)
        return path


def read_items(directory: str | os.PathLike[str]) -> ItemOutcomes | None:
    """Return the item outcomes of a dataset directory, or None if it has none.

    Raises
    ------
    DataError
        If the file cannot be read or has not the columns.
    """
    path = Path(directory) / ITEMS_FILE
    if not path.is_file():
        return None
    import pandas as pd
    import pyarrow as pa

    try:
        return ItemOutcomes(pd.read_parquet(path))
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read: {error}; import the items again") from error
