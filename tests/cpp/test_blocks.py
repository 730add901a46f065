"""Groups of models that share few tasks: small ones on easy tasks, large ones on hard ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp import make_predictor
from features.table import ScoreTable

N, EASY, HARD = 120, 14, 8


@pytest.fixture(scope="module")
def blocks() -> tuple[ScoreTable, pd.DataFrame]:
    """Return scores, and the true ones of weak models on hard tasks, which nobody measured."""
    rng = np.random.default_rng(0)
    skill = np.sort(rng.normal(0.0, 1.4, N))
    ease = np.r_[rng.normal(1.2, 0.5, EASY), rng.normal(-1.5, 0.5, HARD)]
    latent = skill[:, None] + ease + 0.25 * rng.normal(size=(N, EASY + HARD))
    score = 100.0 / (1.0 + np.exp(-latent))
    weak, hard = np.arange(N) < 0.6 * N, np.arange(EASY + HARD) >= EASY
    seen = np.where(weak[:, None], ~hard, hard | (np.arange(EASY + HARD) < 3))
    seen &= rng.random(seen.shape) < 0.7
    names = [f"m{i:03}" for i in range(N)]
    tasks = [f"{'hard' if h else 'easy'}{j}" for j, h in enumerate(hard)]
    row, col = np.nonzero(seen)
    scores = pd.DataFrame(
        {"model": np.array(names)[row], "task": np.array(tasks)[col], "score": score[row, col]}
    )
    about = pd.DataFrame({"task": tasks, "scale_min": 0.0, "scale_max": 100.0})
    row, col = np.nonzero(weak[:, None] & hard)
    true = pd.DataFrame(
        {"model": np.array(names)[row], "task": np.array(tasks)[col], "true": score[row, col]}
    )
    return ScoreTable(scores, None, about), true


def test_a_short_chain_tells_how_far_apart_the_groups_are(blocks):
    """Nobody is level with the truth here, but from biases of 0 it would be half as far again."""
    table, true = blocks

    def off(name: str) -> float:
        answer = make_predictor(name).fit(table).predict(true[["model", "task"]])
        return abs(float((answer.score - true["true"]).mean()))

    assert off("fast") < 0.6 * off("biases")
