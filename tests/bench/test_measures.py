"""The targets: each on figures that are known, and the whole on a small data set."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.dataset.write import write_dataset, write_folds
from tests.bench import checks, measures
from tests.bench.checks import Column
from tests.training.measuring import wide_table
from training.evaluation.metrics import METRICS, Metrics
from training.evaluation.paired_comparison import Comparison
from training.evaluation.regimes import BETTER
from training.splits import make_folds


def metrics(*rows: dict) -> Metrics:
    base = dict.fromkeys(METRICS, np.nan) | {"predictor": "blend", "n_cells": 500, "n_models": 50}
    return Metrics(pd.DataFrame([base | {"by": "all", "regime": "all"} | r for r in rows]))


def column(dataset: str = "epoch_hub", kind: str = checks.RANDOM, *rows: dict) -> Column:
    return Column(dataset, kind, wide_table(), {}, metrics(*rows))


def compared(**values: float) -> Comparison:
    base = dict.fromkeys(Comparison.__dataclass_fields__, 1.0)
    return Comparison(**{**base, "n_models": 10, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(("ratio", "ok"), [(0.7, True), (0.78, True), (0.79, False)])
def test_a_ratio_is_at_most_its_limit(ratio, ok):
    assert checks.ratio("g", "w", 0.78, compared(ratio=ratio)).ok is ok
    assert checks.ratio("g", "w", None, compared(ratio=ratio)).ok is None


def test_below_is_not_equal():
    assert checks.ratio("g", "w", 1.0, compared(ratio=1.0), below=True).ok is False
    assert checks.ratio("g", "w", 1.0, compared(ratio=0.99), below=True).ok is True


def test_a_geometric_mean_wants_all_of_its_sets():
    values = {"a": 0.5, "b": 0.98, "c": 9.0}
    found = checks.geometric_mean("g", values, ("a", "b"), 0.7)
    assert found.ok is True and found.value == pytest.approx(0.7)
    missing = checks.geometric_mean("g", {"a": 0.5}, ("a", "b"), 0.7)
    assert missing.ok is None and "not measured: b" in missing.said


def test_no_rung_ahead_by_more_than_noise():
    rows: list[dict] = [
        {"medae": 2.0},
        {"predictor": "bmf", "medae": 1.96},
        {"predictor": "gp", "medae": 3.0},
    ]
    (near,) = checks.no_rung_better([column("d", checks.RANDOM, *rows)])
    assert near.ok is True and near.value == pytest.approx(0.04) and "bmf" in near.said
    rows[1] = {"predictor": "bmf", "medae": 1.9}
    (far,) = checks.no_rung_better([column("d", checks.RANDOM, *rows)])
    assert far.ok is False
    (other,) = checks.no_rung_better([column("d", checks.COLD, *rows)])
    assert other.ok is None


@pytest.mark.parametrize(
    ("row", "ok"),
    [
        ({"coverage": 86.0}, True),
        ({"coverage": 84.0}, False),
        ({"coverage": 96.0}, False),
        ({"coverage": 80.0, "n_cells": 299, "coverage_low": 70.0, "coverage_high": 91.0}, True),
        ({"coverage": 80.0, "n_models": 29, "coverage_low": 70.0, "coverage_high": 89.0}, False),
        ({"coverage": 80.0, "n_cells": 9, "n_models": 1}, None),
        ({"coverage": 60.0, "by": "frontier", "regime": BETTER}, None),
    ],
)
def test_regimes_by_share_or_by_interval(row, ok):
    rows = [{"coverage": 90.0}, {"by": "model_known", "regime": "0", **row}]
    (found,) = checks.coverage_by_regime([column("d", checks.RANDOM, *rows)])
    assert found.ok is ok


def test_width_is_judged_where_it_has_a_target():
    row = {"width_vs_constant": 0.76, "width_median": 20.0}
    found = list(checks.width([column("epoch_hub", checks.RANDOM, row), column("x", checks.TIME)]))
    assert [c.ok for c in found] == [False]
    (other,) = checks.width([column("dclm", checks.RANDOM, row)])
    assert other.ok is None


def test_the_whole_on_a_small_data_set(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "DEFAULT", "biases")
    monkeypatch.setattr(measures, "NEEDED", ("task-mean", "biases"))
    table = wide_table(30, 10)
    write_dataset(table, tmp_path / "small")
    for kind, name in (("random", "folds"), ("time", "folds_time"), ("new-model", "folds_cold")):
        write_folds(make_folds(table, kind), tmp_path / "small" / f"{name}.csv.gz")
    arguments = ["--data", tmp_path / "small", "--jobs", "1", "--out", tmp_path / "out"]
    ran = CliRunner().invoke(measures.main, [str(a) for a in arguments], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert "16 fits measured, 0 taken" in ran.output  # 2 predictors, 2 folds of 4 kinds
    content = json.loads((tmp_path / "out" / "measures.json").read_text())
    assert set(content["folds"]) == {f"small/{k}" for k in ("random", "time", "time k=0", "cold")}
    found = {(c["group"], c["where"]): c for c in content["checks"]}
    assert found["coverage %", "small/random"]["ok"] in (True, False)
    assert found["cold models, of the task mean", "small"]["ok"] is None
    assert found["cold models, of the task mean", "small"]["value"] > 0
    assert (
        "not measured: epoch_hub"
        in found["random folds, of bias-als", "geometric mean of 5"]["said"]
    )
    assert found["speed", ""]["ok"] is None and "make bench-speed" in found["speed", ""]["said"]
    again = CliRunner().invoke(measures.main, [str(a) for a in arguments])
    assert "0 fits measured, 16 taken" in again.output
