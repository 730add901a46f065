"""Small simulated tables for the tests of the predictors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cpp import Predictions
from features.table.score_table import ScoreTable

N_MODELS, N_TASKS = 20, 9

#: task -> (scale_min, scale_max, higher_is_better); every kind of scale, both directions
MIXED = {
    "accuracy": (0.0, 100.0, True),
    "share": (0.0, 1.0, True),
    "judge": (1.0, 5.0, True),
    "error rate": (0.0, 1.0, False),
    "elo": (None, None, True),
    "rank, mean": (None, None, False),
    "perplexity": (0.0, None, False),
    "speed": (0.0, None, True),
    "log-likelihood": (None, 0.0, True),
}


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-z))


def model_ids(n: int = N_MODELS) -> list[str]:
    return [f"m{i:02d}" for i in range(n)]


def latent_world(
    n_models: int, n_tasks: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the latent truth (n_models, n_tasks) and the models' general ability."""
    ability = rng.normal(size=n_models)
    second = rng.normal(size=(n_models, 1)) @ rng.normal(size=(1, n_tasks))
    return ability[:, None] + 0.8 * rng.normal(size=n_tasks) + 0.4 * second, ability


def model_factors(ability: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return factors that tell something of the ability, with gaps; two are of no standard."""
    n = len(ability)
    frame = pd.DataFrame(
        {
            "model": model_ids(n),
            "organization": rng.choice(["ORG-A", "ORG-B", "ORG-C"], n),
            "family": rng.choice(["fa", "fb", "fc"], n),
            "release_date": pd.Timestamp("2023-01-01")
            + pd.to_timedelta((300 * (ability + 3) + rng.integers(0, 200, n)).astype(int), "D"),
            "params": np.round(10 ** (9 + 0.6 * ability + 0.2 * rng.normal(size=n))),
            "training_tokens": np.round(10 ** (12 + 0.3 * rng.normal(size=n))),
            "reasoning": rng.random(n) < 0.3,
            "rating_of_docs": rng.uniform(1.0, 5.0, n).round(2),
            "licence_kind": rng.choice(["open", "closed"], n),
        }
    )
    frame["reasoning"] = frame["reasoning"].astype("boolean")
    for column in frame.columns[1:]:
        frame.loc[rng.random(n) < 0.2, column] = None
    return frame


def bounded_tasks(ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"task": ids, "scale_min": 0.0, "scale_max": 100.0})


def plain_table(
    seed: int = 0,
    n_models: int = N_MODELS,
    n_tasks: int = N_TASKS,
    *,
    density: float = 0.65,
    noise: float = 0.25,
    factors: bool = True,
) -> ScoreTable:
    """Return scores of 0-100 points; every model and task has at least two."""
    rng = np.random.default_rng(seed)
    z, ability = latent_world(n_models, n_tasks, rng)
    score = 100.0 * sigmoid(z + noise * rng.normal(size=z.shape))
    seen = rng.random(z.shape) < density
    seen[:, :2] = True
    tasks = [f"t{j}" for j in range(n_tasks)]
    row, col = np.nonzero(seen)
    ids = model_ids(n_models)
    scores = pd.DataFrame(
        {
            "model": [ids[i] for i in row],
            "task": [tasks[j] for j in col],
            "score": score[row, col].round(2),
        }
    )
    models = model_factors(ability, rng) if factors else None
    about = bounded_tasks(tasks)
    if factors:
        about["ability"] = [("maths", "code")[j % 2] for j in range(n_tasks)]
        about["n_items"] = [100.0 * (j + 1) for j in range(n_tasks)]
    return ScoreTable(scores, models, about, name="plain")


def odd_table(seed: int = 1) -> ScoreTable:
    """Return a table with every oddity a leaderboard has.

    A model with one cell, one without any but with factors, one of which nothing is known;
    a task with one cell, one without any, a constant one; repeated reports; odd ids.
    """
    plain = plain_table(seed)
    scores = plain.scores[["model", "task", "score"]].copy()
    scores = scores[(scores["model"] != "m03") | (scores["task"] == "t0")]
    scores.loc[scores["task"] == "t8", "score"] = 70.1
    extra = pd.DataFrame(
        [
            ("m05", "thin", 31.5),
            ('Ünï/ödel, "7B" 模型', "t0", 55.0),
            ('Ünï/ödel, "7B" 模型', "t1", 0.0),
            ("m" * 300, "t1", 100.0),
            ("m00", "t0", 12.0),
            ("m00", "t0", 14.0),
        ],
        columns=["model", "task", "score"],
    )
    models = plain.models.reset_index()
    cold = models.iloc[[4]].assign(model="cold with factors")
    blank = pd.DataFrame({"model": ["cold without"]})
    tasks = pd.concat(
        [plain.tasks.reset_index(), bounded_tasks(["thin", "empty"])], ignore_index=True
    )
    return ScoreTable(
        pd.concat([scores, extra], ignore_index=True),
        pd.concat([models, cold, blank], ignore_index=True),
        tasks,
        name="odd",
    )


def mixed_table(seed: int = 2, n_models: int = N_MODELS) -> ScoreTable:
    """Return scores on every kind of scale; no factor of any model, no dates."""
    rng = np.random.default_rng(seed)
    z, _ = latent_world(n_models, len(MIXED), rng)
    z = z + 0.25 * rng.normal(size=z.shape)
    rows = []
    for j, (task, (low, high, better)) in enumerate(MIXED.items()):
        x = z[:, j] if better else -z[:, j]
        if low is not None and high is not None:
            score = low + (high - low) * sigmoid(x)
        elif low is not None:
            score = low + 10.0 * np.exp(x)
        elif high is not None:
            score = high - 10.0 * np.exp(-x)
        else:
            score = 1200.0 + 80.0 * x
        rows += [
            (m, task, s)
            for m, s in zip(model_ids(n_models), score, strict=True)
            if rng.random() < 0.7
        ]
    tasks = pd.DataFrame(
        [(t, *s) for t, s in MIXED.items()],
        columns=["task", "scale_min", "scale_max", "higher_is_better"],
    )
    scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    return ScoreTable(scores, None, tasks, name="mixed")


def heavy_table(seed: int = 0) -> ScoreTable:
    """Return scores with one bound and tails of many powers of ten, as of a latency."""
    rng = np.random.default_rng(seed)
    tasks = [f"t{j}" for j in range(5)]
    rows = [
        (m, t, float(np.exp(4.0 * rng.standard_cauchy()).clip(1e-9, 1e12)))
        for m in model_ids(15)
        for t in tasks
        if rng.random() < 0.7
    ]
    about = pd.DataFrame({"task": tasks, "scale_min": 0.0})
    about["higher_is_better"] = [True, False, True, False, True]
    scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    return ScoreTable(scores, None, about, name="heavy")


def every_cell(table: ScoreTable) -> pd.DataFrame:
    """Return all cells, models x tasks, as columns model, task."""
    index = pd.MultiIndex.from_product(
        [table.models.index, table.tasks.index], names=["model", "task"]
    )
    return index.to_frame(index=False)


def cells(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["model", "task"])


def some_masked(table: ScoreTable, share: float, seed: int) -> pd.DataFrame:
    """Return a random share of each model's cells (columns model, task)."""
    rng = np.random.default_rng(seed)
    observed = table.cells[["model", "task"]]
    rank = pd.Series(rng.random(len(observed))).groupby(observed["model"].to_numpy()).rank()
    size = observed.groupby("model")["task"].transform("size").to_numpy()
    return observed[rank.to_numpy() <= share * size].reset_index(drop=True)


def assert_same(a: Predictions, b: Predictions) -> None:
    """Assert that two answers are the same to the last bit."""
    pd.testing.assert_frame_equal(a.frame, b.frame, check_exact=True)


def assert_close(a: Predictions, b: Predictions, *, atol: float = 1e-9) -> None:
    """Assert that the numbers differ by no more than rounding, and nothing else at all.

    A matrix product adds up in an order that depends on the shape of its matrices, so a
    further row (of zeros) may change the last bit of a sum.
    """
    pd.testing.assert_frame_equal(a.frame, b.frame, check_exact=False, rtol=1e-9, atol=atol)
