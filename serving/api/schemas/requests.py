"""What requests are: strict, nothing beyond what is described, finite numbers only."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    WithJsonSchema,
    create_model,
)

from features.table.schema import MODEL_FACTORS, POSITIVE_MODEL_FACTORS, TASK_FACTORS
from serving.answers import evaluations

#: characters of a model's or task's name
MAX_NAME = 500
#: levels and thresholds of one request
MAX_LEVELS, MAX_THRESHOLDS = 8, 16
#: what `str.strip` takes for space; a name holds something else, and no control characters
_SPACES = r"\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
NAME_PATTERN = rf"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f{_SPACES}][^\x00-\x1f\x7f]*$"

Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_NAME,
        pattern=NAME_PATTERN,
        description="Id of a model or task, exactly as the data have it.",
    ),
]
Level = Annotated[
    float,
    Field(gt=0, lt=1, allow_inf_nan=False, description="Level of the intervals: 0.9 is 90 %."),
]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
#: no benchmark's score is larger, and nothing overflows
LARGEST = 1e15
Score = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
#: name -> finite number, described as JSON Schema has it
Scores = Annotated[
    dict[Name, Score],
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": "number", "minimum": -LARGEST, "maximum": LARGEST},
            "propertyNames": {"minLength": 1, "maxLength": MAX_NAME, "pattern": NAME_PATTERN},
            "description": "Name -> score, in the task's own unit.",
        }
    ),
]


class Strict(BaseModel):
    """Base of every request: no coercion, no further members."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class CellIn(Strict):
    """A wanted cell."""

    model: Name
    task: Name


class PredictionsIn(Strict):
    """Cells to predict; models and tasks that are not known are legal."""

    cells: Annotated[list[CellIn], Field(min_length=1)]
    levels: Annotated[
        list[Level],
        Field(
            min_length=1,
            max_length=MAX_LEVELS,
            description="The first is that of `lower` and `upper`; with several, each cell has "
            "`intervals`, one per level.",
            json_schema_extra={"default": [0.9]},
        ),
    ] = Field(default_factory=lambda: [0.9])
    thresholds: Annotated[
        list[Finite],
        Field(
            max_length=MAX_THRESHOLDS,
            description="In the unit of each cell's task; each cell has `probability_above`.",
        ),
    ] = Field(default_factory=list)


def _day(text: str) -> str:
    dt.date.fromisoformat(text)  # its ValueError says what is wrong
    return text


