"""Realised errors: scores that came in for cells that had been predicted before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from features.errors import DataError
from features.store.batches import Standing, standing
from features.store.bulk_insert import staged
from features.store.database import tables
from features.store.digests import row_digests, text_part
from features.store.factors import ENTITIES

KINDS = ("predicted", "prior")
COLUMNS = (
    "batch", "created", "model", "task", "kind", "score", "prediction", "lower", "upper", "level",
    "error", "covered", "model_version", "snapshot",
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """A score beside what had been predicted of its cell.

    Attributes
    ----------
    model, task : str
    kind : {"predicted", "prior"}
        What the cell was before.
    score, prediction, lower, upper : float
        In the task's own unit.
    level : float
        Of the interval.
    error : float or None
        ``prediction - score`` in points; None for a task without both bounds.
    model_version, snapshot : str
        What had predicted it.

    Raises
    ------
    DataError
        For another kind, or a number that is NaN.

    Examples
    --------
    >>> unit = {"score": 61.0, "prediction": 55.0, "lower": 48.0, "upper": 62.0, "level": 0.9}
    >>> of = {"model": "our-7b", "task": "GSM8K", "kind": "predicted"}
    >>> check = Check(**of, **unit, error=-6.0, model_version="3", snapshot="scores@12")
    >>> check.covered
    True
    """

    model: str
    task: str
    kind: str
    score: float
    prediction: float
    lower: float
    upper: float
    level: float
    error: float | None
    model_version: str
    snapshot: str

    def __post_init__(self) -> None:
        where = f"check of model {self.model!r}, task {self.task!r}"
        if self.kind not in KINDS:
            raise DataError(f"{where}: kind must be one of {', '.join(KINDS)}, got {self.kind!r}")
        for name in ("score", "prediction", "lower", "upper", "level", "error"):
            value = getattr(self, name)
            if value is not None and math.isnan(value):
                raise DataError(f"{where}: {name} is not a number")

    @property
    def covered(self) -> bool:
        """Whether the score lies in the interval, bounds included."""
        return self.lower <= self.score <= self.upper


def unobserved(connection: sa.Connection, stand: Standing, checks: Sequence[Check]) -> list[Check]:
    """Return the checks of cells that no report was about as of `stand`.

    Another process may have been quicker with a score of the same cell: it was no longer
    predicted then.
    """
    if not checks:
        return []
    cells = _ids(connection, checks)
    table, members = tables.reports, tables.batch_reports
    known = [cell for cell in cells if cell is not None]
    columns = [table.c.model, table.c.task]
    with staged(connection, columns, list(zip(*set(known), strict=True)) or [[], []]) as rows:
        said = sa.exists().where(members.c.report == table.c.id, stand.stands(members.c.batch))
        same = sa.and_(table.c.model == rows.c.model, table.c.task == rows.c.task)
        asked = sa.select(table.c.model, table.c.task).select_from(table.join(rows, same))
        there = {(row.model, row.task) for row in connection.execute(asked.where(said))}
    return [c for c, cell in zip(checks, cells, strict=True) if cell and cell not in there]


def write_checks(connection: sa.Connection, batch: int, checks: Sequence[Check]) -> None:
    """Record checks with a batch; their models and tasks are in the store."""
    if not checks:
        return
    rows: list[dict[str, Any]] = []
    for check, cell in zip(checks, _ids(connection, checks), strict=True):
        assert cell is not None
        values = {name: getattr(check, name) for name in COLUMNS if name not in _ELSEWHERE}
        rows.append({**values, "batch": batch, "model": cell[0], "task": cell[1]})
    connection.execute(tables.checks.insert(), rows)


_ELSEWHERE = ("batch", "created", "model", "task")


def _ids(connection: sa.Connection, checks: Sequence[Check]) -> list[tuple[int, int] | None]:
    """Return the ids of model and task of each check; None where one is not in the store."""
    ids = {}
    for kind in ENTITIES:
        names = ENTITIES[kind][0]
        texts = list(dict.fromkeys(getattr(check, kind) for check in checks))
        with staged(connection, [names.c.digest], [row_digests([text_part(texts)])]) as rows:
            found = rows.join(names, names.c.digest == rows.c.digest)
            asked = sa.select(names.c.name, names.c.id).select_from(found)
            ids[kind] = {row.name: int(row.id) for row in connection.execute(asked)}
    cells = ((ids["model"].get(c.model), ids["task"].get(c.task)) for c in checks)
    return [None if m is None or t is None else (m, t) for m, t in cells]


def read_checks(
    connection: sa.Connection, *, limit: int | None = None, batch: int | None = None
) -> pd.DataFrame:
    """Return the recorded checks that stand, the newest first.

    Parameters
    ----------
    connection : Connection
    limit : int, optional
    batch : int, optional
        Only those of this batch, also when it is undone.
    """
    table, b = tables.checks, tables.batches
    own = (table.c[name] for name in COLUMNS if name not in _ELSEWHERE)
    asked = (
        sa.select(
            table.c.batch,
            b.c.created,
            tables.models.c.name.label("model"),
            tables.tasks.c.name.label("task"),
            *own,
        )
        .join(b, b.c.id == table.c.batch)
        .join(tables.models, tables.models.c.id == table.c.model)
        .join(tables.tasks, tables.tasks.c.id == table.c.task)
        .order_by(table.c.id.desc())
    )
    if batch is not None:
        asked = asked.where(table.c.batch == batch)
    else:
        asked = asked.where(standing(connection).stands(table.c.batch))
    if limit is not None:
        asked = asked.limit(limit)
    rows = connection.execute(asked).all()
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"error": float, "covered": bool})


def summarise(connection: sa.Connection) -> dict[str, Any]:
    """Return the sums over the checks that stand; see :meth:`Store.check_summary`."""
    table = tables.checks
    asked = sa.select(table.c.kind, table.c.error, table.c.covered, table.c.level)
    rows = connection.execute(asked.where(standing(connection).stands(table.c.batch))).all()
    whole = _sums(rows)
    whole["by_kind"] = {kind: _sums([r for r in rows if r.kind == kind]) for kind in KINDS}
    return whole


def _sums(rows: Sequence[Any]) -> dict[str, Any]:
    errors = np.array([r.error for r in rows if r.error is not None], dtype=float)
    n = len(rows)
    return {
        "n": n,
        "covered": sum(bool(r.covered) for r in rows) / n if n else None,
        "level": float(np.mean([r.level for r in rows])) if n else None,
        "n_points": len(errors),
        "median_abs_error": float(np.median(np.abs(errors))) if len(errors) else None,
        "mean_error": float(np.mean(errors)) if len(errors) else None,
    }
