"""What the formats find, score by score, before names and units are settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from features.importing.shared.clean_names import (
    CLEANED,
    no_name,
    plain,
    plain_key,
    shown,
    without_controls,
)
from features.importing.shared.options import Options
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey
from features.ledger import Ledger

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

T = TypeVar("T")
#: mark in `setting` of a run on a part of the items
PARTIAL = "partial"
#: findings of one kind that are named one by one; the rest is counted
MAX_NAMED = 200


class Collector:
    """Takes what a format reads.

    Every score that a source has ends up in exactly one of :meth:`report`, :meth:`set_aside` and
    :meth:`refuse`: that is how the ledger adds up.

    Attributes
    ----------
    ledger : Ledger
    keys : list of TaskKey
        Tasks in the order they were first met.

    Examples
    --------
    >>> into = Collector()
    >>> gsm8k = TaskKey("gsm8k", "exact_match", shots=5)
    >>> into.report(Place("r.json", "results.gsm8k"), model="our-7b", task=gsm8k, score=0.61)
    >>> into.set_aside(Place("r.json", "results.average"), 0.58, "a mean of tasks")
    >>> into.ledger.counts()
    {'rows_in': 2, 'kept': 0, 'merged': 0, 'set_aside': 1, 'refused': 0}
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.ledger = Ledger()
        self.keys: list[TaskKey] = []
        self._key_at: dict[TaskKey, int | None] = {}
        self._names: dict[str, str | None] = {}
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
            In the unit of the task's declared scale. A score that is not a finite number, or of
            a name with control characters, is refused here; an `se` that is not, is unknown.
        n_items : float, optional
            Items that the score is of.
        date : str (yyyy-mm-dd) or date, optional
            Of the measurement.
        source, setting, reported_by : str
            ``""`` where the source does not say.
        """
        name = self._name(model, place)
        if not name:
            self.refuse(place, model, *no_name(str(model)))
            return
        if not np.isfinite(score):
            remedy = "correct it, or take it out if it is unknown"
            self.refuse(place, score, f"the score of {name!r} is not a finite number", remedy)
            return
        index = self._index(task, place)
        if index is None:
            told = task.plain_name()
            self.refuse(place, told, *no_name(told, "task"))
            return
        self.ledger.rows_in += 1
        self._rows.append(
            (
                place.file,
                place.at,
                name,
                index,
                float(score),
                _positive(se, zero=True),
                _positive(n_items),
                date,
                without_controls(source),
                without_controls(setting),
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
            Names.
        task : int array (n,)
            Position of each score's task in `keys`.
        keys : sequence of TaskKey
        score : float array (n,)
            Finite.
        **others : arrays (n,) or single values
            ``se, n_items, date, source, setting, reported_by`` as in :meth:`report`.
        """
        import pandas as pd

        place = Place(file)
        names = {given: self._name(given, place) for given in dict.fromkeys(model)}
        at = [self._index(k, place) for k in keys]
        code = np.array([-1 if i is None else i for i in at], dtype=np.int64)[np.asarray(task)]
        block = pd.DataFrame({"at": lines, "model": model, "task": code, "score": score})
        block.insert(0, "file", file)
        for column in COLUMNS[5:]:
            block[column] = others.get(column, _EMPTY[column])
        for column in ("source", "setting"):
            odd = {t: tidy for t in block[column].unique() if (tidy := without_controls(t)) != t}
            block[column] = block[column].replace(odd) if odd else block[column]
        if any(given != name for given, name in names.items()) or None in at:
            told = [keys[i].plain_name() for i in np.asarray(task)]
            block = self._with_plain_names(block, names, told)
        self.ledger.rows_in += len(block)
        self._blocks.append(block)

    def _with_plain_names(
        self, block: pd.DataFrame, names: dict[str, str | None], tasks: list[str]
    ) -> pd.DataFrame:
        """Return a block with cleaned names, and refuse the rows whose names cannot be cleaned."""
        given, file = block["model"].tolist(), block["file"].iloc[0]
        unnamed = np.array([not names[m] for m in given])
        faults: dict[tuple[str, str], list[int]] = {}
        for n in np.flatnonzero(unnamed | (block["task"] < 0).to_numpy()).tolist():
            why = no_name(given[n]) if unnamed[n] else no_name(tasks[n], "task")
            faults.setdefault(why, []).append(n)
        for why, at in faults.items():
            lines = block["at"].iloc[at].tolist()
            count_many(self, "refused", file, lines, [given[n] for n in at], *why)
        good = ~unnamed & (block["task"] >= 0).to_numpy()
        return block.assign(model=[names[m] for m in given])[good]

    def set_aside(self, place: Place, value: object, rule: str) -> None:
        """Take a score that a rule leaves out: an aggregate, bookkeeping, a relative score."""
        self._count("set_aside", place, value, rule, "")

    def refuse(self, place: Place, value: object, reason: str, remedy: str) -> None:
        """Take a score (or a whole file) that cannot be used as it is."""
        self._count("refused", place, value, reason, remedy)

    def note(self, place: Place, value: object, text: str, remedy: str = "") -> None:
        """Tell what was noticed; the data is kept."""
        self.ledger.add(
            "note", place.file, place.line, value, shown(text), remedy, place=place.path
        )

    def _count(self, outcome: str, place: Place, value: object, reason: str, remedy: str) -> None:
        self.ledger.rows_in += 1
        self.ledger.add(
            outcome,
            place.file,
            place.line,
            value,
            shown(reason),
            remedy,
            place=place.path,
            score_row=True,
        )

    def left_file(self, file: str, reason: str) -> None:
        """Tell that a file of a searched folder is something else; no score is counted."""
        self.ledger.add("set_aside", file, None, "", shown(reason))

    def refuse_file(self, file: str, reason: str, remedy: str) -> None:
        """Tell that a file could not be read at all; no score is counted."""
        self.ledger.add("refused", file, None, "", shown(reason), remedy)

    # -- factors and items ---------------------------------------------------------------

    def model(self, place: Place, name: str, **factors: Any) -> None:
        """Take what a source says of a model: standard factors, unknown ones left out."""
        known = self._name(name, place)
        for factor, value in factors.items():
            if known and not _is_unknown(value):
                self.model_facts.append((known, factor, _fact(value), place.file))

    def task(self, place: Place, key: TaskKey, **factors: Any) -> None:
        """Take what a source says of a task: standard factors, unknown ones left out."""
        index = self._index(key, place)
        for factor, value in factors.items():
            if index is not None and not _is_unknown(value):
                self.task_facts.append((index, factor, _fact(value), place.file))

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
        name, index = self._name(model, place), self._index(task, place)
        if self.options.items and len(frame) and name and index is not None:
            self._items.append((name, index, frame))

    # -- what was taken ------------------------------------------------------------------

    def _index(self, given: TaskKey, place: Place) -> int | None:
        """Return the position of a task in `keys`; None if its name cannot be used."""
        if given not in self._key_at:
            key = plain_key(given)
            if key is not None and key not in self._key_at:
                self._key_at[key] = len(self.keys)
                self.keys.append(key)
            self._key_at[given] = None if key is None else self._key_at[key]
            if key is not None and key != given:
                self.note(place, given.plain_name(), CLEANED)
        return self._key_at[given]

    def _name(self, given: str, place: Place) -> str | None:
        """Return a model's name as it is used; ``""`` or None if it cannot be."""
        given = str(given)
        if given not in self._names:
            name = self._names[given] = plain(given)
            if name is not None and name != given.strip():
                self.note(place, given, CLEANED)
        return self._names[given]

    def rows(self) -> pd.DataFrame:
        """Return the scores taken so far: :data:`COLUMNS`, `task` a position in `keys`."""
        import pandas as pd

        singles = pd.DataFrame(self._rows, columns=list(COLUMNS))
        blocks = [singles, *self._blocks] if len(singles) or not self._blocks else self._blocks
        return blocks[0] if len(blocks) == 1 else pd.concat(blocks, ignore_index=True)

    def item_parts(self) -> list[tuple[str, int, pd.DataFrame]]:
        """Return model, position of the task and frame of each block of item outcomes."""
        return self._items


