"""A score table in which it is known which factors move scores, and which are noise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.table.score_table import ScoreTable

#: groups (cpp.importance.groups) that move scores, and those that are drawn at random
TRUE = {"model": ("size", "release date", "reasoning"), "task": ("ability", "length")}
NOISE = {
    "model": ("mood", "colour", "shelf", "training tokens", "organization"),
    "task": ("number of items", "weekday", "host"),
}
_ABILITIES = ("maths", "code", "knowledge")


def factor_table(
    seed: int, *, n_models: int = 70, n_tasks: int = 30, share: float = 0.6, noise: float = 0.25
) -> ScoreTable:
    """Return a table whose scores follow some factors and nothing else but noise.

    Size and date move a model's level; reasoning helps most on maths and not on knowledge; long
    tasks reward size. The other factors are drawn at random, and names say
    nothing. Measuring and latent noise make up the rest.

    Parameters
    ----------
    seed : int
    n_models, n_tasks : int
    share : float
        Share of the cells that is filled.
    noise : float
        Standard deviation of what no factor tells of a cell, latent; of a model's level it is
        the same.
    """
    rng = np.random.default_rng(seed)
    size = rng.uniform(8.5, 12.0, n_models)
    day = rng.integers(0, 1000, n_models)
    reasoning = rng.random(n_models) < 0.4
    ability = np.arange(n_tasks) % len(_ABILITIES)
    length = rng.uniform(0.0, 1.0, n_tasks)
    pull = np.array([2.2, 1.2, 0.0])[ability]
    level = 0.9 * (size - 10.2) + 1.0 * (day - 500) / 500.0 + noise * rng.normal(size=n_models)
    latent = (
        level[:, None]
        + rng.normal(0.0, 0.5, n_tasks)
        + np.outer(reasoning - 0.4, pull)
        + np.outer(size - 10.2, 1.6 * (length - 0.5))
        + noise * rng.normal(size=(n_models, n_tasks))
    )
    score = (100.0 / (1.0 + np.exp(-latent))).round(2)
    seen = rng.random(latent.shape) < share
    seen[:, rng.permutation(n_tasks)[:4]] = True
    names = rng.permutation([f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"])[:n_models]
    models, tasks = [f"{n}-x" for n in names], [f"task-{j:02d}" for j in range(n_tasks)]
    row, col = np.nonzero(seen)
    scores = pd.DataFrame(
        {"model": np.array(models)[row], "task": np.array(tasks)[col], "score": score[row, col]}
    )
    factors = pd.DataFrame(
        {
            "model": models,
            "params": 10.0**size,
            "release_date": pd.Timestamp("2022-06-01") + pd.to_timedelta(day, unit="D"),
            "reasoning": reasoning,
            "training_tokens": 10.0 ** rng.uniform(11.0, 13.5, n_models),
            "organization": rng.choice(["org-a", "org-b", "org-c", "org-d", "org-e"], n_models),
            "mood": rng.normal(size=n_models),
            "shelf": rng.uniform(0.0, 9.0, n_models),
            "colour": rng.choice(["red", "green", "blue", "grey"], n_models),
            "rare": np.where(np.arange(n_models) < 4, 1.0, np.nan),
        }
    )
    about = pd.DataFrame(
        {
            "task": tasks,
            "ability": [_ABILITIES[a] for a in ability],
            "length": length,
            "n_items": 10.0 ** rng.uniform(2.0, 4.0, n_tasks),
            "weekday": rng.integers(0, 7, n_tasks).astype(float),
            "host": rng.choice(["north", "south", "west"], n_tasks),
            "scale_min": 0.0,
            "scale_max": 100.0,
        }
    )
    return ScoreTable(scores, factors, about, name="factors")