def _scalar(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        # an int of hundreds of digits is as little a number here as 1e999
        if isinstance(value, int) and abs(value) > 10**300 or not math.isfinite(value):
            raise ValueError("must be a finite number")
        return float(value)
    if value is None or isinstance(value, str | bool):
        return value
    raise ValueError("must be a number, a text, true or false")


def _whole(value: Any) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value != int(value) or value < 0:
        raise ValueError("must be a whole number, not negative")
    return int(value)


#: as JSON Schema has it: 3.0 is a whole number, too
Whole = Annotated[Any, AfterValidator(_whole), WithJsonSchema({"type": "integer", "minimum": 0})]
#: not pydantic's own date, which takes seconds since 1970 as well
Date = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}),
    AfterValidator(_day),
]
Scalar = Annotated[
    Any,
    AfterValidator(_scalar),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
_TYPES: dict[str, Any] = {"text": str, "number": Finite, "flag": bool, "date": Date}


class _Factors(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Scalar]

    def given(self) -> dict[str, Any]:
        """Return the factors that are known, by name."""
        return {k: v for k, v in self.model_dump().items() if v is not None}


def _with(factors: dict[str, tuple[str, str]], positive: Sequence[str]) -> Any:
    fields: dict[str, Any] = {}
    for factor, (kind, unit) in factors.items():
        of = Positive if factor in positive else Score if unit == "score" else _TYPES[kind]
        fields[factor] = (of | None, Field(default=None, description=unit or kind))
    return create_model("_Standard", __base__=_Factors, **fields)


_OfModels: Any = _with(MODEL_FACTORS, POSITIVE_MODEL_FACTORS)
_OfTasks: Any = _with(TASK_FACTORS, ("n_items",))


class ModelFactors(_OfModels):
    """Design factors of a model: the standard ones, and those the data have beside them."""


class TaskFactors(_OfTasks):
    """Factors of a task, its scale among them."""


class CompleteModelIn(Strict):
    """A model, new or known, with what is known of it; its row is wanted."""

    model: Name
    scores: Scores = Field(default_factory=dict)
    factors: ModelFactors = Field(default_factory=ModelFactors)
    level: Level = 0.9


class ExplanationIn(CompleteModelIn):
    """A cell to explain; scores and factors tell more of its model, as for `/v1/complete`."""

    task: Name


class CompleteTaskIn(Strict):
    """A new task with scores of known models on it; its column is wanted."""

    task: Name
    scores: Scores = Field(default_factory=dict)
    factors: TaskFactors = Field(default_factory=TaskFactors)
    level: Level = 0.9


def _which(body: Any) -> str:
    named = body.keys() if isinstance(body, dict) else ()
    return "(task)" if "task" in named and "model" not in named else "(model)"


#: a tag in brackets is no member: :func:`serving.problems.json_path.path` leaves it out
CompleteIn: TypeAdapter[CompleteModelIn | CompleteTaskIn] = TypeAdapter(
    Annotated[
        Annotated[CompleteModelIn, Tag("(model)")] | Annotated[CompleteTaskIn, Tag("(task)")],
        Discriminator(_which),
    ]
)


class CompareIn(Strict):
    """Two models; tasks are all known ones unless they are named."""

    a: Name
    b: Name
    tasks: Annotated[list[Name], Field(min_length=1)] | None = None
    level: Level = 0.9


class WeightedTask(Strict):
    """A task of a suite with its weight."""

    task: Name
    weight: Positive = 1.0


def _named_or_weighted(task: Any) -> str:
    return "(weighted)" if isinstance(task, dict | WeightedTask) else "(name)"


SuiteTask = Annotated[
    Annotated[Name, Tag("(name)")] | Annotated[WeightedTask, Tag("(weighted)")],
    Discriminator(_named_or_weighted),
]


def weighted(tasks: Sequence[str | WeightedTask]) -> list[tuple[str, float]]:
    """Return names of tasks with their weights, 1 where none is given."""
    return [(t.task, t.weight) if isinstance(t, WeightedTask) else (t, 1.0) for t in tasks]


class AggregateIn(Strict):
    """A suite of tasks, and the models to rank on it."""

    tasks: Annotated[
        list[SuiteTask],
        Field(
            min_length=1,
            description="Names of tasks, all tasks of a kind such as `ability:math`, or tasks "
            "with weights.",
        ),
    ]
    models: Annotated[
        list[Name] | None,
        Field(min_length=1, description="Every known model if it is left out."),
    ] = None
    level: Level = 0.9


Cost = Annotated[
    float, Field(ge=evaluations.MIN_COST, le=evaluations.MAX_BUDGET, allow_inf_nan=False)
]
_Costs = Annotated[
    dict[Name, Cost],
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "type": "number",
                "minimum": evaluations.MIN_COST,
                "maximum": evaluations.MAX_BUDGET,
            },
            "propertyNames": {"minLength": 1, "maxLength": MAX_NAME, "pattern": NAME_PATTERN},
            "description": "Task -> cost of an evaluation; a task that is not named costs 1.",
        }
    ),
]


class NextIn(Strict):
    """What to evaluate next: among which cells, for which targets, at what cost."""

    choose: Annotated[
        Literal["models", "probes", "field"],
        Field(
            description="`models`: scores of the models named; `probes`: a fixed set for models "
            "to come; `field`: cells that help all models most, through their tasks, too.",
        ),
    ] = "models"
    models: Annotated[
        list[Name] | None,
        Field(min_length=1, description="Every known model if it is left out."),
    ] = None
    scores: Annotated[Scores, Field(description="Known scores of the one model that is named.")] = (
        Field(default_factory=dict)
    )
    factors: Annotated[
        ModelFactors, Field(description="Design factors of the one model that is named.")
    ] = Field(default_factory=ModelFactors)
    targets: Annotated[
        list[SuiteTask] | None,
        Field(
            min_length=1,
            description="Tasks that are to be predicted better: names, all tasks of a kind such "
            "as `ability:math`, or tasks with weights; every task if it is left out.",
        ),
    ] = None
    candidates: Annotated[
        list[Name] | None,
        Field(
            min_length=1,
            description="Tasks that can be run, or all of a kind; every task if left out.",
        ),
    ] = None
    budget: Cost = 5.0
    costs: _Costs = Field(default_factory=dict)
