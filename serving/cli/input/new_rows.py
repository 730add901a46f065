"""New models and tasks named on the command line or in a file: known scores and factors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import DataError
from serving.cli.output.console import Console

if TYPE_CHECKING:
    from cpp import Predictor
    from features.table.score_table import ScoreTable


def frame_of(predictor: Predictor) -> ScoreTable:
    """Return a table without scores: the tasks a predictor knows, with their scales, and the
    data's own model factors. It says what may be given of a new model, and in which unit.
    """
    from features.dataset.new_rows import new_table, own_factors
    from features.table.score_scale import scale_frame

    data = predictor.data_
    scales = scale_frame(dict(zip(data.tasks, data.scales, strict=True)))
    models = data.model_factors[own_factors("model", data.model_factors)]
    return new_table([], models, scales, name="the known tasks")


def from_text(name: str, scores: str, factors: str, table: ScoreTable) -> ScoreTable:
    """Read one model from ``--name``, ``--scores`` and ``--factors``.

    Raises DataError for a malformed pair, an unknown task or factor (near misses are suggested),
    or a value that is not allowed.
    """
    from features.dataset.inline_text import parse_factors_text, parse_scores_text
    from features.dataset.new_rows import new_table

    with _option("--scores"):
        given = parse_scores_text(scores, table) if scores.strip() else {}
    with _option("--factors"):
        about = parse_factors_text(factors, known=table.models) if factors.strip() else {}
    rows = ((name, task, score) for task, score in given.items())
    return new_table(rows, {name: about}, table.tasks, name=_MODELS)


def task_from_text(
    name: str, scores: str, factors: str, predictor: Predictor, console: Console
) -> ScoreTable:
    """Read one task from ``--task``, ``--scores`` (of known models) and ``--factors``.

    Raises DataError as :func:`from_text`, and for a task that has scores in the data.
    """
    from features.dataset.inline_text import parse_factors_text, parse_scores_text
    from features.dataset.new_rows import new_table, new_task

    data = predictor.data_
    column = data.task_index.get(name)
    if column is not None and data.n[column]:
        raise DataError(
            f"--task: {name!r} is in the data, with {int(data.n[column])} scores; see its column "
            f"with `benchcast predict --task`, and give a model's new score on it with --name"
        )
    in_data = None if column is None else data.scales[column]
    with _option("--factors"):
        about = parse_factors_text(factors, kind="task") if factors.strip() else {}
        tasks, scale, notes = new_task(name, about, in_data, given_in="--factors")
    for note in notes:
        console.note(note)
    with _option("--scores"):
        known = dict.fromkeys(predictor.models_, scale)
        given = parse_scores_text(scores, known, kind="model") if scores.strip() else {}
    rows = ((model, name, score) for model, score in given.items())
    return new_table(rows, tasks=tasks, name="the given task")


def from_file(path: Path, table: ScoreTable) -> ScoreTable:
    """Read many models from ``--file`` (see :func:`features.dataset.inline_text.read_completions`).

    Raises DataError with file, line and value, for anything that cannot be read or is not known.
    """
    from features.dataset.inline_text import read_completions
    from features.table.score_table import ScoreTable

    given = read_completions(path, table)
    if not len(given.models):
        raise DataError(f"{path}: no model in it; give a header and at least one row")
    return ScoreTable(given.scores, given.models, table.tasks, name=_MODELS)


def without_known(given: ScoreTable, predictor: Predictor, console: Console) -> ScoreTable:
    """Return `given` without the scores that the data has already; they stay as they are there.

    What is not used is told: a differing score of an observed cell, and factors of a model
    that is in the data.
    """
    import pandas as pd

    from features.dataset.new_rows import known_notes
    from serving.engine.known_table import observed_scores

    data = predictor.data_
    observed = observed_scores(data, given.models.index)
    scores = given.cells[["model", "task", "score"]].itertuples(index=False)
    has_factors = given.models.notna().any(axis=1).to_dict()
    for note in known_notes(scores, has_factors, observed, data.models):
        console.note(note)
    cells = [(model, task) for model, there in observed.items() for task in there]
    return given.without(pd.DataFrame(cells, columns=["model", "task"], dtype=str))


_MODELS = "the given models"


@contextmanager
def _option(name: str) -> Iterator[None]:
    """Name the option in front of a fault of what it says."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{name}: {error}") from error
