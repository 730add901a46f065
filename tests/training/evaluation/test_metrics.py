"""Metrics against slow, obvious references."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from features.errors import FoldError
from features.table.score_table import ScoreTable
from tests.training.measuring import fold_predictions, make_table
from training.evaluation.metrics import COUNTS, METRICS, score_predictions, worst_tenth
from training.evaluation.regimes import training_counts
from training.splits import make_folds


def mean(values) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def median(values) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def slow_metrics(frame: pd.DataFrame, table: ScoreTable) -> dict[str, float]:
    """Work out every metric one cell at a time."""
    errors, fold_errors, fold_errors_mean, model_errors = [], {}, {}, {}
    percents, widths, signed, covered, scaled, ranks, by_task = [], [], [], [], [], [], {}
    for row in frame.itertuples():
        scale = table.scales[row.task]
        column = table.cells[table.cells["task"] == row.task].set_index("model")["score"]
        covered.append(row.lower <= row.score <= row.upper)
        by_task.setdefault((row.fold, row.task), []).append((row.score, row.prediction))
        place = list(column.index).index(row.model)
        replaced = column.to_numpy(copy=True)
        replaced[place] = row.prediction
        ranks.append(rankdata(replaced)[place] - rankdata(column.to_numpy())[place])
        if scale.kind != "bounded":
            scaled.append(abs(row.prediction - row.score) / np.std(column.to_numpy(), ddof=1))
            continue
        p, s, m = (
            100 * (v - scale.minimum) / (scale.maximum - scale.minimum)
            for v in (row.prediction, row.score, row.score_mean)
        )
        errors.append(abs(p - s))
        model_errors.setdefault(row.model, []).append(abs(p - s))
        signed.append(p - s)
        fold_errors.setdefault(row.fold, []).append(abs(p - s))
        fold_errors_mean.setdefault(row.fold, []).append(abs(p - m))
        widths.append(100 * (row.upper - row.lower) / (scale.maximum - scale.minimum))
        if s >= 1:
            percents.append(100 * abs(p - s) / s)
    correlations: dict[str, list[float]] = {}
    for (fold, _), pairs in by_task.items():
        x, y = np.array(pairs).T
        if len(x) >= 5 and len(set(x)) > 1:
            rho = spearmanr(x, y).statistic if len(set(y)) > 1 else 0.0
            correlations.setdefault(fold, []).append(rho)
    of_models = sorted(mean(e) for e in model_errors.values() if len(e) >= 3)
    return {
        "medae": mean([median(e) for e in fold_errors.values()]),
        "medae_pooled": median(errors),
        "medae_mean": mean([median(e) for e in fold_errors_mean.values()]),
        "mae": mean(errors),
        "rmse": mean(np.square(errors)) ** 0.5,
        "worst_tenth": mean(of_models[-((len(of_models) + 9) // 10) :]),
        "medape": median(percents),
        "within_5": 100 * mean([e < 5.000001 for e in errors]),
        "exact_rank": 100 * mean([r == 0 for r in ranks]),
        "rank_hit_rate@2": 100 * mean([abs(r) <= 2 for r in ranks]),
        "spearman": mean([mean(c) for c in correlations.values()]),
        "coverage": 100 * mean(covered),
        "width_mean": mean(widths),
        "width_median": median(widths),
        "bias": mean(signed),
        "scaled_medae": median(scaled),
        "scaled_mae": mean(scaled),
    }


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(["random", "new-model", "mask"]))
def test_every_metric_against_the_slow_reference(seed, kind):
    table = make_table(30, 0.8, seed % 30)
    folds = make_folds(table, kind, seed=seed, mask=0.4 if kind == "mask" else None)
    frame = fold_predictions(table, folds, seed)
    metrics = score_predictions(frame, table, folds)
    slow = slow_metrics(frame, table)
    elsewhere = {"coverage_low", "coverage_high", "width_vs_constant"}  # test_coverage.py
    assert set(slow) | elsewhere == set(METRICS)
    for name, value in slow.items():
        assert metrics.value(name) == pytest.approx(value, abs=1e-9), name
    kinds = metrics.by("kind")
    for (_, regime), row in kinds.iterrows():
        for name, value in slow_metrics(frame[frame["kind"] == regime], table).items():
            assert row[name] == pytest.approx(value, abs=1e-9, nan_ok=True), (regime, name)


@pytest.fixture(scope="module")
def case():
    table = make_table(40, 0.8, 3)
    folds = make_folds(table, "new-model", known=1)
    return table, folds, fold_predictions(table, folds)


def test_regimes_partition_the_cells(case):
    table, folds, frame = case
    metrics = score_predictions(frame, table, folds)
    for by in ("model_known", "task_known", "kind"):
        rows = metrics.by(by)
        assert rows["n_cells"].sum() == len(frame)
        assert rows["n_points"].sum() == metrics.overall["n_points"].iloc[0]
    assert list(metrics.by("model_known").index.get_level_values("regime")) == ["1-2"]
    assert "task_known" not in set(score_predictions(frame, table).frame["by"])


def test_regimes_by_training_cells():
    table = make_table(40, 0.8, 3)
    folds = make_folds(table, "mask", mask=0.9)
    frame = fold_predictions(table, folds)
    metrics = score_predictions(frame, table, folds)
    for fold in folds:
        train = fold.training_table(table).cells
        for key, ids in (("model", table.models.index), ("task", table.tasks.index)):
            count = training_counts(table, folds, key)[fold.name]
            expected = train.groupby(key).size().reindex(ids, fill_value=0)
            assert (count == expected).all()
    k = frame["k_known"]
    expected = {"0": k == 0, "1-2": (k >= 1) & (k <= 2), "3-5": (k >= 3) & (k <= 5)}
    for regime, rows in expected.items():
        if rows.any():
            found = metrics.by("model_known").loc[("made-up", regime), "n_cells"]
            assert found == rows.sum()


def test_rank_with_ties_is_the_average_rank():
    scores = [("a", 10.0), ("b", 20.0), ("c", 20.0), ("d", 30.0), ("e", 40.0)]
    table = ScoreTable(
        pd.DataFrame([(m, "t", s) for m, s in scores], columns=["model", "task", "score"])
    )
    base = {"fold": "f", "task": "t", "level": 0.9, "kind": "predicted", "k_known": 0}
    rows = [("b", 20.0), ("b", 25.0), ("a", 20.0), ("e", 5.0), ("d", 25.0)]
    frame = pd.DataFrame([{"model": m, "prediction": p, **base} for m, p in rows])
    frame["score"] = frame["model"].map(dict(scores))
    frame["score_mean"] = frame["score"]
    frame["lower"] = frame["upper"] = frame["prediction"]
    from training.evaluation.rank_error import rank_difference

    # b at 25: a, c below, so rank 3 against 2.5; a at 20 ties with b and c: rank 2 against 1
    assert rank_difference(frame, table).tolist() == [0.0, 0.5, 1.0, -4.0, 0.0]


def test_unbounded_tasks_have_no_points_but_count_elsewhere(case):
    table, folds, frame = case
    elo = frame[frame["task"] == "elo"]
    row = score_predictions(elo, table).overall.iloc[0]
    assert row["n_points"] == 0 and row["n_cells"] == len(elo)
    for name in ("medae", "medae_pooled", "mae", "rmse", "medape", "within_5", "width_median"):
        assert np.isnan(row[name]), name
    assert np.isnan(row["worst_tenth"])
    for name in ("coverage", "rank_hit_rate@2", "spearman", "scaled_medae"):
        assert np.isfinite(row[name]), name


def test_points_do_not_depend_on_the_unit(case):
    table, folds, frame = case
    mmlu = frame[frame["task"] == "mmlu"]
    part = table.only(table.cells[table.cells["task"] == "mmlu"])
    tasks = part.tasks.assign(
        scale_max=part.tasks["scale_max"].where(part.tasks.index != "mmlu", 1.0)
    )
    scores = part.scores.assign(score=part.scores["score"] / 100.0)
    fraction = ScoreTable(scores, part.models, tasks)
    columns = ["score", "score_mean", "prediction", "lower", "upper"]
    small = mmlu.assign(**{c: mmlu[c] / 100.0 for c in columns})
    a = score_predictions(mmlu, part).overall
    b = score_predictions(small, fraction).overall
    names = [m for m in METRICS if not m.startswith("scaled") and "rank" not in m]
    pd.testing.assert_frame_equal(a[names], b[names])


def test_perfect_predictions(case):
    table, folds, frame = case
    score = frame["score"]
    metrics = score_predictions(
        frame.assign(prediction=score, lower=score, upper=score), table, folds
    )
    perfect = {"medae": 0, "mae": 0, "rmse": 0, "exact_rank": 100, "within_5": 100}
    perfect |= {"spearman": 1, "coverage": 100, "width_mean": 0, "rank_hit_rate@2": 100}
    for name, value in perfect.items():
        assert metrics.value(name) == pytest.approx(value), name


def test_the_worst_tenth_is_of_models_not_of_cells():
    # 12 models with 3 cells and errors 1..12, one with many small errors, one with 2 huge ones
    error = {**{f"m{i:02d}": [float(i)] * 3 for i in range(1, 13)}, "rich": [0.5] * 40}
    rows = [(m, e) for m, es in error.items() for e in es] + [("thin", 99.0)] * 2
    model, errors = (pd.Series(v) for v in zip(*rows, strict=True))
    assert worst_tenth(model, errors) == pytest.approx((11 + 12) / 2)  # 2 of 13
    some = ~model.isin(["m01", "m02", "m03"])
    assert worst_tenth(model[some], errors[some]) == pytest.approx(12)  # 1 of 10
    # cells without points are no cells
    gone = errors.where((model != "m12") | model.duplicated())
    assert worst_tenth(model, gone) == pytest.approx((10 + 11) / 2)
    assert np.isnan(worst_tenth(model, errors * np.nan))


def test_constant_predictions_have_no_rank_correlation(case):
    table, folds, frame = case
    means = frame.groupby("task")["score"].transform("mean")
    assert score_predictions(frame.assign(prediction=means), table).value("spearman") == 0.0


def test_several_predictors_and_json(case):
    table, folds, frame = case
    both = pd.concat([frame, frame.assign(predictor="same")], ignore_index=True)
    metrics = score_predictions(both, table, folds)
    assert list(metrics.overall.index) == ["made-up", "same"]
    a, b = (metrics.overall.loc[p] for p in ("made-up", "same"))
    pd.testing.assert_series_equal(a, b, check_names=False)
    content = json.loads(json.dumps(metrics.to_dict(), allow_nan=False))
    assert set(content["same"]["all"]["all"]) == {*COUNTS, *METRICS}
    assert content["same"]["all"]["all"]["n_cells"] == len(frame)


def test_input_is_left_alone_and_row_order_plays_no_part(case):
    table, folds, frame = case
    before = frame.copy()
    a = score_predictions(frame, table, folds).overall
    pd.testing.assert_frame_equal(frame, before)
    b = score_predictions(frame.sample(frac=1, random_state=0), table, folds).overall
    pd.testing.assert_frame_equal(a, b)


def test_errors(case):
    table, folds, frame = case
    with pytest.raises(FoldError, match="missing: upper"):
        score_predictions(frame.drop(columns="upper"), table)
    with pytest.raises(FoldError, match="no row"):
        score_predictions(frame.iloc[:0], table)
    with pytest.raises(FoldError, match="'nope'"):
        score_predictions(frame.assign(task="nope"), table)
    with pytest.raises(FoldError, match="do not belong"):
        score_predictions(frame.assign(fold="other"), table, folds)
    lonely = table.without(frame.head(1))
    with pytest.raises(FoldError, match="has no score of"):
        score_predictions(frame, lonely)


def test_fast_on_sixty_thousand_cells():
    rng = np.random.default_rng(0)
    models = np.repeat([f"m{i:03d}" for i in range(600)], 100)
    tasks = np.tile([f"t{j:03d}" for j in range(100)], 600)
    score = rng.uniform(0, 100, len(models)).round(1)
    table = ScoreTable(
        pd.DataFrame({"model": models, "task": tasks, "score": score}),
        tasks=pd.DataFrame(
            {"task": [f"t{j:03d}" for j in range(100)], "scale_min": 0.0, "scale_max": 100.0}
        ),
    )
    folds = make_folds(table, "random")
    frame = pd.concat([f.test.assign(fold=f.name) for f in folds], ignore_index=True)
    frame = frame.merge(table.cells[["model", "task", "score", "score_mean"]])
    frame["prediction"] = np.clip(frame["score"] + rng.normal(0, 5, len(frame)), 0, 100)
    frame["lower"], frame["upper"] = frame["prediction"], frame["prediction"] + 1
    frame = frame.assign(level=0.9, kind="predicted", k_known=66)
    start = time.perf_counter()
    score_predictions(frame, table, folds)
    assert time.perf_counter() - start < 5.0
