"""A small table with points, and settings that train on it in a moment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.table.score_table import ScoreTable
from training.pipeline.config import TrainConfig, load_config


def small_table(seed: int = 0, n_models: int = 14, **meta: str) -> ScoreTable:
    rng = np.random.default_rng(seed)
    rows = [
        (f"m{i:02d}", f"t{j}", float(np.clip(15 + 4 * i + 7 * j + rng.normal(0, 4), 0, 100)))
        for i in range(n_models)
        for j in range(6)
        if (i + j) % 5
    ]
    tasks = pd.DataFrame({"task": [f"t{j}" for j in range(6)], "scale_min": 0, "scale_max": 100})
    scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    return ScoreTable(scores, tasks=tasks, name="small", meta=meta)


def settings(*overrides: str) -> TrainConfig:
    return load_config(None, ["run.ladder=false", "model.predictor=biases", *overrides])
