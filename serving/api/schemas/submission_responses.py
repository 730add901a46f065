"""What the answers are, for the description in ``/openapi.json``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from serving.api.schemas.responses import Part, Reply, UnknownName

Kind = Literal["observed", "predicted", "prior"]


class Before(Part):
    """A cell as it was answered before its score came in."""

    kind: Kind
    score: float | None
    prediction: float | None
    lower: float | None
    upper: float | None
    level: float
    reason: str


class MeasuredCell(Part):
    """A cell that was submitted."""

    model: str
    task: str
    kind: Literal["observed"]
    score: Annotated[float, Field(description="Of this submission, in the task's own unit.")]
    before: Annotated[Before | None, Field(description="null if the task was not known.")]
    error: Annotated[
        float | None,
        Field(
            description="Realised error, prediction minus score, in points; null if the cell was "
            "observed already, or the task has not both bounds."
        ),
    ]
    covered: Annotated[
        bool | None,
        Field(description="Whether the score lay in the interval; null if it was observed."),
    ]


class ScoresOut(Reply):
    """A submission that is stored."""

    batch: Annotated[
        int | None,
        Field(description="Its number in /v1/imports; null if nothing of it was new."),
    ]
    created: str
    new: int
    known: Annotated[int, Field(description="Scores that were there already.")]
    checked: Annotated[int, Field(description="Cells that had been predicted before.")]
    unknown: list[UnknownName]
    notes: list[str]
    cells: list[MeasuredCell]


class Import(Part):
    """A batch of the store: an import, an undo or a correction."""

    id: int
    created: str
    action: Literal["import", "undo", "correction"]
    importer: str
    files: list[str]
    digest: str
    n_reports: int
    n_new: int
    n_known: int
    n_facts: int
    undoes: int | None
    undone_by: int | None
    reason: str
    findings: list[str]


class ImportsOut(Reply):
    """Batches, the newest first."""

    total: int
    limit: int
    offset: int
    next: str | None
    imports: list[Import]


class ImportOut(Reply):
    """A batch, and how well its cells had been predicted."""

    import_: Annotated[Import, Field(alias="import")]
    checks: list[dict[str, Any]]


class UndoneOut(Reply):
    """A batch that was taken back."""

    undone: Import
    by: Import
    notes: list[str]
