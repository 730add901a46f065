"""What a rung claims to use changes its predictions: compute, factors, text, dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp import LADDER, make_predictor
from features import ScoreTable

RNG = np.random.default_rng(3)
N = 36
#: from the weakest to the strongest
NAMES = [f"m{i:02d}" for i in RNG.permutation(N)]
#: what is said of two new models -> rungs that claim to use it; the second one is the better
CLAIMS = {
    "training_flop": ("scaling-law", "nearest", "bmf", "gp", "fast", "boosting", "blend"),
    "params": ("scaling-law", "scaling-law-nd", "nearest", "bmf", "fast", "boosting"),
    "training_tokens": ("scaling-law-nd", "nearest", "bmf", "fast", "boosting"),
    "release_date": ("scaling-law", "nearest", "bmf", "fast", "boosting"),
    "family": ("scaling-law", "scaling-law-nd", "nearest", "bmf", "fast"),
    "description": ("text",),
}
#: take more than ten seconds
SLOW = {"gp", "blend"}
#: rungs that know a model by its scores alone
BLIND = {"task-mean", "biases", "factorisation", "bias-als", "safer-als"}
LEVEL = np.linspace(-1.0, 1.0, N)
SAID = {
    "training_flop": 10.0 ** (22.0 + 2 * LEVEL),
    "params": 10.0 ** (10.0 + LEVEL),
    "training_tokens": 10.0 ** (11.5 + LEVEL),
    "release_date": [f"{2021 + int(2 + 1.99 * v)}-06-01" for v in LEVEL],
    "family": np.where(LEVEL > 0, "strong", "weak"),
    "description": np.where(LEVEL > 0, "large careful reasoning", "small early prototype"),
}


def table(factor: str) -> ScoreTable:
    """Scores that rise with one factor, which is all that is known of the models."""
    names = NAMES
    models = pd.DataFrame({"model": names, factor: SAID[factor]})
    if factor == "params":  # tokens stand still, so that size alone tells
        models["training_tokens"] = 1e12
    if factor == "training_tokens":
        models["params"] = 1e10
    if factor == "family":  # a law is of models whose compute is known
        models["params"], models["training_tokens"] = 1e10, 1e12
    rows = [
        (name, f"t{t}", 55 + 30 * level - 4 * t + RNG.normal(0, 2))
        for name, level in zip(names, LEVEL, strict=True)
        for t in range(4)
    ]
    tasks = pd.DataFrame({"task": [f"t{t}" for t in range(4)], "scale_min": 0, "scale_max": 100})
    return ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), models, tasks)


def test_every_rung_is_judged() -> None:
    assert {rung for rungs in CLAIMS.values() for rung in rungs} | BLIND == set(LADDER)


@pytest.mark.parametrize(
    ("factor", "rung"),
    [
        pytest.param(factor, rung, marks=[pytest.mark.slow] if rung in SLOW else [])
        for factor, rungs in CLAIMS.items()
        for rung in rungs
    ],
)
def test_what_a_rung_claims_to_use_moves_its_predictions(factor, rung) -> None:
    seen = table(factor)
    ends = seen.models.loc[[NAMES[0], NAMES[-1]]]
    two = ends.reset_index(drop=True).assign(model=["low", "high"])
    cells = pd.DataFrame({"model": ["low", "high"], "task": "t1"})
    low, high = make_predictor(rung).fit(seen).predict(cells, models=two).score
    assert high > low + 5.0, f"{rung} does not see {factor}"


@pytest.mark.parametrize("rung", sorted(BLIND))
def test_the_others_say_the_same_of_all_new_models(rung) -> None:
    seen = table("training_flop")
    two = pd.DataFrame({"model": ["low", "high"], "training_flop": [1e20, 1e24]})
    cells = pd.DataFrame({"model": ["low", "high"], "task": "t1"})
    low, high = make_predictor(rung).fit(seen).predict(cells, models=two).score
    assert low == high
