"""Marginals against a slow reference that writes every atom down."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from cpp import make_predictor
from cpp.calibration.conformal import with_tail
from cpp.calibration.intervals import BLIND_RATIOS
from cpp.calibration.marginals import Marginals
from features.table.score_table import ScoreTable
from tests.cpp.tables import bounded_tasks, cells

#: point, scale, low, high, better, observed
CELLS = [
    (50.0, 4.0, 0.0, 100.0, 1.0, np.nan),
    (50.0, 4.0, 0.0, 100.0, -1.0, np.nan),
    (99.0, 4.0, 0.0, 100.0, 1.0, np.nan),
    (0.0, 0.01, 0.0, 1.0, -1.0, np.nan),
    (1200.0, 80.0, -np.inf, np.inf, 1.0, np.nan),
    (2.0, 3.0, 0.0, np.inf, -1.0, np.nan),
    (30.0, 4.0, 0.0, 100.0, 1.0, 31.5),
]
RATIOS = {0: np.array([0.0, 0.25, 0.25, 1.0, 2.0, 4.0]), 1: np.array([0.5, 3.0])}


def marginals() -> Marginals:
    point, scale, low, high, better, observed = np.array(CELLS).T
    regime = np.arange(len(CELLS)) % 2
    return Marginals(point, scale, regime, RATIOS, low, high, better, observed)


def atoms(j: int) -> np.ndarray:
    """Return equally likely scores of cell `j`."""
    point, scale, low, high, _, observed = CELLS[j]
    if np.isfinite(observed):
        return np.array([observed])
    ratios = RATIOS[j % 2]
    return np.clip(np.r_[point - ratios * scale, point + ratios * scale], low, high)


@pytest.mark.parametrize("j", range(len(CELLS)))
def test_probabilities_are_counts_of_atoms(j: int) -> None:
    mine = atoms(j)
    asked = np.unique(np.r_[mine, mine + 1e-3, mine - 1e-3, CELLS[j][0], -1e6, 1e6])
    less, at_most = marginals().below(np.repeat(asked[:, None], len(CELLS), axis=1))
    for score, found_less, found_most in zip(asked, less[:, j], at_most[:, j], strict=True):
        # an atom that is worked out twice may differ in the last bit
        assert found_less == pytest.approx((mine < score - 1e-9).mean()), score
        assert found_most == pytest.approx((mine <= score + 1e-9).mean()), score


@pytest.mark.parametrize("j", range(len(CELLS)))
def test_scores_at_even_quantiles_are_the_atoms(j: int) -> None:
    mine = np.sort(atoms(j))
    n = 6 * len(RATIOS[0]) * len(RATIOS[1])
    normal = ndtri((np.arange(n) + 0.5) / n)[:, None]
    drawn = marginals().score_at(np.repeat(normal, len(CELLS), axis=1))[:, j]
    assert np.sort(drawn) == pytest.approx(np.repeat(mine, n // len(mine)))
    rising = drawn if CELLS[j][4] > 0 else drawn[::-1]  # the better the deviate, the better
    assert (np.diff(rising) >= 0).all()


def test_without_a_residual_the_score_may_be_anywhere() -> None:
    import pandas as pd

    table = ScoreTable(
        pd.DataFrame({"model": ["a"], "task": ["x"], "score": [50.0]}), None, bounded_tasks(["x"])
    )
    predictor = make_predictor("task-mean").fit(table)
    drawn = predictor.predict_samples(cells(("b", "x")), 4000)
    assert with_tail(BLIND_RATIOS)[89] == 50.0
    share = np.histogram(drawn, bins=10, range=(0.0, 100.0))[0] / 4000
    assert share.min() > 0.06 and share.max() < 0.18
    assert predictor.probability_above(cells(("b", "x")), 50.0) == pytest.approx(0.5)
