"""New models and tasks named on the command line or in a file: known scores and factors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import DataError, near_misses
from serving.cli.output.console import Console

if TYPE_CHECKING:
    import pandas as pd

    from cpp import Predictor
    from features.table.score_table import ScoreTable


def frame_of(predictor: Predictor) -> ScoreTable:
    """Return a table without scores: the tasks a predictor knows, with their scales, and the
    data's own model factors. It says what may be given of a new model, and in which unit.
    """
    import pandas as pd

    from features.factors.transforms import derive_models
    from features.table.score_table import ScoreTable

    data = predictor.data_
    scales = pd.DataFrame(
        {
            "scale_min": [s.minimum for s in data.scales],
            "scale_max": [s.maximum for s in data.scales],
            "chance": [s.chance for s in data.scales],
            "higher_is_better": [s.higher_is_better for s in data.scales],
        },
        index=pd.Index(data.tasks, name="task", dtype=str),
    )
    derived = set(derive_models(pd.DataFrame(index=pd.Index([], name="model", dtype=str))).columns)
    own = [c for c in data.model_factors.columns if c not in derived]
    none = pd.DataFrame({"model": [], "task": [], "score": []})
    return ScoreTable(none, data.model_factors[own], scales, name="the known tasks")


def from_text(name: str, scores: str, factors: str, table: ScoreTable) -> ScoreTable:
    """Read one model from ``--name``, ``--scores`` and ``--factors``.

    Raises
    ------
    DataError
        For a malformed pair, an unknown task or factor (near misses are suggested), or a
        value that is not allowed.
    """
    import pandas as pd

    from features.dataset.inline_text import parse_factors_text, parse_scores_text

    try:
        given = parse_scores_text(scores, table) if scores.strip() else {}
    except DataError as error:
        raise DataError(f"--scores: {error}") from error
    try:
        about = parse_factors_text(factors, known=table.models) if factors.strip() else {}
    except DataError as error:
        raise DataError(f"--factors: {error}") from error
    rows = pd.DataFrame(
        [(name, t, s) for t, s in given.items()], columns=["model", "task", "score"]
    )
    models = pd.DataFrame([about], index=pd.Index([name], name="model", dtype=str))
    return _table(rows, models, table)


def task_from_text(
    name: str, scores: str, factors: str, predictor: Predictor, console: Console
) -> ScoreTable:
    """Read one task from ``--task``, ``--scores`` (of known models) and ``--factors``.

    Raises
    ------
    DataError
        For a task that has scores in the data, a malformed pair, an unknown model or factor
        (near misses are suggested), or a value that is not allowed.
    """
    import pandas as pd

    from features.dataset.inline_text import parse_factors_text, parse_scores_text
    from features.table.score_table import ScoreTable

    data = predictor.data_
    place = data.task_index.get(name)
    if place is not None and data.n[place]:
        raise DataError(
            f"--task: {name!r} is in the data, with {int(data.n[place])} scores; see its column "
            f"with `benchcast predict --task`, and give a model's new score on it with --name"
        )
    try:
        about = parse_factors_text(factors, kind="task") if factors.strip() else {}
        tasks = pd.DataFrame([about], index=pd.Index([name], name="task", dtype=str))
        none = pd.DataFrame({"model": [], "task": [], "score": []})
        scale = ScoreTable(none, None, tasks).scales[name]
    except DataError as error:
        raise DataError(f"--factors: {error}") from error
    if place is not None:
        console.note(f"{name!r} is in the data, without a score; its factors there stay")
        scale = data.scales[place]
    elif scale.kind == "unbounded":
        console.note(
            f"{name!r} is taken as a score without bounds; give scale_min and scale_max with "
            "--factors if it has them"
        )
    try:
        known = dict.fromkeys(predictor.models_, scale)
        given = parse_scores_text(scores, known, kind="model") if scores.strip() else {}
    except DataError as error:
        raise DataError(f"--scores: {error}") from error
    rows = [(model, name, score) for model, score in given.items()]
    frame = pd.DataFrame(rows, columns=["model", "task", "score"])
    return ScoreTable(frame, None, tasks if place is None else None, name="the given task")


def from_file(path: Path, table: ScoreTable) -> ScoreTable:
    """Read many models from ``--file`` (see :func:`features.dataset.completions.read_completions`).

    Raises
    ------
    DataError
        With file, line and value, for anything that cannot be read or is not known.
    """
    from features.dataset.inline_text import read_completions

    given = read_completions(path, table)
    if not len(given.models):
        raise DataError(f"{path}: no model in it; give a header and at least one row")
    return _table(given.scores, given.models, table)


def _table(scores: pd.DataFrame, models: pd.DataFrame, table: ScoreTable) -> ScoreTable:
    from features.table.score_table import ScoreTable

    return ScoreTable(scores, models, table.tasks, name="the given models")


def without_known(given: ScoreTable, predictor: Predictor, console: Console) -> ScoreTable:
    """Return `given` without the scores that the data has already; they stay as they are there.

    What is not used is told: a differing score of an observed cell, and factors of a model
    that is in the data.
    """
    data = predictor.data_
    index = {model: i for i, model in enumerate(data.models)}
    known = {
        (data.models[r], data.tasks[c]): float(s)
        for r, c, s in zip(data.row, data.col, data.score, strict=True)
        if data.models[r] in given.models.index
    }
    for cell in given.cells.itertuples(index=False):
        there = known.get((cell.model, cell.task))
        if there is not None and there != cell.score:
            console.note(
                f"{cell.model!r} on {cell.task!r} is observed already, {there:g}: that stays, "
                f"{cell.score:g} is not used"
            )
    for model in given.models.index:
        if model in index:
            n = int(data.k[index[model]])
            console.note(f"{model!r} is in the data, with {n} scores; they stay")
            if given.models.loc[model].notna().any():
                console.note(f"the factors of {model!r} stay as the data has them, too")
            continue
        close = near_misses(model, data.models, n=1)
        if close and close[0].casefold().strip() == model.casefold().strip():
            console.note(f"{model!r} is new; the data has {close[0]!r}, taken for another model")
    import pandas as pd

    return given.without(pd.DataFrame(list(known), columns=["model", "task"], dtype=str))
