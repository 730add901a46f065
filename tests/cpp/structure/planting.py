"""Score tables whose structure is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cpp import Predictor, make_predictor
from cpp.data.training_data import TrainingData
from features.table.score_table import ScoreTable
from training.splits import make_folds

ABILITIES = ("maths", "code", "language")


def scores_of(
    latent: np.ndarray, rng: np.random.Generator, *, noise: float = 1.0, density: float = 0.8
) -> pd.DataFrame:
    """Return scores of 0-100 points with measuring noise; a share of the cells is there."""
    score = 100.0 / (1.0 + np.exp(-latent)) + noise * rng.normal(size=latent.shape)
    seen = rng.random(latent.shape) < density
    row, col = np.nonzero(seen)
    return pd.DataFrame(
        {
            "model": [f"m{i:02d}" for i in row],
            "task": [f"t{j:02d}" for j in col],
            "score": score[row, col].clip(0.0, 100.0).round(2),
        }
    )


def tasks_of(n: int, **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame({"task": [f"t{j:02d}" for j in range(n)], "scale_min": 0.0})
    frame["scale_max"] = 100.0
    return frame.assign(**columns)


def clustered(seed: int = 0, *, apart: float = 1.2, n_each: int = 12, n_tasks: int = 15):
    """Return a table of three kinds of models, each better at one ability; and the kinds."""
    rng = np.random.default_rng(seed)
    kind = np.repeat(np.arange(3), n_each)
    ability = np.arange(n_tasks) % 3
    latent = (
        0.8 * rng.normal(size=len(kind))[:, None]
        + 0.5 * rng.normal(size=n_tasks)
        + apart * np.where(kind[:, None] == ability, 1.0, -0.5)
        + 0.15 * rng.normal(size=(len(kind), n_tasks))
    )
    models = pd.DataFrame(
        {
            "model": [f"m{i:02d}" for i in range(len(kind))],
            "organization": [("Ano", "Bno", "Cno")[k] for k in kind],
        }
    )
    tasks = tasks_of(n_tasks, ability=[ABILITIES[a] for a in ability])
    return ScoreTable(scores_of(latent, rng), models, tasks, name="clustered"), kind, ability


def levels_only(seed: int = 0, *, n_models: int = 36, n_tasks: int = 15) -> ScoreTable:
    """Return a table of levels, places and noise: no cluster, no pair beyond the level."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n_models, 1)) + 0.5 * rng.normal(size=n_tasks)
    latent = latent + 0.3 * rng.normal(size=latent.shape)
    return ScoreTable(scores_of(latent, rng), None, tasks_of(n_tasks), name="levels")


def noise_only(seed: int = 0, *, n_models: int = 36, n_tasks: int = 15) -> ScoreTable:
    """Return a table of scores that have nothing to do with each other."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n_models, n_tasks))
    return ScoreTable(scores_of(latent, rng), None, tasks_of(n_tasks), name="noise")


def duplicated(seed: int = 0, *, n_models: int = 40, n_tasks: int = 10) -> ScoreTable:
    """Return a table in which t09 measures the same as t00, and the rest tasks of their own."""
    rng = np.random.default_rng(seed)
    latent = 0.7 * rng.normal(size=(n_models, 1)) + 0.9 * rng.normal(size=(n_models, n_tasks))
    latent[:, -1] = latent[:, 0]
    return ScoreTable(scores_of(latent, rng), None, tasks_of(n_tasks), name="duplicated")


def worn(seed: int = 0, *, n_models: int = 40) -> ScoreTable:
    """Return a table whose t00 is saturated, t01 at chance, t02 noise, and the rest open.

    Models come out one a month, the better the later; t00 is within two points of the maximum
    from the twentieth on.
    """
    rng = np.random.default_rng(seed)
    n_tasks = 8
    level = np.linspace(-1.5, 1.5, n_models)
    latent = level[:, None] + 0.5 * rng.normal(size=n_tasks) - 0.5
    latent = latent + 0.3 * rng.normal(size=latent.shape)
    score = 100.0 / (1.0 + np.exp(-latent))
    n_items = np.array([2000, 400, 100, *([1000] * (n_tasks - 3))])
    score[:, 0] = np.where(np.arange(n_models) < 20, 60.0 + np.arange(n_models), 98.5)
    score[:, 1] = 25.0
    score[:, 2] = 50.0
    score += 100.0 * np.sqrt(0.25 / n_items) * rng.normal(size=score.shape)
    score[:, 0] = np.minimum(score[:, 0], 99.5)
    frame = pd.DataFrame(
        [
            (f"m{i:02d}", f"t{j:02d}", score[i, j].clip(0, 100).round(2))
            for i in range(n_models)
            for j in range(n_tasks)
        ],
        columns=["model", "task", "score"],
    )
    models = pd.DataFrame(
        {
            "model": [f"m{i:02d}" for i in range(n_models)],
            "release_date": pd.date_range("2021-01-01", periods=n_models, freq="MS"),
        }
    )
    tasks = tasks_of(n_tasks, n_items=n_items.astype(float), released="2020-01-01")
    tasks["chance"] = [None, 25.0, *([None] * (n_tasks - 2))]
    return ScoreTable(frame, models, tasks, name="worn")


def points_of(table: ScoreTable, *, seed: int = 0, name: str = "fast") -> Predictor:
    """Return a fit without intervals."""
    return make_predictor(name, random_state=seed).fit_points(TrainingData.from_table(table))


def again_of(table: ScoreTable, n: int = 3) -> list[Predictor]:
    """Return fits of other seeds on five sixths of the scores."""
    folds = make_folds(table, "random", seed=0, n_folds=6)
    return [
        points_of(folds[f].training_table(table), seed=1 + i) for i, f in enumerate(folds.names[:n])
    ]


def shuffled(table: ScoreTable, seed: int = 3) -> ScoreTable:
    """Return the same table, its rows given in another order."""
    return ScoreTable(
        table.scores.sample(frac=1.0, random_state=seed),
        table.models.reset_index().sample(frac=1.0, random_state=seed),
        table.tasks.reset_index().sample(frac=1.0, random_state=seed),
        name=table.name,
    )
