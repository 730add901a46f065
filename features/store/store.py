"""The score store: what was ever reported, by whom, in which import."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from features.errors import DataError
from features.store.add import NothingNew, add
from features.store.batches import (
    Batch,
    newest_batch,
    read_batches,
    standing,
    the_batch,
    undo,
)
from features.store.changes import Changes, read_changes
from features.store.corrections import correct_factor, correct_score
from features.store.database import tables
from features.store.database.address import StorePlace, hide_password
from features.store.database.connections import reading, writing
from features.store.factors import read_conflicts, read_factors, read_names
from features.store.idempotency import Answered, Request, find_request, matching, perform
from features.store.prepare import Content
from features.store.realised_errors import Check, read_checks, summarise
from features.store.reports import read_reports
from features.table.score_table import ScoreTable

if TYPE_CHECKING:
    from features.table.item_outcomes import ItemOutcomes


class Store:
    """An append-only store of scores and factors; made by :func:`open_store`.

    Connections are opened for each call and closed after it, so a store needs no closing and
    may be used by many processes at once.

    Attributes
    ----------
    place : StorePlace

    Examples
    --------
    >>> import pandas as pd
    >>> from features.store import open_store
    >>> store = open_store("scores.db", create=True)
    >>> scores = pd.DataFrame({"model": ["a", "b"], "task": "Exam", "score": [61.0, 55.0]})
    >>> _ = store.add(ScoreTable(scores), importer="directory")
    >>> _ = store.correct(model="a", task="Exam", score=63.0, reason="a slip of the pen")
    >>> store.snapshot().cells["score"].tolist(), store.snapshot(at=1).cells["score"].tolist()
    ([63.0, 55.0], [61.0, 55.0])
    """

    def __init__(self, place: StorePlace, engine: sa.Engine) -> None:
        self.place = place
        self._engine = engine
        self._summary: tuple[int, dict[str, Any]] | None = None  # of the checks as of a batch

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

    def submit(
        self,
        imported: Any,
        *,
        importer: str,
        request: Request,
        checks: Sequence[Check] = (),
        as_of: int | None = None,
        command: str = "",
    ) -> Answered:
        """Add what a client sends, once per key; the same again gets the same answer.

        Batch, checks, key and answer are written in one transaction.

        Parameters
        ----------
        imported, importer, command
            As for :meth:`add`.
        request : Request
        checks : sequence of Check
            What had been predicted of its cells; a cell that has a report already is left out.
        as_of : int, optional
            No cell of `checks` has a report as of this batch; saves looking at all of them.

        Returns
        -------
        Answered

        Raises
        ------
        ConflictError
            If the key was used for another content.
        DataError, StoreError
            As for :meth:`add`; nothing is recorded then.
        """
        self._newest()
        content = Content.of(imported)
        with writing(self._engine, self.place) as connection:

            def write() -> Batch:
                return add(connection, content, importer=importer, command=command, files=[])

            return perform(connection, write, request, checks, as_of)

    def undo(self, batch_id: int, *, command: str = "") -> Batch:
        """Take a batch back; what other batches say as well stays.

        Returns
        -------
        Batch
            The batch that says so.

        Raises
        ------
        UnknownNameError
            If there is no such batch.
        ConflictError
            If it is undone already, or is an undo itself.
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

    def batches(self, ids: range | None = None) -> list[Batch]:
        """Return every batch, or those of a range of numbers, the first one first."""
        with reading(self._engine, self.place) as connection:
            return read_batches(connection, ids)

    def batch(self, batch_id: int) -> Batch:
        """Return one batch; raises UnknownNameError if there is none of this number."""
        with reading(self._engine, self.place) as connection:
            return the_batch(connection, batch_id)

    def newest_batch(self) -> int:
        """Return the number of the newest batch, 0 for an empty store; cheap."""
        with reading(self._engine, self.place) as connection:
            return newest_batch(connection)

    def request(self, key: str, digest: str) -> Answered | None:
        """Return what was answered to a request, None if it was not done yet.

        Raises
        ------
        ConflictError
            If the key was used for another content.
        """
        with reading(self._engine, self.place) as connection:
            return matching(find_request(connection, key), key, digest)

    def checks(self, limit: int | None = None, *, batch: int | None = None) -> pd.DataFrame:
        """Return scores beside what had been predicted of their cells, the newest first.

        Parameters
        ----------
        limit : int, optional
        batch : int, optional
            Those of one batch; else of all that are not undone.

        Returns
        -------
        DataFrame
            ``batch, created, model, task, kind, score, prediction, lower, upper, level, error,
            covered, model_version, snapshot``; `error` is prediction minus score in points,
            NaN for a task without both bounds.
        """
        with reading(self._engine, self.place) as connection:
            return read_checks(connection, limit=limit, batch=batch)

    def check_summary(self) -> dict[str, Any]:
        """Return how good the predictions were, of all scores that came in for them since.

        Returns
        -------
        dict
            ``n`` cells, the share ``covered`` by intervals meant to cover ``level``;
            ``median_abs_error`` and ``mean_error`` (prediction minus score) in points, over the
            ``n_points`` cells of tasks with both bounds; None where there is nothing. The same
            ``by_kind``: predicted, prior. Batches that are undone do not count.
        """
        with reading(self._engine, self.place) as connection:
            newest = newest_batch(connection)
            if self._summary is None or self._summary[0] != newest:
                self._summary = newest, summarise(connection)
            return copy.deepcopy(self._summary[1])

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

    def changes(self, since: int, at: int | None = None) -> Changes:
        """Return what batches after `since` were about, as it stands as of a batch.

        `since` 0 is before the first batch; `at` is as for :meth:`snapshot`. Raises DataError if
        there is no such batch.
        """
        with reading(self._engine, self.place) as connection:
            stand = standing(connection, self._at(at))
            meta = {"store": self.place.shown, "batch": stand.head}
            return read_changes(connection, since, stand, name=self.place.name, meta=meta)

    def items(self, at: int | None = None) -> ItemOutcomes | None:
        """Return the item outcomes as of a batch, None if there are none."""
        import io

        from features.table.item_outcomes import ItemOutcomes

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
        with reading(self._engine, self.place) as connection:
            return read_names(connection, standing(connection, self._at(at)))

    def _newest(self) -> None:
        """Refuse to write to what names an old snapshot."""
        if self.place.batch is not None:
            raise DataError(
                f"{self.place.at(self.place.batch)} is the store as it was; leave "
                f"@{self.place.batch} out to add to it"
            )

    def _at(self, at: int | None) -> int | None:
        return self.place.batch if at is None else at
