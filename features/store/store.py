"""The score store: what was ever reported, by whom, in which import."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from features.errors import DataError, near_misses
from features.store import tables
from features.store.adding import NothingNew, add
from features.store.batches import Batch, read_batches, standing, undo
from features.store.connections import make_engine, reading, use_write_ahead_log, writing
from features.store.content import NAME_COLUMNS, Content
from features.store.correcting import correct_factor, correct_score
from features.store.facts import read_conflicts, read_factors
from features.store.places import StorePlace, hide_password
from features.store.reports import read_reports
from features.store.versions import NEWEST, check_version, migrate, version_of
from features.table import ScoreTable

if TYPE_CHECKING:
    from features.items import ItemOutcomes


def open_store(where: str | os.PathLike[str], *, create: bool = False) -> Store:
    """Open a score store.

    Parameters
    ----------
    where : str or path
        A file that ends in ``.db``, or a URL (``sqlite:///scores.db``,
        ``postgresql://user@host/database``). ``@N`` behind it is the snapshot that
        :meth:`Store.snapshot` gives when it is asked for none.
    create : bool, default False
        Whether it is made if there is none; the database of a server must exist.

    Returns
    -------
    Store

    Raises
    ------
    DataError
        If there is no store, it is of another version, or the file is no database.
    StoreError
        If the database does not answer, or its driver is not installed.
    """
    place = StorePlace.of(where)
    path = place.path
    if path is not None and not path.is_file():
        if path.exists():
            raise DataError(f"{place.shown} is a directory; a store is a file that ends in .db")
        if not create:
            here = path.parent if path.parent.is_dir() else None
            close = near_misses(path.name, [p.name for p in here.glob("*.db")]) if here else []
            hint = f"; did you mean {', '.join(repr(c) for c in close)}?" if close else ""
            raise DataError(
                f"no score store {place.shown!r}{hint}; `benchcast import FORMAT PATH --into "
                f"{place.shown}` makes one"
            )
        if not path.parent.is_dir():
            raise DataError(f"{place.shown}: there is no directory {str(path.parent)!r}; make it")
    engine = make_engine(place)
    if create:
        _create(engine, place)
    with reading(engine, place) as connection:
        check_version(version_of(connection), place)
    return Store(place, engine)


def _create(engine: sa.Engine, place: StorePlace) -> None:
    with reading(engine, place) as connection:
        if version_of(connection) is not None:
            return
    use_write_ahead_log(engine)
    with writing(engine, place) as connection:
        if version_of(connection) is None:  # another process may have been quicker
            migrate(connection)


def upgrade_store(where: str | os.PathLike[str]) -> tuple[str, str]:
    """Bring a store to this benchcast's version; nothing of its content changes.

    Returns
    -------
    tuple of str
        The version before, and now.

    Raises
    ------
    DataError
        If there is no store, or it is of a version that this benchcast does not know.
    """
    place = StorePlace.of(where)
    if place.path is not None and not place.path.is_file():
        raise DataError(f"no score store {place.shown!r}")
    engine = make_engine(place)
    with writing(engine, place) as connection:
        before = version_of(connection)
        try:
            check_version(before, place)
        except DataError as fault:
            if "benchcast store upgrade" not in str(fault):
                raise
            migrate(connection)
    assert before is not None
    return before, NEWEST


class Store:
    """An append-only store of scores and factors; made by :func:`open_store`.

    Connections are opened for each call and closed after it, so a store needs no closing and
    may be used by many processes at once.

    Attributes
    ----------
    place : StorePlace
    """

    def __init__(self, place: StorePlace, engine: sa.Engine) -> None:
        self.place = place
        self._engine = engine

    def __repr__(self) -> str:
        return f"Store({self.place.shown!r})"

    # -- writing ---------------------------------------------------------------------

    def add(
        self, imported: Any, *, importer: str, command: str = "", files: Sequence[str] = ()
    ) -> Batch:
        """Add an import, all of it or nothing.

        The same content again, in whatever order, adds nothing. Scores of a task that the
        store has on another bounded scale are moved onto it.

        Parameters
        ----------
        imported : ScoreTable, or an object with ``scores, models, tasks``
            And optionally ``names, conflicts, items`` (:class:`features.importing.Imported`).
        importer : str
            What read it; the source of factors that name no other one.
        command : str, optional
            The command line; passwords are hidden.
        files : sequence of str, optional

        Returns
        -------
        Batch
            Its ``id`` is None if everything was there already.

        Raises
        ------
        DataError
            For a faulty score or factor, or a task whose scale does not go with the store's.
        StoreError
            If the database could not do it; it is as it was before then.
        """
        self._newest()
        content = Content.of(imported)
        try:
            with writing(self._engine, self.place) as connection:
                return add(
                    connection, content, importer=importer, command=command, files=list(files)
                )
        except NothingNew as nothing:
            return nothing.batch

    def undo(self, batch_id: int, *, command: str = "") -> Batch:
        """Take a batch back; what other batches say as well stays.

        Returns
        -------
        Batch
            The batch that says so.

        Raises
        ------
        DataError
            If there is no such batch, it is undone already, or is an undo itself.
        """
        self._newest()
        with writing(self._engine, self.place) as connection:
            return undo(connection, batch_id, command=hide_password(command))

    def correct(
        self,
        *,
        model: str,
        task: str,
        score: float,
        reason: str,
        source: str | None = None,
        setting: str | None = None,
        old: float | None = None,
        command: str = "",
    ) -> Batch:
        """Replace the score of one report, in the task's unit; the old one stays on record.

        The correction counts as long as the report it replaces does: it goes when that
        import is undone, and when the same report is imported again it stays corrected.

        Parameters
        ----------
        model, task : str
        score : float
            The right one, in the task's unit.
        reason : str
        source, setting, old : optional
            Which report, where the cell has several; `old` is its score so far.
        command : str, optional

        Raises
        ------
        DataError
            If none or several reports are meant, or the score lies outside the scale.
        """
        self._newest()
        with writing(self._engine, self.place) as connection:
            return correct_score(
                connection,
                model=model,
                task=task,
                score=score,
                reason=reason,
                source=source,
                setting=setting,
                old=old,
                command=command,
            )

    def correct_factor(
        self, *, kind: str, name: str, factor: str, value: str, reason: str, command: str = ""
    ) -> Batch:
        """Say what a factor of a model or task is; it goes before what imports say.

        Raises
        ------
        DataError
            For an unknown model, task or factor, a value of the wrong type, or a part of a
            task's unit.
        """
        self._newest()
        with writing(self._engine, self.place) as connection:
            return correct_factor(
                connection,
                kind=kind,
                name=name,
                factor=factor,
                value=value,
                reason=reason,
                command=command,
            )

    # -- reading ---------------------------------------------------------------------

    def batches(self) -> list[Batch]:
        """Return every batch, the first one first."""
        with reading(self._engine, self.place) as connection:
            return read_batches(connection)

    def snapshot(self, at: int | None = None) -> ScoreTable:
        """Return the scores and factors as of a batch.

        Whatever comes later, the snapshot of a batch stays the same, to its fingerprint.

        Parameters
        ----------
        at : int, optional
            Batch; the one that the store was opened with, else the newest.

        Returns
        -------
        ScoreTable
            ``meta`` names the store (without a password), the batch and its day.

        Raises
        ------
        DataError
            If there is no such batch, or nothing was imported yet.
        """
        with reading(self._engine, self.place) as connection:
            stand = standing(connection, self._at(at))
            if not stand.head:
                raise DataError(f"the store {self.place.shown} is empty; import something first")
            scores = read_reports(connection, stand)
            models = read_factors(connection, stand, "model")
            tasks = read_factors(connection, stand, "task")
            b = tables.batches
            created = connection.execute(
                sa.select(b.c.created).where(b.c.id == stand.head)
            ).scalar_one()
        meta = {"store": self.place.shown, "batch": stand.head, "retrieved": created[:10]}
        return ScoreTable(scores, models, tasks, name=self.place.name, meta=meta)

    def items(self, at: int | None = None) -> ItemOutcomes | None:
        """Return the item outcomes as of a batch, None if there are none."""
        import io

        from features.items import ItemOutcomes

        table = tables.item_outcomes
        with reading(self._engine, self.place) as connection:
            stand = standing(connection, self._at(at))
            asked = sa.select(table.c.parquet).where(stand.stands(table.c.batch))
            blobs = connection.execute(asked.order_by(table.c.batch)).scalars().all()
        return ItemOutcomes.joined(
            [ItemOutcomes(pd.read_parquet(io.BytesIO(blob))) for blob in blobs]
        )

    def conflicts(self, at: int | None = None) -> pd.DataFrame:
        """Return the factors about which sources differ.

        Returns
        -------
        DataFrame
            ``kind, name, factor, value, source, batch, chosen``.
        """
        with reading(self._engine, self.place) as connection:
            return read_conflicts(connection, standing(connection, self._at(at)))

    def names(self, at: int | None = None) -> pd.DataFrame:
        """Return what was mapped to which name, and why.

        Returns
        -------
        DataFrame
            ``kind, given, name, why, batch``.
        """
        n, m = tables.names, tables.batch_names
        with reading(self._engine, self.place) as connection:
            stand = standing(connection, self._at(at))
            asked = (
                sa.select(*(n.c[c] for c in NAME_COLUMNS), sa.func.min(m.c.batch).label("batch"))
                .join(m, m.c.name == n.c.id)
                .where(stand.stands(m.c.batch))
                .group_by(n.c.id, *(n.c[c] for c in NAME_COLUMNS))
            )
            rows = connection.execute(asked).all()
        frame = pd.DataFrame(rows, columns=[*NAME_COLUMNS, "batch"])
        return frame.sort_values(["kind", "given", "name"], ignore_index=True)

    def _newest(self) -> None:
        """Refuse to write to what names an old snapshot."""
        if self.place.batch is not None:
            raise DataError(
                f"{self.place.at(self.place.batch)} is the store as it was; leave "
                f"@{self.place.batch} out to add to it"
            )

    def _at(self, at: int | None) -> int | None:
        return self.place.batch if at is None else at
