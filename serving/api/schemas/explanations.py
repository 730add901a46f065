"""What explanations are, for the description in ``/openapi.json``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from serving.api.schemas.responses import Cell, Part, Reply, UnknownName


class Term(Part):
    """A term of an account: the difference of two successive predictions."""

    term: str
    name: str
    points: Annotated[float, Field(description="In the task's own unit without both bounds.")]
    value: Annotated[float, Field(description="In the task's own unit; these add up.")]
    running: Annotated[float, Field(description="The prediction so far.")]
    meaning: str


class Member(Part):
    """A member of the mix."""

    member: str
    weight: float
    prediction: float


class OwnScore(Part):
    """A known score of the model, with what it adds in the reference factorisation."""

    task: str
    score: float
    expected: float | None
    adds: float | None
    per_point: float | None
    alike: float | None


class NearModel(Part):
    """A model alike with a score on the task."""

    model: str
    score: float
    apart: float
    suggests: float


class AlikeTask(Part):
    """A task alike, with the model's score on it if it has one."""

    task: str
    alike: float
    score: float | None


class EvidenceOut(Part):
    """What carries the prediction."""

    from_factors: float | None
    from_reference: float | None
    scores: list[OwnScore]
    models: list[NearModel]
    tasks: list[AlikeTask]


class WidthFactor(Part):
    """What makes an interval wider (above 1) or narrower than that of a typical cell."""

    name: str
    times: float
    meaning: str


class IntervalAccountOut(Part):
    """How the interval comes about; widths in points, or in the own unit without both bounds."""

    level: float
    regime: str
    n_residuals: int
    quantile: float
    scale: float | None
    typical_scale: float | None
    half_width: float | None
    prediction: float | None
    lower: float | None
    upper: float | None
    lower_clipped: bool
    upper_clipped: bool
    factors: list[WidthFactor]
    words: list[str]


class Narrowing(Part):
    """A measurement that would narrow the interval."""

    task: str
    cost: float
    points: float | None
    share: float


class NarrowsOut(Part):
    """What would narrow the interval most; `reason` says why there is nothing."""

    reason: str
    tasks: list[Narrowing]


class ExplanationOut(Reply):
    """Why the prediction of a cell is what it is."""

    cell: Cell
    predictor: str
    unit: str
    higher_is_better: bool
    terms: list[Term]
    members: list[Member]
    evidence: EvidenceOut
    interval: IntervalAccountOut
    narrows: NarrowsOut
    unknown: list[UnknownName]
    notes: list[str]
