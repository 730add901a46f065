"""Scores submitted: checked, compared with what was predicted, stored; all of them or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from features.errors import ConflictError
from features.store.idempotency import Answered, Done, Request
from serving.answers import known_names
from serving.api.http.responses import to_bytes
from serving.engine.snapshot import Snapshot
from serving.problems.problem import Problem
from serving.submissions.realised_errors import Measured, measured
from serving.submissions.validate import checked

if TYPE_CHECKING:
    from features.store.store import Store
    from serving.api.schemas.submissions import ScoresIn
    from serving.engine.current import Current
    from serving.engine.live import Live

#: what batches of submitted scores name as their importer
IMPORTER = "api"
#: the header in which a client sends its key
KEY_HEADER = "Idempotency-Key"
#: a score below 1 of a cell that is answered with more than so many is perhaps a share
NO_SHARE = 5.0


def submit(
    live: Live, store: Store, asked: ScoresIn, *, key: str | None = None, request_id: str = ""
) -> Answered:
    """Store a submission and return its answer; it is on disk then.

    Parameters
    ----------
    live : Live
        Is told that the store has changed.
    store : Store
    asked : ScoresIn
    key : str or None
        The client's: the same key and content again does nothing, and gets the same answer.
    request_id : str
        Kept with the batch, so that the log says whose it was.

    Returns
    -------
    Answered
        Its ``answer`` is a JSON document
        (:class:`serving.api.schemas.submission_responses.ScoresOut`).

    Raises
    ------
    Problem
        ``invalid-data`` with the place of every fault, ``conflict`` for a key that was used
        for another content. Nothing is stored then.
    DataError
        If a scale does not go with what the store has meanwhile.
    StoreError
        If the database does not answer or is in use for too long; nothing is stored then.
    """
    digest = asked.digest()
    try:
        before = None if key is None else store.request(key, digest)
        return before or _stored(live, store, asked, digest, key, request_id)
    except ConflictError as error:
        raise conflict(error) from None


def _stored(
    live: Live, store: Store, asked: ScoresIn, digest: str, key: str | None, request_id: str
) -> Answered:
    current = live.current
    table = checked(current, asked, today=dt.datetime.now(dt.UTC).date())
    cells = measured(current, table)

    def answer(done: Done) -> str:
        return to_bytes(_answer(current, asked, cells, done)).decode()

    try:
        return store.submit(
            table,
            importer=IMPORTER,
            request=Request(digest, answer, key),
            checks=[cell.check for cell in cells if cell.check is not None],
            as_of=current.snapshot.batch,
            command="POST /v1/scores" + (f" (request {request_id})" if request_id else ""),
        )
    finally:
        live.store_changed()  # also after an error: it may be that of a commit that was done


def conflict(error: ConflictError) -> Problem:
    """Return the problem of a key that was used for something else."""
    fault = {"parameter": KEY_HEADER, "message": "was used for another content"}
    return Problem("conflict", str(error), errors=[fault])


def _answer(
    current: Current, asked: ScoresIn, cells: Sequence[Measured], done: Done
) -> dict[str, Any]:
    batch, kept = done.batch, {(c.model, c.task): c for c in done.checks}
    told = []
    for cell in cells:
        check = kept.get((cell.model, cell.task))
        told.append(
            {
                "model": cell.model,
                "task": cell.task,
                "kind": "observed",
                "score": cell.score,
                "before": cell.before,
                "error": None if check is None else check.error,
                "covered": None if check is None else check.covered,
            }
        )
    rows = asked.scores
    return {
        "model_version": current.version,
        "data_snapshot": Snapshot.of(current.snapshot.fingerprint, batch=done.head).id,
        "batch": batch.id,
        "created": batch.created,
        "new": batch.n_new,
        "known": batch.n_known,
        "checked": len(done.checks),
        "unknown": known_names.unknown_names(
            current, model=(row.model for row in rows), task=(row.task for row in rows)
        ),
        "notes": [*_findings(current, batch.findings), *_shares(current, cells)],
        "cells": told,
    }


def _findings(current: Current, findings: Sequence[str]) -> list[str]:
    """Return what the store found, without what goes without saying of known tasks."""
    known = current.grid.task_index
    quiet = tuple(f"task {task!r}: no scale is declared; taken as" for task in known)
    return [finding for finding in findings if not finding.startswith(quiet)]


def _shares(current: Current, cells: Sequence[Measured]) -> list[str]:
    """Return what is odd about scores up to 1 on a scale that goes far beyond."""
    data = current.predictor.data_
    odd: dict[str, int] = {}
    for cell in cells:
        if cell.before is None or not 0 < cell.score <= 1:
            continue
        scale = data.scales[data.task_index[cell.task]]
        said = cell.before["prediction"] or cell.before["score"] or 0.0
        if scale.minimum == 0 and scale.maximum == 100 and said > NO_SHARE:
            odd[cell.task] = odd.get(cell.task, 0) + 1
    return [
        f"task {task!r}: {n} scores up to 1 on the scale [0, 100]; if they are shares, undo this "
        "batch and submit them times 100"
        for task, n in odd.items()
    ]
