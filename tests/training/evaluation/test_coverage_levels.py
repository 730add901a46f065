"""How often intervals hold the score, at every level of one backtest."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.training.small import small_table
from training.evaluation.coverage_levels import Levels, coverage_table
from training.pipeline.config import load_config
from training.pipeline.inputs import Method, resolve_folds


def test_coverage_by_level_against_fits_at_each_level(tmp_path):
    from training.evaluation.backtest import backtest

    table = small_table(n_models=20)
    folds = resolve_folds(table, load_config())
    method = Method("biases")
    noted = {"biases": Levels(method, str(tmp_path), levels=(0.5, 0.9))}
    plain = backtest(table, folds, {"biases": method}, level=0.9)
    frame = backtest(table, folds, noted, level=0.9)
    pd.testing.assert_frame_equal(frame, plain)
    found = coverage_table(table, frame, tmp_path).set_index(["level", "regime"])
    for level in (0.5, 0.9):
        slow = backtest(table, folds, {"biases": method}, level=level)
        inside = (slow["lower"] <= slow["score"]) & (slow["score"] <= slow["upper"])
        assert found.loc[(level, "all"), "covered"] == pytest.approx(inside.mean())
        few = slow["k_known"].between(3, 5)
        if few.any():
            row = found.loc[(level, "3-5 known scores")]
            assert row["n"] == few.sum() and row["covered"] == pytest.approx(inside[few].mean())
