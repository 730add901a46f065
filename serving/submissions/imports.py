"""Batches of the store as they are shown, and their undoing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.errors import ConflictError
from features.store.database.address import StorePlace, is_store
from serving.engine.snapshot import Snapshot
from serving.problems.problem import Problem

if TYPE_CHECKING:
    from features.store.batches import Batch
    from features.store.store import Store
    from serving.engine.current import Current
    from serving.engine.live import Live

#: realised errors that one batch is shown with
SHOWN_CHECKS = 1000


def listed(store: Store, *, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """Return how many batches there are, and some of them, the newest first."""
    newest = store.newest_batch()
    last = newest - offset
    if last < 1:
        return newest, []
    batches = store.batches(range(max(1, last - limit + 1), last + 1))
    return newest, [shown(batch) for batch in reversed(batches)]


def one(store: Store, batch_id: int) -> dict[str, Any]:
    """Return a batch with the realised errors that came with it.

    Raises
    ------
    UnknownNameError
        If there is none of this number.
    """
    batch = store.batch(batch_id)
    checks = store.checks(SHOWN_CHECKS, batch=batch_id)
    columns = [c for c in checks.columns if c not in ("batch", "created")]
    rows = [dict(zip(columns, row, strict=True)) for row in checks[columns].values.tolist()]
    return {"import": shown(batch), "checks": rows}


def undo(
    live: Live, store: Store, batch_id: int, *, request_id: str = ""
) -> tuple[str, dict[str, Any]]:
    """Take a batch back.

    Returns
    -------
    snapshot : str
        Id of the snapshot without it.
    answer : dict

    Raises
    ------
    UnknownNameError
        If there is no such batch.
    Problem
        ``conflict`` if it is undone already, or is an undo itself.
    StoreError
        If the database does not answer; nothing has changed then.
    """
    command = f"DELETE /v1/imports/{batch_id}" + (f" (request {request_id})" if request_id else "")
    try:
        done = store.undo(batch_id, command=command)
    except ConflictError as error:
        raise Problem("conflict", str(error)) from None
    finally:
        live.store_changed()
    current = live.current
    assert done.id is not None
    answer = {
        "undone": shown(store.batch(batch_id)),
        "by": shown(done),
        "notes": _notes(current, store, batch_id),
    }
    return Snapshot.of(current.snapshot.fingerprint, batch=done.id).id, answer


def _notes(current: Current, store: Store, batch_id: int) -> list[str]:
    """Say when the model itself has learned from what is taken back."""
    source = current.data_from
    if not is_store(source):
        return []
    place = StorePlace.of(source)
    if place.shown != store.place.shown or (place.batch or 0) < batch_id:
        return []
    return [
        f"model version {current.version} was trained on batch {batch_id}: what it learned from "
        f"it stays until the next `benchcast train --data {store.place.shown}`"
    ]


def shown(batch: Batch) -> dict[str, Any]:
    """Return a batch as plain JSON values; of files only the names, of commands nothing.

    Paths and command lines are those of whoever imported, and may tell of their machine.
    """
    out = batch.to_dict()
    del out["command"]
    out["files"] = [name.replace("\\", "/").rstrip("/").rpartition("/")[2] for name in batch.files]
    return out
