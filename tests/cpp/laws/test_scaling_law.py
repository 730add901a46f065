"""Scaling laws see compute: planted laws come back, and are followed beyond the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from cpp import make_predictor
from cpp.laws.sigmoid import HUBER, NOISE, NOISE_CELLS, fit_sigmoid, share_of
from features import ScoreTable

CHANCE, CEILING = 0.25, 0.9
RNG = np.random.default_rng(7)


def planted(n: int = 60, noise: float = 0.01, top: float = 24.0, **task: float) -> ScoreTable:
    """Models of two families over five decades on three tasks; family b is a decade behind."""
    flop = RNG.uniform(19.5, top, n)
    family = np.where(np.arange(n) % 2, "b", "a")
    models = pd.DataFrame(
        {"model": [f"m{i}" for i in range(n)], "training_flop": 10.0**flop, "family": family}
    )
    rows = []
    for t, middle in enumerate((21.5, 22.5, 23.0)):
        share = truth(flop, family == "b", middle) + noise * RNG.standard_normal(n)
        rows += [(m, f"t{t}", 100 * s) for m, s in zip(models["model"], share, strict=True)]
    tasks = pd.DataFrame(
        {"task": ["t0", "t1", "t2"], "scale_min": 0.0, "scale_max": 100.0, "chance": 25.0} | task
    )
    scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    return ScoreTable(scores.assign(score=scores["score"].clip(0, 100)), models, tasks)


def truth(flop: np.ndarray, behind: np.ndarray, middle: float) -> np.ndarray:
    return CHANCE + (CEILING - CHANCE) * expit(1.8 * (flop - middle - behind))


def asked(predictor, flop: np.ndarray, task: str = "t2", **more) -> np.ndarray:
    names = [f"new{i}" for i in range(len(flop))]
    models = pd.DataFrame({"model": names, "training_flop": 10.0**flop, **more})
    cells = pd.DataFrame({"model": names, "task": task})
    return predictor.predict(cells, models=models).score


@pytest.mark.parametrize("rung", ["scaling-law", "scaling-law-nd"])
def test_a_planted_law_is_followed_a_decade_beyond_the_data(rung) -> None:
    law = make_predictor(rung).fit(planted(top=23.0))
    beyond = np.linspace(23.0, 24.0, 11)
    for task, middle in (("t0", 21.5), ("t1", 22.5), ("t2", 23.0)):
        for family in "ab":
            right = 100 * truth(beyond, np.array(family == "b"), middle)
            found = asked(law, beyond, task, family=family)
            assert np.abs(found - right).mean() < 5.0
    rising = asked(law, np.linspace(19.5, 25.0, 30), family="a")
    assert (np.diff(rising) > 0).all() and np.ptp(rising) > 40.0


def test_the_floor_is_chance_and_the_ceiling_no_more_than_the_maximum() -> None:
    law = make_predictor("scaling-law").fit(planted())
    least, most = asked(law, np.array([15.0, 28.0]), "t0", family="a")
    assert 24.5 < least < 27.0 and 85.0 < most < 100.0


def test_lower_is_better_is_the_same_law_turned_round() -> None:
    table = planted()
    turned = table.scores.assign(score=100.0 - table.scores["score"])
    tasks = table.tasks.assign(higher_is_better=False, chance=75.0)
    other = ScoreTable(turned, table.models, tasks)
    flop = np.linspace(20.0, 25.0, 6)
    one, two = (asked(make_predictor("scaling-law").fit(t), flop) for t in (table, other))
    np.testing.assert_allclose(one, 100.0 - two, atol=1e-6)


def test_compute_that_is_not_stated_is_worked_out_from_the_size() -> None:
    table = planted()
    params = 10.0 ** ((np.log10(table.models["training_flop"]) - np.log10(120.0)) / 2)
    models = table.models.assign(params=params)
    law = make_predictor("scaling-law").fit(ScoreTable(table.scores, models, table.tasks))
    cells = pd.DataFrame({"model": ["s", "l"], "task": "t1"})
    sizes = pd.DataFrame({"model": ["s", "l"], "params": [1e9, 1e11]})
    small, large = law.predict(cells, models=sizes).score
    assert large > small + 20.0


def test_size_and_data_count_apart() -> None:
    n = 80
    size, data = RNG.uniform(8, 11, n), RNG.uniform(10, 13, n)
    names = [f"m{i}" for i in range(n)]
    models = pd.DataFrame({"model": names, "params": 10.0**size, "training_tokens": 10.0**data})
    share = 100 * expit(1.5 * (data - 11.5) + 0.1 * (size - 9.5))
    scores = pd.DataFrame({"model": names, "task": "t", "score": share})
    tasks = pd.DataFrame({"task": ["t"], "scale_min": 0.0, "scale_max": 100.0})
    law = make_predictor("scaling-law-nd").fit(ScoreTable(scores, models, tasks))
    new = pd.DataFrame(
        {"model": ["big", "long"], "params": [1e11, 1e9], "training_tokens": [1e11, 1e13]}
    )
    cells = pd.DataFrame({"model": ["big", "long"], "task": "t"})
    big, long = law.predict(cells, models=new).score
    assert long > big + 30.0


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_is_the_maximum_that_a_general_optimiser_finds(seed) -> None:
    rng = np.random.default_rng(seed)
    x, member = rng.standard_normal(40), rng.integers(0, 2, 40)
    design = np.column_stack([np.ones(40), x, member])
    share = share_of(design @ np.array([-0.3, 1.2, 0.4]), 0.5, 0.2, 0.8)
    share = share + 0.04 * rng.standard_normal(40) + 0.3 * (rng.random(40) < 0.05)
    weight, mean, sd = rng.uniform(0.5, 1.5, 40), np.r_[0.0, 1.0, 0.0, 0.0], np.r_[3, 0.3, 0.5, 0.7]
    found = fit_sigmoid(design, share, weight, floor=0.2, lowest=0.8, mean=mean, sd=sd)
    residual = share - share_of(design @ found[:-1], found[-1], 0.2, 0.8)
    spread = 1.4826 * np.median(np.abs(residual) * np.sqrt(weight))
    noise = np.sqrt((40 * spread**2 + NOISE_CELLS * NOISE**2) / (40 + NOISE_CELLS))

    def loss(at: np.ndarray) -> float:
        z = np.abs(share - share_of(design @ at[:-1], at[-1], 0.2, 0.8)) / noise
        huber = np.where(z <= HUBER, z**2, 2 * HUBER * z - HUBER**2)
        return float((weight * huber).sum() + (((at - mean) / sd) ** 2).sum())

    best = minimize(loss, mean, method="Nelder-Mead", options={"maxiter": 20_000, "xatol": 1e-8})
    assert loss(found) <= best.fun * 1.002
