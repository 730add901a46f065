"""A score table with a known answer: low rank, factors that tell part of it, noise, holes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.table.score_table import ScoreTable

_ABILITIES = ("maths", "code", "knowledge", "language", "agents")


def planted_table(
    n_models: int = 84,
    n_tasks: int = 133,
    share: float = 0.233,
    *,
    rank: int = 4,
    unexplained: float = 0.4,
    seed: int = 0,
) -> ScoreTable:
    """Return a planted table; the same arguments give the same table.

    A model's skills follow its size, its date and its organisation, a task's demands its
    ability; scores are logistic in their product, in percent, with measuring noise of about two
    points. Popular models and tasks have more of the cells; every model has at least five.

    Parameters
    ----------
    n_models, n_tasks : int
        The defaults are the size of the published record's matrix, about 2,600 cells.
    share : float
        Share of the cells that is filled.
    rank : int
        Of the planted interaction.
    unexplained : float
        Standard deviation of what no factor tells of a model's level and skills, latent.
    seed : int
    """
    rng = np.random.default_rng(seed)
    organisation = rng.integers(0, 12, n_models)
    day = np.sort(rng.integers(0, 1100, n_models))
    size = 10 ** rng.uniform(8.5, 12.0, n_models)
    reasoning = rng.random(n_models) < day / 2200.0
    ability = rng.integers(0, len(_ABILITIES), n_tasks)

    level = 0.9 * (np.log10(size) - 10.2) + 1.6 * day / 1100.0 + 0.5 * reasoning
    level = (
        level + 0.3 * rng.normal(size=12)[organisation] + unexplained * rng.normal(size=n_models)
    )
    skill = 0.5 * rng.normal(size=(12, rank))[organisation] + unexplained * rng.normal(
        size=(n_models, rank)
    )
    demand = rng.normal(size=(len(_ABILITIES), rank))[ability] + 0.5 * rng.normal(
        size=(n_tasks, rank)
    )
    ease = rng.normal(0.0, 1.2, n_tasks) - 1.0
    latent = level[:, None] + ease + 0.5 * skill @ demand.T
    score = 100.0 / (1.0 + np.exp(-latent)) + rng.normal(0.0, 2.0, latent.shape)
    score = np.clip(score, 0.0, 100.0).round(2)

    popular = (
        rng.gumbel(size=latent.shape) + rng.normal(size=(n_models, 1)) + rng.normal(size=n_tasks)
    )
    seen = popular >= np.quantile(popular, 1.0 - share)
    for i in range(n_models):  # nobody is left with next to nothing
        seen[i, np.argsort(-popular[i], kind="stable")[:5]] = True
    models = [f"model-{i:03d}" for i in range(n_models)]
    tasks = [f"task-{j:03d}" for j in range(n_tasks)]
    row, col = np.nonzero(seen)
    scores = pd.DataFrame(
        {"model": np.array(models)[row], "task": np.array(tasks)[col], "score": score[row, col]}
    )
    factors = pd.DataFrame(
        {
            "model": models,
            "organization": [f"org-{o:02d}" for o in organisation],
            "release_date": pd.Timestamp("2022-06-01") + pd.to_timedelta(day, unit="D"),
            "params": size,
            "reasoning": reasoning,
        }
    )
    factors.loc[rng.random(n_models) < 0.3, "params"] = np.nan
    about = pd.DataFrame(
        {
            "task": tasks,
            "ability": [_ABILITIES[a] for a in ability],
            "scale_min": 0.0,
            "scale_max": 100.0,
        }
    )
    return ScoreTable(scores, factors, about, name="planted")
