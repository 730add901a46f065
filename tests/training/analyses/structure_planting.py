"""A table in which one model tells what no other does: the only full row of its family."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.table.score_table import ScoreTable

HUB = "hub"


def with_a_hub(seed: int = 0, *, odd: float = 2.0, n_tasks: int = 12) -> ScoreTable:
    """Return 24 plain models, and a family good at half of the tasks and bad at the other half.

    Of that family one model is measured everywhere (`HUB`), eight on three tasks each. With
    `odd` 0 the family is like all others.
    """
    rng = np.random.default_rng(seed)
    n_plain, n_kin = 24, 8
    half = np.where(np.arange(n_tasks) % 2 == 0, 1.0, -1.0)
    latent = 0.6 * rng.normal(size=(n_plain + 1 + n_kin, 1)) + 0.3 * rng.normal(size=n_tasks)
    latent = latent + 0.1 * rng.normal(size=latent.shape)
    latent[n_plain:] += odd * half
    score = 100.0 / (1.0 + np.exp(-latent))
    seen = rng.random(latent.shape) < 0.6
    seen[n_plain] = True
    for i in range(n_plain + 1, len(seen)):
        seen[i] = False
        seen[i, rng.permutation(n_tasks)[:3]] = True
    names = [f"plain{i:02d}" for i in range(n_plain)] + [HUB]
    names += [f"kin{i}" for i in range(n_kin)]
    row, col = np.nonzero(seen)
    scores = pd.DataFrame(
        {
            "model": [names[i] for i in row],
            "task": [f"t{j:02d}" for j in col],
            "score": score[row, col].round(2),
        }
    )
    models = pd.DataFrame({"model": names, "family": ["Plain"] * n_plain + ["Odd"] * (1 + n_kin)})
    tasks = pd.DataFrame(
        {"task": [f"t{j:02d}" for j in range(n_tasks)], "scale_min": 0.0, "scale_max": 100.0}
    )
    return ScoreTable(scores, models, tasks, name="hub")
