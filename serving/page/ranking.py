"""A task's page: the ranking of all models with its ties, and what is known of the task."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from features.table.schema import TASK_FACTORS
from serving.answers import ranking as answers
from serving.page.cell_drawing import bar
from serving.page.cell_view import KINDS, OBSERVED, Field
from serving.page.factor_words import facts
from serving.page.query import Pages, whole

#: models on one page of a ranking
SIZE = 500
#: probability that tells two models apart, as in ``GET /v1/tasks/{id}``
CONFIDENCE = 0.9


@dataclass(frozen=True)
class Place:
    """A model in a ranking; `places` are those it may have, `tied` says so of the next one."""

    places: str
    model: str
    kind: str
    number: str
    interval: str
    above_next: str
    tied: bool
    reason: str
    drawing: Markup


@dataclass(frozen=True)
class Ranking:
    """What the template of a task shows."""

    name: str
    scale: str
    ability: str
    places: list[Place]
    pages: Pages
    counts: dict[str, int]
    known: list[tuple[str, str]]
    confidence: str
    level: str


def ranking(field: Field, task: int, *, page: str | None = None) -> Ranking:
    """Return the ranking of the task at position `task`.

    The order and the ties are those of ``GET /v1/tasks/{id}``
    (:func:`cpp.suites.separability.rank_models`).
    """
    current, name = field.current, field.tasks[task]
    frame = answers.rank(current, answers.RankRequest(name, CONFIDENCE))
    pages = Pages.of(len(frame), SIZE, whole(page, 1))
    part = frame.iloc[pages.start : pages.stop]
    at = [current.grid.model_index[m] for m in part["model"]]
    cells = field.rows(at, [task])
    places = []
    for i, row in enumerate(part.itertuples(index=False)):
        value, lower, upper = (float(v[i, 0]) for v in (cells.value, cells.lower, cells.upper))
        kind = int(cells.kind[i, 0])
        alone = row.rank_best == row.rank_worst
        places.append(
            Place(
                places=f"{row.rank_best}" if alone else f"{row.rank_best}–{row.rank_worst}",
                model=str(row.model),
                kind=KINDS[kind],
                number=field.number(value, task, kind),
                interval=field.interval(lower, upper, task),
                above_next=(f"{100 * row.p_above_next:.0f} %" if row.p_above_next >= 0 else ""),
                tied=bool(row.tied_with_next),
                reason="" if kind == OBSERVED else cells.reason[i][0],
                drawing=bar(
                    field,
                    task,
                    value=value,
                    lower=lower,
                    upper=upper,
                    kind=kind,
                    beside_field=False,
                ),
            )
        )
    known, _ = facts(current.table.tasks, name, TASK_FACTORS)
    shown = {"Scale min", "Scale max", "Higher is better"}
    seen = int(field.n_known_of_task[task])
    return Ranking(
        name=name,
        scale=field.scale_text(task),
        ability=field.ability[task].replace("_", " "),
        places=places,
        pages=pages,
        counts={"observed": seen, "rest": len(field.models) - seen},
        known=[("Scale", field.scale_text(task)), *(f for f in known if f[0] not in shown)],
        confidence=f"{100 * CONFIDENCE:g} %",
        level=f"{100 * current.grid.level:g} %",
    )
