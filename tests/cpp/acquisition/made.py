"""A small table with known structure: two abilities, three tasks each tell of each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from features.table.score_table import ScoreTable

TASKS = ("math a", "math b", "math c", "code a", "code b", "code c", "elo")


def made_table(n_models: int = 40, *, share: float = 0.7, seed: int = 0) -> ScoreTable:
    """Return scores of models with two skills that have nothing to do with each other.

    ``math *`` go by the one, ``code *`` by the other; ``elo`` has no bounds.
    """
    rng = np.random.default_rng(seed)
    skills = rng.standard_normal((n_models, 2))
    rows = []
    for i, (math, code) in enumerate(skills):
        for j, task in enumerate(TASKS):
            if rng.random() > share and j != i % len(TASKS):
                continue
            skill = math if task.startswith("math") else code
            z = skill + 0.15 * rng.standard_normal()
            score = 1200 + 100 * (math + code) if task == "elo" else 100 * expit(z)
            rows.append((f"m{i:02d}", task, float(score)))
    tasks = pd.DataFrame(
        {
            "task": TASKS,
            "ability": ["math"] * 3 + ["coding"] * 3 + ["chat"],
            "scale_min": [0.0] * 6 + [None],
            "scale_max": [100.0] * 6 + [None],
        }
    )
    return ScoreTable(
        pd.DataFrame(rows, columns=["model", "task", "score"]),
        pd.DataFrame({"model": [f"m{i:02d}" for i in range(n_models)]}),
        tasks,
        name="made",
    )
