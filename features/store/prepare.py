"""What an import says, typed and ready for the store: reports, factor statements, names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DataError
from features.formats.scalars import column_kind, date, flag, number
from features.store.digests import check_texts, float_part, int_part, row_digests, text_part
from features.table.schema import FACTORS
from features.table.score_table import ScoreTable

STATEMENT_COLUMNS = ["kind", "subject", "factor", "type", "number", "text", "source", "rank"]
NAME_COLUMNS = ["kind", "given", "name", "why"]
CONFLICT_COLUMNS = ["kind", "name", "factor", "value", "source", "chosen"]


@dataclass
class Content:
    """What an import says.

    Attributes
    ----------
    table : ScoreTable
        Reports, models and tasks; its scales are those of the scores as they stand here.
    names : DataFrame
        ``kind, given, name, why``.
    conflicts : DataFrame
        ``kind, name, factor, value, source, chosen``: what sources of this import differ about.
    items : DataFrame or None
        Item outcomes.

    Examples
    --------
    >>> import features
    >>> content = Content.of(features.load_leaderboard())
    >>> reports, digests = content.reports()
    >>> len(reports) == len(set(digests))
    True
    """

    table: ScoreTable
    names: pd.DataFrame
    conflicts: pd.DataFrame
    items: pd.DataFrame | None

    @classmethod
    def of(cls, imported: Any) -> Content:
        """Check and type what an importer (or a ScoreTable) has.

        Raises
        ------
        DataError
            If a score, a factor or an id is faulty, or a text cannot stand in a database.
        """
        table = imported
        if not isinstance(imported, ScoreTable):
            table = ScoreTable(imported.scores, imported.models, imported.tasks)
        items = getattr(imported, "items", None)
        content = cls(
            table,
            _frame(getattr(imported, "names", None), NAME_COLUMNS),
            _frame(getattr(imported, "conflicts", None), CONFLICT_COLUMNS),
            getattr(items, "frame", items) if items is not None and len(items) else None,
        )
        content._check()
        return content

    def _check(self) -> None:
        scores = self.table.scores
        for column in ("model", "task", "source", "setting"):
            check_texts(scores[column].unique(), f"scores, column {column}")
        for kind, frame in self.factor_frames():
            check_texts([*frame.index, *map(str, frame.columns)], f"{kind}s")
            for name in frame.columns:
                if column_kind(frame[name]) == "text":
                    check_texts(frame[name].dropna(), f"{kind}s, column {name}")
        for what, said in (("names", self.names), ("conflicts", self.conflicts)):
            for column in said.columns:
                check_texts(map(str, said[column]), f"{what}, column {column}")

    def factor_frames(self) -> tuple[tuple[str, pd.DataFrame], tuple[str, pd.DataFrame]]:
        """Return the factors of models and of tasks."""
        return ("model", self.table.models), ("task", self.table.tasks)

    def reports(self) -> tuple[pd.DataFrame, list[bytes]]:
        """Return the different reports and their digests.

        Returns
        -------
        frame : DataFrame
            The standard columns of scores; `date` is text, yyyy-mm-dd or None.
        digests : list of bytes
        """
        scores = self.table.scores
        days = scores["date"].to_numpy().astype("datetime64[D]")
        parts = [text_part(scores[c]) for c in ("model", "task", "source", "setting")]
        parts += [float_part(scores[c]) for c in ("score", "se", "n_items")]
        parts += [int_part(days.astype(np.int64)), text_part(scores["reported_by"])]
        digests = row_digests(parts)
        text = np.datetime_as_string(days, unit="D").astype(object)
        text[np.isnat(days)] = None
        frame = scores.assign(date=pd.Series(text, index=scores.index, dtype=object))
        if len(set(digests)) == len(digests):
            return frame, digests
        first = ~pd.Index(digests).duplicated()
        return frame[first], [d for d, keep in zip(digests, first, strict=True) if keep]

    def statements(self, importer: str) -> tuple[pd.DataFrame, list[bytes]]:
        """Return what is said of factors, and the digests.

        Parameters
        ----------
        importer : str
            The source of what names no other one.

        Returns
        -------
        frame : DataFrame
            ``kind, subject, factor, type, number, text, source, rank``; rank 1 is the
            import's own choice, 0 what it keeps beside it.
        digests : list of bytes
        """
        rows = pd.concat([*self._chosen(importer), self._beside()], ignore_index=True)
        frame = rows.sort_values("rank", ascending=False, kind="stable").reset_index(drop=True)
        return _unique(frame, statement_digests(frame))

    def _chosen(self, importer: str) -> list[pd.DataFrame]:
        told = self.conflicts[self.conflicts["chosen"].astype(bool)]
        keys = zip(told["kind"], told["name"], told["factor"], strict=True)
        source = dict(zip(keys, told["source"].astype(str), strict=True))
        frames = [pd.DataFrame(columns=STATEMENT_COLUMNS)]
        for kind, frame in self.factor_frames():
            for factor in frame.columns:
                column = frame[factor].dropna()
                if column.empty:
                    continue
                type_ = column_kind(column)
                said = _valued(column, type_)
                said["kind"], said["factor"], said["type"], said["rank"] = kind, factor, type_, 1
                said["subject"] = column.index.to_numpy()
                said["source"] = [source.get((kind, n, factor), importer) for n in column.index]
                frames.append(said[STATEMENT_COLUMNS])
        return frames

    def _beside(self) -> pd.DataFrame:
        """What the import did not choose; a value that has not the factor's type is text."""
        rows = []
        told = self.conflicts[~self.conflicts["chosen"].astype(bool)]
        frames = dict(self.factor_frames())
        for said in told.itertuples():
            standard = FACTORS[said.kind].get(said.factor)
            columns = frames[said.kind]
            type_ = standard[0] if standard else "text"
            if standard is None and said.factor in columns:
                type_ = column_kind(columns[said.factor])
            type_, value, text = typed_value(said.value, type_)
            source = str(said.source)
            rows.append((said.kind, said.name, said.factor, type_, value, text, source, 0))
        return pd.DataFrame(rows, columns=STATEMENT_COLUMNS)

    def name_digests(self) -> tuple[pd.DataFrame, list[bytes]]:
        """Return the names and their digests."""
        return _unique(self.names, row_digests([text_part(self.names[c]) for c in NAME_COLUMNS]))


