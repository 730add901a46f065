"""What answers are, for the description in ``/openapi.json``; they are not checked again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Reply(BaseModel):
    """Base of every answer of ``/v1``: it names its origin."""

    model_config = ConfigDict(extra="forbid")

    model_version: str
    data_snapshot: str


class Part(BaseModel):
    """Base of what answers are made of."""

    model_config = ConfigDict(extra="forbid")


class Interval(Part):
    """The interval of a cell at one level."""

    level: float
    lower: float | None
    upper: float | None


class Cell(Part):
    """A cell: an observed one has a score, any other a prediction with its interval."""

    model: str
    task: str
    kind: Literal["observed", "predicted", "prior"]
    score: float | None
    prediction: float | None
    lower: float | None
    upper: float | None
    level: float
    support: Annotated[int, Field(description="Known scores of the model.")]
    reason: str
    intervals: list[Interval] | None = None
    probability_above: dict[str, float | None] | None = None


#: kind -> number of cells
Kinds = dict[str, int]


class UnknownName(Part):
    """A name that is not known: its cells are priors unless something is known of it."""

    what: Literal["model", "task"]
    name: str
    suggestions: list[str]


class PredictionsOut(Reply):
    """Cells in the order asked."""

    level: float
    kinds: Kinds
    unknown: list[UnknownName]
    cells: list[Cell]


class CompleteOut(Reply):
    """The row of a model, or the column of a task."""

    model: str | None = None
    task: str | None = None
    level: float
    kinds: Kinds
    notes: list[str]
    cells: list[Cell]


class Evaluation(Part):
    """An evaluation to make; errors are means over the target cells, the gain is their sum."""

    order: int
    model: str
    task: str
    cost: float
    total_cost: float
    gain: float
    error_before: float
    error_after: float
    why: str


class NextOut(Reply):
    """Evaluations in the order to make them."""

    budget: float
    targets: Annotated[dict[str, float], Field(description="Task -> what its error counts.")]
    n_targets: Annotated[int, Field(description="Target cells without a score.")]
    notes: list[str]
    evaluations: list[Evaluation]


class ModelSummary(Part):
    """A known model."""

    id: str
    n_observed: int
    n_tasks: int
    factors: dict[str, Any]


class ModelsOut(Reply):
    """A page of the known models, by id."""

    total: int
    limit: int
    offset: int
    models: list[ModelSummary]


class ModelOut(Reply):
    """A model's row."""

    model: ModelSummary
    level: float
    kinds: Kinds
    cells: list[Cell]


class Scale(Part):
    """The scale of a task's scores, in their own unit."""

    minimum: float | None
    maximum: float | None
    chance: float | None
    higher_is_better: bool


class TaskSummary(Part):
    """A known task."""

    id: str
    n_observed: int
    n_models: int
    scale: Scale
    factors: dict[str, Any]


class TasksOut(Reply):
    """A page of the known tasks, by id."""

    total: int
    limit: int
    offset: int
    tasks: list[TaskSummary]


class Ranked(Cell):
    """A cell with its place among all known models."""

    rank: int
    rank_best: int
    rank_worst: int
    p_above_next: float | None
    tied_with_next: bool | None


class TaskOut(Reply):
    """A task's ranking, best first."""

    task: TaskSummary
    level: float
    confidence: float
    separability: str
    total: int
    limit: int
    offset: int
    kinds: Kinds
    ranking: list[Ranked]


class MatrixOut(Reply):
    """A page of the matrix, model after model."""

    level: float
    total: int
    limit: int
    offset: int
    next: str | None
    kinds: Kinds
    cells: list[Cell]


class Compared(Part):
    """Two models on one task."""

    task: str
    p_a_better: float
    a: Cell
    b: Cell


class Overall(Part):
    """Two models over the tasks with both bounds, in points."""

    n_tasks: int
    p_a_better: float
    a_mean: float
    b_mean: float


class CompareOut(Reply):
    """Two models, task by task and overall."""

    a: str
    b: str
    level: float
    n_samples: int
    overall: Overall | None
    left_out: list[str]
    unknown: list[UnknownName]
    tasks: list[Compared]


class Ranking(Part):
    """A model on a suite of tasks (:class:`cpp.suite.Suite`)."""

    model: str
    mean: float
    lower: float
    upper: float
    level: float
    rank: float
    rank_lower: float
    rank_upper: float
    p_best: float
    p_above_next: float | None
    measured: float
    n_observed: int
    n_tasks: int


class AggregateOut(Reply):
    """Models on a suite of tasks, best first."""

    level: float
    n_samples: int
    weights: dict[str, float]
    unknown: list[UnknownName]
    models: list[Ranking]


class Importance(Part):
    """What a factor moves in the champion's boosting stage."""

    factor: str
    about: Literal["model", "task", "scores"]
    points: float


class GroupImportance(Part):
    """What a group of factors takes off the held-out error, by one view, with 95 % interval."""

    side: Literal["model", "task"]
    group: str
    view: str
    regime: str
    points: float | None
    low: float | None
    high: float | None
    beyond: bool
    claim: bool
    why: str


class RecordedImportance(Part):
    """A factor importance that was recorded with the champion's run."""

    complete: bool
    notes: list[str]
    rows: list[GroupImportance]


class ImportanceOut(Reply):
    """What the champion itself tells of its factors, largest first, and what was recorded."""

    method: str
    reason: str | None
    n_cells: int
    factors: list[Importance]
    recorded: RecordedImportance | None
    recorded_reason: str | None


class InfoOut(Reply):
    """What serves: model, data, and how its predictions turned out."""

    service: dict[str, Any]
    model: dict[str, Any]
    data: dict[str, Any]
    counts: dict[str, int]
    audit: dict[str, Any] | None
    last_reload_error: str | None
    last_refresh_error: str | None
    notes: list[str]


class LimitsOut(Reply):
    """What one request may cost."""

    max_cells: int
    max_body_bytes: int
    max_concurrency: int
    deadline_seconds: float
    rate_per_minute: int
    max_levels: int
    max_thresholds: int
    max_name_length: int
    max_page_cells: int
    max_suite_cells: int


class Fault(Part):
    """A fault of the body (JSON path) or of the address (parameter)."""

    path: str | None = None
    parameter: str | None = None
    message: str


class ProblemOut(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[Fault] | None = None
    suggestions: list[str] | None = None
