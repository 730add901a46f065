"""What the formats find, score by score, before names and units are settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from features.importing.options import Options
from features.importing.places import Place
from features.importing.task_keys import TaskKey
from features.ledger import Ledger

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

#: mark in `setting` of a run on a part of the items
PARTIAL = "partial"


class Collector:
    """Takes what a format reads.

    Every score that a source has ends up in exactly one of :meth:`report`, :meth:`set_aside` and
    :meth:`refuse`: that is how the ledger adds up.

    Attributes
    ----------
    ledger : Ledger
    keys : list of TaskKey
        Tasks in the order they were first met.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.ledger = Ledger()
        self.keys: list[TaskKey] = []
        self._key_at: dict[TaskKey, int] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._blocks: list[pd.DataFrame] = []
        self.model_facts: list[tuple[str, str, Any, str]] = []
        self.task_facts: list[tuple[int, str, Any, str]] = []
        self._items: list[tuple[str, int, pd.DataFrame]] = []

    # -- scores --------------------------------------------------------------------------

    def report(
        self,
        place: Place,
        *,
        model: str,
        task: TaskKey,
        score: float,
        se: float | None = None,
        n_items: float | None = None,
        date: str | dt.date | None = None,
        source: str = "",
        setting: str = "",
        reported_by: str = "",
    ) -> None:
        """Take one score.

        Parameters
        ----------
        place : Place
        model : str
            Name as the source has it.
        task : TaskKey
        score, se : float
            In the unit of the task's declared scale. A score that is not a finite number is
            refused here; an `se` that is not, is unknown.
        n_items : float, optional
            Items that the score is of.
        date : str (yyyy-mm-dd) or date, optional
            Of the measurement.
        source, setting, reported_by : str
            ``""`` where the source does not say.
        """
        name = str(model).strip()
        if not name:
            self.refuse(place, model, "the model has no name", "name it in the source")
            return
        if not np.isfinite(score):
            remedy = "correct it, or take it out if it is unknown"
            self.refuse(place, score, f"the score of {name!r} is not a finite number", remedy)
            return
        self.ledger.rows_in += 1
        self._rows.append(
            (
                place.file,
                place.at,
                name,
                self._index(task),
                float(score),
                _positive(se, zero=True),
                _positive(n_items),
                date,
                source,
                setting,
                reported_by,
            )
        )

    def reports(
        self,
        file: str,
        *,
        lines: ArrayLike,
        model: Sequence[str],
        task: ArrayLike,
        keys: Sequence[TaskKey],
        score: ArrayLike,
        **others: Any,
    ) -> None:
        """Take many scores of one file at once, already checked.

        Parameters
        ----------
        file : str
        lines : int array (n,)
            1-based line of each.
        model : sequence of str (n,)
            Names, not empty.
        task : int array (n,)
            Position of each score's task in `keys`.
        keys : sequence of TaskKey
        score : float array (n,)
            Finite.
        **others : arrays (n,) or single values
            ``se, n_items, date, source, setting, reported_by`` as in :meth:`report`.
        """
        import pandas as pd

        at = np.array([self._index(k) for k in keys], dtype=np.int64)
        block = pd.DataFrame(
            {"at": lines, "model": model, "task": at[np.asarray(task)], "score": score}
        )
        block.insert(0, "file", file)
        for column in COLUMNS[5:]:
            block[column] = others.get(column, _EMPTY[column])
        self.ledger.rows_in += len(block)
        self._blocks.append(block)

    def set_aside(self, place: Place, value: object, rule: str) -> None:
        """Take a score that a rule leaves out: an aggregate, bookkeeping, a relative score."""
        self._count("set_aside", place, value, rule, "")

    def refuse(self, place: Place, value: object, reason: str, remedy: str) -> None:
        """Take a score (or a whole file) that cannot be used as it is."""
        self._count("refused", place, value, reason, remedy)

    def note(self, place: Place, value: object, text: str, remedy: str = "") -> None:
        """Tell what was noticed; the data is kept."""
        self.ledger.add("note", place.file, place.line, value, text, remedy, place=place.path)

    def _count(self, outcome: str, place: Place, value: object, reason: str, remedy: str) -> None:
        self.ledger.rows_in += 1
        self.ledger.add(
            outcome, place.file, place.line, value, reason, remedy, place=place.path, score_row=True
        )

    def left_file(self, file: str, reason: str) -> None:
        """Tell that a file of a searched folder is something else; no score is counted."""
        self.ledger.add("set_aside", file, None, "", reason)

    def refuse_file(self, file: str, reason: str, remedy: str) -> None:
        """Tell that a file could not be read at all; no score is counted."""
        self.ledger.add("refused", file, None, "", reason, remedy)

    # -- factors and items ---------------------------------------------------------------

    def model(self, place: Place, name: str, **factors: Any) -> None:
        """Take what a source says of a model: standard factors, unknown ones left out."""
        for factor, value in factors.items():
            if not _is_unknown(value):
                self.model_facts.append((str(name).strip(), factor, value, place.file))

    def task(self, place: Place, key: TaskKey, **factors: Any) -> None:
        """Take what a source says of a task: standard factors, unknown ones left out."""
        for factor, value in factors.items():
            if not _is_unknown(value):
                self.task_facts.append((self._index(key), factor, value, place.file))

    def items(
        self,
        place: Place,
        *,
        model: str,
        task: TaskKey,
        item: Sequence[str],
        outcome: ArrayLike,
        epoch: ArrayLike | None = None,
    ) -> None:
        """Take outcomes of single items, beside the score they add up to.

        Parameters
        ----------
        place : Place
        model : str
        task : TaskKey
        item : sequence of str (n,)
            Ids of the items, stable across runs.
        outcome : float array (n,)
            0-1, or the metric's own unit; NaN is left out.
        epoch : int array (n,), optional
            Which of several tries, 1-based.
        """
        import pandas as pd

        frame = pd.DataFrame({"item": [str(i) for i in item], "outcome": outcome})
        frame["epoch"] = 1 if epoch is None else epoch
        frame = frame[np.isfinite(frame["outcome"].to_numpy(dtype=float))]
        if self.options.items and len(frame):
            self._items.append((str(model).strip(), self._index(task), frame))

    # -- what was taken ------------------------------------------------------------------

    def _index(self, key: TaskKey) -> int:
        at = self._key_at.get(key)
        if at is None:
            at = self._key_at[key] = len(self.keys)
            self.keys.append(key)
        return at

    def rows(self) -> pd.DataFrame:
        """Return the scores taken so far: :data:`COLUMNS`, `task` a position in `keys`."""
        import pandas as pd

        singles = pd.DataFrame(self._rows, columns=list(COLUMNS))
        blocks = [singles, *self._blocks] if len(singles) or not self._blocks else self._blocks
        return blocks[0] if len(blocks) == 1 else pd.concat(blocks, ignore_index=True)

    def item_parts(self) -> list[tuple[str, int, pd.DataFrame]]:
        """Return model, position of the task and frame of each block of item outcomes."""
        return self._items


COLUMNS = (
    "file",
    "at",
    "model",
    "task",
    "score",
    "se",
    "n_items",
    "date",
    "source",
    "setting",
    "reported_by",
)
_EMPTY = {
    "se": np.nan,
    "n_items": np.nan,
    "date": None,
    "source": "",
    "setting": "",
    "reported_by": "",
}


def _positive(value: float | None, *, zero: bool = False) -> float:
    """Return a number above 0 (with `zero`, 0 itself too), else NaN: unknown."""
    if value is None or isinstance(value, str) or not np.isfinite(value):
        return np.nan
    return float(value) if value > 0 or (zero and value == 0) else np.nan


def _is_unknown(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())
