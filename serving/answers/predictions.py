"""Predictions of cells: looked up where they are at hand, worked out where not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serving.answers.request_errors import RequestError
from serving.engine.columns import COLUMNS, Cell

if TYPE_CHECKING:
    import pandas as pd

    from cpp import Predictor
    from features.table.score_table import ScoreTable
    from serving.engine.current import Current

#: as many cells are looked up in an event loop; a thread costs more than they do
AT_ONCE = 256
#: cells that are worked out together: unknown names among them make every array larger
CHUNK = 1000


@dataclass(frozen=True)
class PredictRequest:
    """Cells, the levels of their intervals, and thresholds in the unit of each cell's task."""

    cells: Sequence[tuple[str, str]]
    levels: Sequence[float] = (0.9,)
    thresholds: Sequence[float] = ()


def check_size(asked: int, allowed: int) -> None:
    """Raise ``too-many-cells`` if more cells are asked for than one request may ask for."""
    if asked > allowed:
        raise RequestError(
            f"{asked} cells are asked for (once per level and threshold), {allowed} may be; ask in "
            "several requests",
            kind="too-many-cells",
            max_cells=allowed,
        )


def look_up(current: Current, request: PredictRequest) -> list[Cell] | None:
    """Return cells that are at hand in the grid, None if that takes longer than a look-up."""
    grid = current.grid
    if len(request.cells) > AT_ONCE or len(request.levels) > 1 or request.thresholds:
        return None
    if request.levels[0] != grid.level or not grid.whole:
        return None
    try:
        return [grid.cell(model, task) for model, task in request.cells]
    except KeyError:
        return None


def predict(current: Current, request: PredictRequest) -> list[Cell]:
    """Return cells in the order asked, at the first level.

    With several levels, each cell has ``intervals`` at all of them; with thresholds, it has
    ``probability_above``: threshold -> P(score > threshold).
    """
    cells: list[Cell] = []
    for start in range(0, len(request.cells), CHUNK):
        part = _with_levels(current, request.cells[start : start + CHUNK], request.levels)
        if request.thresholds:
            _add_thresholds(current, part, request.thresholds)
        cells += part
    return cells


def _with_levels(
    current: Current, pairs: Sequence[tuple[str, str]], levels: Sequence[float]
) -> list[Cell]:
    first, *others = (current.predict(pairs, level=level) for level in levels)
    if others:
        for i, cell in enumerate(first):
            cell["intervals"] = [
                {"level": a[i]["level"], "lower": a[i]["lower"], "upper": a[i]["upper"]}
                for a in (first, *others)
            ]
    return first


def _add_thresholds(current: Current, cells: Sequence[Cell], thresholds: Sequence[float]) -> None:
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({what: [c[what] for c in cells] for what in ("model", "task")})
    for cell in cells:
        cell["probability_above"] = {}
    with np.errstate(over="ignore", invalid="ignore"):  # thresholds of any size are legal
        for threshold in thresholds:
            above = current.predictor.probability_above(frame, threshold)
            for cell, p in zip(cells, above.tolist(), strict=True):
                cell["probability_above"][as_key(threshold)] = p if p == p else None


def as_key(number: float) -> str:
    """Return a number as JSON writes it, whole ones without a point.

    Examples
    --------
    >>> as_key(50.0), as_key(0.5), as_key(-0.0)
    ('50', '0.5', '0')
    """
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def count_kinds(cells: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many cells are of each kind."""
    out: dict[str, int] = {}
    for cell in cells:
        kind = cell["kind"]
        out[kind] = out.get(kind, 0) + 1
    return out


# -- many cells as a table ---------------------------------------------------------------


def predict_frame(
    predictor: Predictor,
    cells: pd.DataFrame,
    level: float,
    tell: Callable[[int, int, str], None] | None = None,
) -> pd.DataFrame:
    """Predict `cells` (columns model, task); return :attr:`cpp.Predictions.frame`.

    In each task's own unit. With `tell`, which hears (cells done, cells in all, ""), it goes
    :data:`CHUNK` by :data:`CHUNK`.
    """
    if tell is None or not len(cells):
        return predictor.predict(cells, level=level).frame
    import pandas as pd

    parts = []
    for start in range(0, len(cells), CHUNK):
        tell(start, len(cells), "")
        parts.append(predictor.predict(cells.iloc[start : start + CHUNK], level=level).frame)
    return pd.concat(parts, ignore_index=True)


def split_observed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return predictions with the columns of :data:`serving.engine.columns.COLUMNS`.

    An observed cell has its number as ``score``, and neither prediction nor bounds.
    """
    observed = frame["kind"] == "observed"
    frame = frame.assign(score=frame["prediction"].where(observed))
    for column in ("prediction", "lower", "upper"):
        frame[column] = frame[column].mask(observed)
    return frame[list(COLUMNS)]


def observed_frame(table: ScoreTable, level: float) -> pd.DataFrame:
    """Return the scores of `table` with the same columns."""
    nothing = float("nan")
    frame = table.cells.assign(
        kind="observed",
        prediction=nothing,
        lower=nothing,
        upper=nothing,
        level=level,
        support=table.cells.groupby("model")["task"].transform("size"),
        reason="observed: the reconciled score of the reports",
    )
    return frame[list(COLUMNS)]


def every_cell(
    predictor: Predictor, models: Sequence[str] = (), tasks: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the cells models x tasks; an empty side means every one that is known."""
    import pandas as pd

    rows = list(dict.fromkeys(models)) or list(predictor.models_)
    columns = list(dict.fromkeys(tasks)) or list(predictor.tasks_)
    return pd.DataFrame({"model": m, "task": t} for m in rows for t in columns)


def empty_cells(predictor: Predictor) -> pd.DataFrame:
    """Return every cell of the known models and tasks that has no score."""
    import pandas as pd

    data = predictor.data_
    full = {(int(r), int(c)) for r, c in zip(data.row, data.col, strict=True)}
    return pd.DataFrame(
        [
            (model, task)
            for i, model in enumerate(data.models)
            for j, task in enumerate(data.tasks)
            if (i, j) not in full
        ],
        columns=["model", "task"],
    )