_EMPTY = {"se": np.nan, "n_items": np.nan, "date": None} | dict.fromkeys(
    ("source", "setting", "reported_by"), ""
)
COLUMNS = ("file", "at", "model", "task", "score", *_EMPTY)


def _positive(value: float | None, *, zero: bool = False) -> float:
    """Return a number above 0 (with `zero`, 0 itself too), else NaN: unknown."""
    if value is None or isinstance(value, str) or not np.isfinite(value):
        return np.nan
    return float(value) if value > 0 or (zero and value == 0) else np.nan


def _fact(value: Any) -> Any:
    return without_controls(value) if isinstance(value, str) else value


def _is_unknown(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def count_many(
    into: Collector,
    outcome: str,
    file: str,
    lines: Sequence[int],
    values: Sequence[object],
    reason: str,
    remedy: str = "",
) -> None:
    """Set aside or refuse many scores for one reason; the first :data:`MAX_NAMED` are named."""
    for (line, value), n, more in first_named(list(zip(lines, values, strict=True))):
        into.ledger.rows_in += n
        into.ledger.add(outcome, file, line, value, shown(reason) + more, remedy, rows=n)


def first_named(found: Sequence[T]) -> Iterator[tuple[T, int, str]]:
    """Yield the first :data:`MAX_NAMED` of `found`, each with how many it stands for.

    That is 1, and for the last of them the rest too, with words that say so.
    """
    for n, one in enumerate(found[:MAX_NAMED], 1):
        rest = len(found) - MAX_NAMED if n == MAX_NAMED else 0
        yield one, 1 + rest, f" (and {rest} more)" if rest else ""
