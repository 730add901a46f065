"""Measuring noise from repeated reports."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.table.score_table import ScoreTable
from training.evaluation.report_noise import measuring_noise


def repeated(n: int, sd: float, n_reports: int = 2, seed: int = 0) -> ScoreTable:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(30, 70, n)
    rows = [(f"m{i}", "x", truth[i] + sd * e) for i in range(n) for e in rng.normal(size=n_reports)]
    tasks = pd.DataFrame({"task": ["x"], "scale_min": 0, "scale_max": 100})
    return ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), tasks=tasks)


@pytest.mark.parametrize("n_reports", [2, 4])
def test_the_width_is_that_of_the_errors(n_reports):
    noise = measuring_noise(repeated(3000, 2.0, n_reports))
    assert noise.n_cells == 3000
    assert noise.width == pytest.approx(2 * 1.645 * 2.0, rel=0.05)
    assert noise.median_difference == pytest.approx(0.6745 * 2.0 * np.sqrt(2), rel=0.06)


def test_few_repeats_give_no_width():
    noise = measuring_noise(repeated(10, 2.0))
    assert noise.n_cells == 10 and noise.to_dict()["width"] is None


def test_a_scale_of_0_to_1_is_in_points_all_the_same():
    table = repeated(200, 2.0)
    tasks = pd.DataFrame({"task": ["x"], "scale_min": 0, "scale_max": 1})
    share = ScoreTable(table.scores.assign(score=table.scores["score"] / 100), tasks=tasks)
    assert measuring_noise(share).width == pytest.approx(measuring_noise(table).width)
