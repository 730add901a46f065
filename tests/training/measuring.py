"""Small tables, predictors and slow references for the tests of splits and metrics."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from features.table.score_table import ScoreTable

#: task -> (scale_min, scale_max, family)
SCALES = {
    "arc-0": (0.0, 1.0, "arc"),
    "arc-25": (0.0, 1.0, "arc"),
    "bpb": (0.0, None, "bpb"),
    "elo": (None, None, "elo"),
    "judge": (1.0, 5.0, "judge"),
    "mcc": (-1.0, 1.0, "mcc"),
    "mmlu": (0.0, 100.0, "mmlu"),
    "mmlu-cot": (0.0, 100.0, "mmlu"),
}


def make_table(
    n_models: int = 24, density: float = 0.7, seed: int = 0, *, dated: bool = True
) -> ScoreTable:
    """Return a table over `SCALES`; every task has a score, some cells two reports."""
    rng = np.random.default_rng(seed)
    models = [f"m{i:02d}" for i in range(n_models)]
    seen = rng.random((n_models, len(SCALES))) < density
    seen[0] = True
    seen[-1, 2:] = False  # a model with at most two scores
    rows = []
    for i, j in np.argwhere(seen):
        task = list(SCALES)[j]
        low, high, _ = SCALES[task]
        share = round(float(np.clip(i / n_models + rng.normal(0, 0.2), 0, 1)), 2)
        base = 1000.0 if low is None else low
        score = base + share * ((base + 4.0 if high is None else high) - base)
        rows.append((models[i], task, score, "third_party"))
        if rng.random() < 0.1:
            again = base + (score - base) * 0.9
            rows.append((models[i], task, again, "first_party"))
    dates = pd.Timestamp("2023-01-01") + pd.to_timedelta(20 * (np.arange(n_models) // 2), "D")
    factors = pd.DataFrame({"model": models, "params": 1e9 * np.arange(1, n_models + 1)})
    factors["base_model"] = [f"m{i - i % 2:02d}" for i in range(n_models)]
    if dated:
        factors["release_date"] = dates
        factors.loc[[1, n_models - 2], "release_date"] = pd.NaT
    tasks = pd.DataFrame(
        [(t, low, high, family) for t, (low, high, family) in SCALES.items()],
        columns=["task", "scale_min", "scale_max", "family"],
    )
    scores = pd.DataFrame(rows, columns=["model", "task", "score", "reported_by"])
    return ScoreTable(scores, factors, tasks, name="small")


def wide_table(n_models: int = 40, n_tasks: int = 12, seed: int = 0) -> ScoreTable:
    """Return a table of bounded tasks with enough cells and dates for release waves."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"m{i:02d}", f"t{j:02d}", float(rng.integers(0, 101)))
        for i in range(n_models)
        for j in range(n_tasks)
        if rng.random() < 0.85
    ]
    day = np.sort(rng.integers(0, 300, n_models))
    models = pd.DataFrame({"model": [f"m{i:02d}" for i in range(n_models)]})
    models["release_date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, "D")
    models.loc[::9, "release_date"] = pd.NaT
    tasks = pd.DataFrame({"task": [f"t{j:02d}" for j in range(n_tasks)]})
    tasks["scale_min"], tasks["scale_max"] = 0.0, 100.0
    return ScoreTable(
        pd.DataFrame(rows, columns=["model", "task", "score"]), models, tasks, name="wide"
    )


def shuffled(table: ScoreTable, seed: int = 1) -> ScoreTable:
    """Return the same table read from rows in another order."""
    rng = np.random.default_rng(seed)
    return ScoreTable(
        table.scores.iloc[rng.permutation(len(table.scores))],
        table.models.iloc[rng.permutation(len(table.models))],
        table.tasks.iloc[rng.permutation(len(table.tasks))],
        name=table.name,
    )


class TinyPredictor:
    """Predicts the mean of the task, plus a draw that depends on the seed and the cell.

    ``fault`` breaks the answer in one way, to see that a backtest notices.
    """

    def __init__(self, *, random_state: int = 0, fault: str = "") -> None:
        self.random_state = random_state
        self.fault = fault

    def fit(self, table: ScoreTable) -> TinyPredictor:
        self.scales = table.scales
        self.known = set(zip(table.cells["model"], table.cells["task"], strict=True))
        self.mean = table.cells.groupby("task")["score"].mean()
        # a product of matrices, so that native threads have something to do
        self.noise = float(np.linalg.norm(np.outer(self.mean, self.mean))) * 0.0
        return self

    def predict(self, cells: pd.DataFrame, *, level: float = 0.9) -> SimpleNamespace:
        rows = []
        for model, task in zip(cells["model"], cells["task"], strict=True):
            scale = self.scales[task]
            rng = np.random.default_rng([self.random_state, *f"{model}/{task}".encode()])
            centre = self.mean.get(task, 0.0 if scale.minimum is None else scale.minimum)
            value = float(scale.clip(centre + self.noise + rng.normal() * 0.1))
            low, high = float(scale.clip(value - 0.2)), float(scale.clip(value + 0.2))
            rows.append((model, task, value, low, high, level, "predicted", 0, ""))
        columns = "model task prediction lower upper level kind support reason".split()
        frame = pd.DataFrame(rows, columns=columns)
        if self.fault == "nan":
            frame.loc[0, "prediction"] = np.nan
        elif self.fault == "scale":
            frame.loc[frame["task"] == "mmlu", ["prediction", "upper"]] = 101.0
        elif self.fault == "order":
            frame.loc[0, ["lower", "upper"]] = frame.loc[0, ["upper", "lower"]].to_numpy()
        elif self.fault == "observed":
            frame.loc[0, "kind"] = "observed"
        elif self.fault == "short":
            frame = frame.iloc[1:]
        return SimpleNamespace(frame=frame)


def fold_predictions(table: ScoreTable, folds, seed: int = 0) -> pd.DataFrame:
    """Return made-up predictions of every test cell, without fitting anything."""
    rng = np.random.default_rng(seed)
    frames = []
    for fold in folds:
        cells = fold.test.merge(table.cells, on=["model", "task"])
        scales = [table.scales[t] for t in cells["task"]]
        unit = np.array([1.0 / s.points_per_unit() for s in scales])
        value = cells["score"].to_numpy() + unit * rng.normal(0, 5, len(cells)).round()
        value = np.array([float(s.clip(v)) for s, v in zip(scales, value, strict=True)])
        half = unit * rng.uniform(0, 15, len(cells))
        train = fold.training_table(table).cells.groupby("model").size()
        frames.append(
            pd.DataFrame(
                {
                    "predictor": "made-up",
                    "fold": fold.name,
                    "model": cells["model"],
                    "task": cells["task"],
                    "score": cells["score"],
                    "score_mean": cells["score_mean"],
                    "prediction": value,
                    "lower": value - half,
                    "upper": value + half,
                    "level": 0.9,
                    "kind": np.where(rng.random(len(cells)) < 0.2, "prior", "predicted"),
                    "k_known": cells["model"].map(train).fillna(0).astype(int),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
