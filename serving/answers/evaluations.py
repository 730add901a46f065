"""What to evaluate next: of some models, as a probe set, or over the whole field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from serving.answers.aggregation import expand_known
from serving.answers.known_names import known_task
from serving.answers.request_errors import RequestError, UnknownName
from serving.answers.state import State, with_given

if TYPE_CHECKING:
    from cpp.acquisition.choice import Choice
    from features.table.score_table import ScoreTable

#: cells that are chosen among, in multiples of the cells of one request
AMONG = 5
#: what a choice of evaluations may cost in all, and one of them at least
MAX_BUDGET, MIN_COST = 1e6, 1e-6


@dataclass(frozen=True)
class EvaluationsRequest:
    """Among which cells, for which targets, at what cost.

    Attributes
    ----------
    choose : {"models", "probes", "field"}
        Scores of models; a fixed set for models to come; cells that help all models most.
    models : sequence of str or None
        None for all.
    given : ScoreTable or None
        What is given of the one model.
    targets : sequence of (str, float) or None
        Tasks, or all of a kind (``ability:math``), with their weights; None for all.
    candidates : sequence of str or None
        The same without weights.
    budget : float
    costs : mapping of str to float or None
        Of tasks; 1 if not named.
    """

    choose: Literal["models", "probes", "field"] = "models"
    models: Sequence[str] | None = None
    given: ScoreTable | None = None
    targets: Sequence[tuple[str, float]] | None = None
    candidates: Sequence[str] | None = None
    budget: float = 5.0
    costs: Mapping[str, float] | None = None


def choose_evaluations(state: State, request: EvaluationsRequest) -> Choice:
    """Return the evaluations that make the predictions of the targets most certain.

    Raises
    ------
    DataError
        For a name that is not known, or terms that contradict each other.
    """
    from cpp.acquisition.greedy_selection import choose_next
    from cpp.acquisition.matrix_selection import choose_cells
    from cpp.acquisition.probe_set import choose_probes

    predictor = with_given(state, request.given).predictor
    weights = dict(request.targets or ())
    terms: dict[str, Any] = {
        "targets": None if request.targets is None else list(weights),
        "weights": weights if any(w != 1.0 for w in weights.values()) else None,
        "candidates": request.candidates,
        "budget": request.budget,
        "costs": request.costs,
    }
    if request.choose == "probes":
        return choose_probes(predictor, **terms)
    work = choose_cells if request.choose == "field" else choose_next
    return work(predictor, models=request.models, **terms)


def choose_checked(state: State, request: EvaluationsRequest, *, max_cells: int) -> Choice:
    """Return :func:`choose_evaluations`; a fault of the request is told with its place.

    Parameters
    ----------
    state : State
    request : EvaluationsRequest
    max_cells : int
        Cells of one request; :data:`AMONG` times as many may be chosen among.

    Raises
    ------
    RequestError
        ``unknown-name`` with near misses; ``invalid-data`` if no target has both bounds;
        ``too-many-cells``.
    """
    state = with_given(state, request.given)
    data, models = state.predictor.data_, request.models
    for i, name in enumerate(models or ()):
        if name not in data.model_index:
            hint = "of a new model give scores or factors"
            known = state.predictor.models_
            raise UnknownName("model", name, known, place=("models", i), hint=hint)
    n_cells = len(data.tasks) * len(data.models if models is None else models)
    allowed = AMONG * max_cells
    if request.choose != "probes" and n_cells > allowed:
        raise RequestError(
            f"{n_cells} cells to choose among, {allowed} may be; name fewer models",
            kind="too-many-cells",
            max_cells=allowed,
        )
    weights: dict[str, float] = {}
    for i, (name, weight) in enumerate(request.targets or ()):
        weights |= dict.fromkeys(expand_known(state, name, ("targets", i)), weight)
    candidates: dict[str, None] | None = None if request.candidates is None else {}
    for i, name in enumerate(request.candidates or ()):
        place = ("candidates", i) if len(request.candidates or ()) > 1 else ("candidates",)
        candidates = {**(candidates or {}), **dict.fromkeys(expand_known(state, name, place))}
    for name in request.costs or ():
        known_task(state, name, place=("costs",))
    if request.targets is not None and not any(
        data.scales[data.task_index[t]].in_points for t in weights
    ):
        raise RequestError(
            "an error in points needs a task with both bounds, and none of the targets has them; "
            "name another one"
        )
    return choose_evaluations(
        state,
        replace(
            request,
            given=None,
            targets=None if request.targets is None else list(weights.items()),
            candidates=None if candidates is None else list(candidates),
        ),
    )
