"""What to evaluate next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from serving.answers.suite import of_kind
from serving.problems.problem import Problem, unknown

if TYPE_CHECKING:
    from cpp.acquisition.choice import Choice
    from features.table.score_table import ScoreTable
    from serving.engine.current import Current

#: cells that are chosen among, in multiples of the cells of one request
AMONG = 5


@dataclass(frozen=True)
class Wanted:
    """What is to be chosen.

    Attributes
    ----------
    choose : {"models", "probes", "field"}
    models : sequence of str or None
        None for all.
    targets : sequence of (name, weight) or None
        Tasks, or kinds of tasks, whose predictions are to become certain; None for all.
    candidates : sequence of str or None
        Tasks that may be evaluated.
    costs : mapping of str to float
        Of an evaluation on a task; 1 where it is not named.
    budget : float
    """

    choose: str
    models: Sequence[str] | None = None
    targets: Sequence[tuple[str, float]] | None = None
    candidates: Sequence[str] | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    budget: float = 1.0


def chosen(
    current: Current,
    asked: Wanted,
    *,
    max_cells: int,
    known_of: Callable[[str], tuple[ScoreTable, list[str]]] | None = None,
) -> tuple[Choice, list[str]]:
    """Return what is chosen, and notes on what was given.

    Parameters
    ----------
    current : Current
    asked : Wanted
    max_cells : int
        Cells of one request; :data:`AMONG` times as many may be chosen among.
    known_of : callable, optional
        Reads what is told of the one model that is named: its scores and factors, and notes.

    Raises
    ------
    Problem
        ``unknown-name`` with near misses; ``invalid-request`` for members that contradict each
        other; ``invalid-data`` if no target has both bounds; ``too-many-cells``.
    """
    from cpp.acquisition.greedy_selection import choose_next
    from cpp.acquisition.matrix_selection import choose_cells
    from cpp.acquisition.probe_set import choose_probes

    predictor, notes = current.predictor, list[str]()
    if known_of is not None and (
        asked.models is None or len(asked.models) != 1 or asked.choose == "probes"
    ):
        _refuse("scores", "scores and factors belong to one model: name it alone in `models`")
    if asked.choose == "probes" and asked.models is not None:
        _refuse("models", "a probe set is for models to come; leave `models` out")
    models = None if asked.models is None else list(dict.fromkeys(asked.models))
    if known_of is not None and models is not None:
        given, notes = known_of(models[0])
        predictor = predictor.fold_in(given)
    for i, name in enumerate(models or ()):
        if name not in predictor.data_.model_index:
            raise unknown(
                "model",
                name,
                current.grid.models,
                path=f"$.models[{i}]",
                detail="of a new model give scores or factors",
            )
    n_cells = len(predictor.tasks_) * (len(predictor.models_) if models is None else len(models))
    allowed = AMONG * max_cells
    if asked.choose != "probes" and n_cells > allowed:
        raise Problem(
            "too-many-cells",
            f"{n_cells} cells to choose among, {allowed} may be; name fewer models",
            max_cells=allowed,
        )
    weights: dict[str, float] = {}
    targets = None if asked.targets is None else list[str]()
    for i, (name, weight) in enumerate(asked.targets or ()):
        weights |= dict.fromkeys(_tasks(current, [name], f"$.targets[{i}]"), weight)
        targets = list(weights)
    candidates = None
    if asked.candidates is not None:
        candidates = _tasks(current, asked.candidates, "$.candidates")
    for name in asked.costs:
        _tasks(current, [name], "$.costs", kinds=False)
    if targets is not None and not any(
        predictor.data_.scales[predictor.data_.task_index[t]].in_points for t in targets
    ):
        raise Problem(
            "invalid-data",
            "an error in points needs a task with both bounds, and none of the targets has them; "
            "name another one",
        )
    plain: dict[str, Any] = {
        "targets": targets,
        "weights": weights if any(w != 1.0 for w in weights.values()) else None,
        "candidates": candidates,
        "budget": asked.budget,
        "costs": asked.costs,
    }
    if asked.choose == "probes":
        return choose_probes(predictor, **plain), notes
    work = choose_cells if asked.choose == "field" else choose_next
    return work(predictor, models=models, **plain), notes


def _tasks(current: Current, names: Sequence[str], at: str, *, kinds: bool = True) -> list[str]:
    out: list[str] = []
    for i, name in enumerate(names):
        path = f"{at}[{i}]" if len(names) > 1 else at
        if name in current.grid.task_index:
            out.append(name)
        elif kinds:
            out += of_kind(current, name, path)
        else:
            raise unknown("task", name, current.grid.tasks, path=path)
    return list(dict.fromkeys(out))


def _refuse(member: str, message: str) -> None:
    raise Problem("invalid-request", message, errors=[{"path": f"$.{member}", "message": message}])