def statement_digests(frame: pd.DataFrame) -> list[bytes]:
    """Return the digests of factor statements; whose choice they are does not count."""
    columns = ("kind", "subject", "factor", "type", "text", "source")
    parts = [text_part(frame[c]) for c in columns]
    return row_digests([*parts, float_part(frame["number"])])


def typed_value(value: Any, type_: str) -> tuple[str, float, str | None]:
    """Return type, number and text of a value; text where it has not the type asked for."""
    if isinstance(value, dt.datetime | pd.Timestamp):
        value = value.date()
    text = str(value).strip()
    try:
        if type_ == "number":
            return type_, number(text), None
        if type_ == "flag":
            return type_, float(flag(text)), None
        if type_ == "date":
            return type_, np.nan, date(text).isoformat()
    except ValueError:
        return "text", np.nan, text
    return "text", np.nan, str(value)


def _valued(column: pd.Series, type_: str) -> pd.DataFrame:
    """Return the columns number and text of a factor's known values."""
    if type_ in ("number", "flag"):
        return pd.DataFrame({"number": column.to_numpy(dtype=float), "text": None})
    if type_ == "date":
        days = np.datetime_as_string(column.to_numpy().astype("datetime64[D]"), unit="D")
        return pd.DataFrame({"number": np.nan, "text": days.astype(object)})
    return pd.DataFrame({"number": np.nan, "text": column.astype(object).to_numpy()})


def _frame(given: Any, columns: list[str]) -> pd.DataFrame:
    if given is None or not len(given):
        return pd.DataFrame(columns=columns, dtype=object)
    missing = [c for c in columns if c not in given.columns]
    if missing:
        raise DataError(f"the import has no column {missing[0]!r} beside {', '.join(columns)}")
    return given[columns].reset_index(drop=True)


def _unique(frame: pd.DataFrame, digests: list[bytes]) -> tuple[pd.DataFrame, list[bytes]]:
    first = ~pd.Index(digests, dtype=object).duplicated()
    return frame[first].reset_index(drop=True), [
        d for d, keep in zip(digests, first, strict=True) if keep
    ]


def declared(row: Any) -> bool:
    """Whether anything is said of a task's unit: a bound, or the direction."""
    return any(
        row.get(c) is not None and not pd.isna(row.get(c))
        for c in ("scale_min", "scale_max", "higher_is_better")
    )
