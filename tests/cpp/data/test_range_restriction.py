"""Range restriction: planted tasks, and the slow reading of the fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpp.data import range_restriction
from cpp.data.range_restriction import Restored, unrestricted
from cpp.data.training_data import TrainingData
from cpp.factorisation.bias_als import BiasALS
from tests.cpp.tables import odd_table, plain_table

N_MODELS, N_TASKS = 60, 8


def planted(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return raw values (n_models, n_tasks), and the models' levels."""
    rng = np.random.default_rng(seed)
    level = rng.standard_normal(N_MODELS)
    slope, place = rng.uniform(0.7, 1.4, N_TASKS), rng.normal(0.0, 2.0, N_TASKS)
    return place + slope * level[:, None] + 0.3 * rng.standard_normal((N_MODELS, N_TASKS)), level


def cells(raw: np.ndarray, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row, col = np.nonzero(measured)
    return row, col, raw[row, col]


@pytest.mark.parametrize("seed", range(5))
def test_a_task_of_the_better_half_gets_the_place_and_spread_of_all(seed: int) -> None:
    raw, level = planted(seed)
    measured = np.ones(raw.shape, dtype=bool)
    measured[level < np.median(level), :3] = False
    found = unrestricted(*cells(raw, measured), N_TASKS)
    seen = np.where(measured, raw, np.nan)
    place, spread = np.nanmean(seen, axis=0)[:3], np.nanstd(seen, axis=0)[:3]
    truth, width = raw.mean(axis=0)[:3], raw.std(axis=0)[:3]
    assert (place - truth > 0.4).all() and (spread / width < 0.8).all(), "nothing to correct"
    assert np.abs(found.place[:3] - truth).max() < 0.35
    assert np.abs(found.spread[:3] / width - 1.0).max() < 0.3


def test_where_every_model_was_measured_little_changes() -> None:
    raw, level = planted(7)
    found = unrestricted(*cells(raw, np.ones(raw.shape, dtype=bool)), N_TASKS)
    assert np.abs(found.place - raw.mean(axis=0)).max() < 0.05
    assert np.abs(found.spread / raw.std(axis=0) - 1.0).max() < 0.1
    assert np.corrcoef(found.level, level)[0, 1] > 0.97


def slowly(row: np.ndarray, col: np.ndarray, raw: np.ndarray, n_tasks: int, n: int) -> Restored:
    """Return what :func:`unrestricted` does after `n` sweeps, one model and task at a time."""
    r = range_restriction
    models, tasks = sorted(set(row.tolist())), sorted(set(col.tolist()))
    of_model = {i: np.flatnonzero(row == i) for i in models}
    of_task = {j: np.flatnonzero(col == j) for j in tasks}
    place = {j: raw[of_task[j]].mean() for j in tasks}
    slope, noise = dict.fromkeys(tasks, 1.0), dict.fromkeys(tasks, r.NOISE)
    level_variance, slope_variance = r.LEVEL_VARIANCE, r.SLOPE_VARIANCE
    for _ in range(n):
        level, variance = {}, {}
        for i in models:
            precision, total = 1.0 / level_variance, 0.0
            for c in of_model[i]:
                j = col[c]
                precision += slope[j] ** 2 / noise[j]
                total += slope[j] / noise[j] * (raw[c] - place[j])
            level[i], variance[i] = total / precision, 1.0 / precision
        centre = np.mean(list(level.values()))
        level = {i: b - centre for i, b in level.items()}
        level_variance = np.mean([level[i] ** 2 + variance[i] for i in models])
        squares, information = {}, {}
        for j in tasks:
            b = np.array([level[i] for i in row[of_task[j]]])
            v = np.array([variance[i] for i in row[of_task[j]]])
            y = raw[of_task[j]]
            pull = noise[j] / slope_variance
            information[j] = ((b - b.mean()) ** 2 + v).sum() + pull
            slope[j] = (((b - b.mean()) * (y - y.mean())).sum() + pull) / information[j]
            slope[j] = min(max(slope[j], r.MIN_SLOPE), r.MAX_SLOPE)
            place[j] = y.mean() - slope[j] * b.mean()
            squares[j] = ((y - place[j] - slope[j] * b) ** 2 + slope[j] ** 2 * v).sum()
        common = sum(squares.values()) / len(raw)
        for j in tasks:
            count = len(of_task[j]) + r.PRIOR_COUNT
            noise[j] = max((squares[j] + r.PRIOR_COUNT * common) / count, r.LEAST_NOISE)
        scatter = sum((slope[j] - 1.0) ** 2 + noise[j] / information[j] for j in tasks)
        slope_variance = (scatter + r.PRIOR_TASKS * r.SLOPE_VARIANCE) / (len(tasks) + r.PRIOR_TASKS)
    out = Restored(np.zeros(n_tasks), np.ones(n_tasks), np.ones(n_tasks), np.zeros(n_tasks), raw)
    for j in tasks:
        out.place[j], out.slope[j], out.noise[j] = place[j], slope[j], noise[j]
        out.spread[j] = np.sqrt(slope[j] ** 2 * level_variance + noise[j])
    return out


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_slow_reading(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    raw, _ = planted(seed)
    measured = np.random.default_rng(seed).random(raw.shape) < 0.4
    measured[:, 5] = False  # a task without a cell
    measured[:, 6] = False
    measured[3, 6] = True  # one with one
    given_ = cells(raw, measured)
    monkeypatch.setattr(range_restriction, "MAX_SWEEPS", 12)
    monkeypatch.setattr(range_restriction, "TOLERANCE", 0.0)
    found, slow = unrestricted(*given_, N_TASKS), slowly(*given_, N_TASKS, 12)
    seen = measured.any(axis=0)
    for field in ("place", "spread"):
        np.testing.assert_allclose(getattr(found, field), getattr(slow, field), rtol=1e-9)
    for field in ("slope", "noise"):
        np.testing.assert_allclose(
            getattr(found, field)[seen], getattr(slow, field)[seen], rtol=1e-9
        )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 1.0))
def test_the_order_of_cells_and_models_plays_no_part(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    raw, _ = planted(seed)
    measured = rng.random(raw.shape) < share
    measured[0, 0] = True
    row, col, value = cells(raw, measured)
    shuffled, renamed = rng.permutation(len(row)), rng.permutation(N_MODELS)
    found = unrestricted(row, col, value, N_TASKS)
    other = unrestricted(renamed[row[shuffled]], col[shuffled], value[shuffled], N_TASKS)
    assert all(np.isfinite(part).all() for part in found)
    assert (found.spread > 0).all()
    np.testing.assert_allclose(found.place, other.place, atol=1e-6)
    np.testing.assert_allclose(found.spread, other.spread, atol=1e-6)


def test_scores_that_are_all_equal_leave_it_finite() -> None:
    row, col = (at.ravel() for at in np.indices((5, 3)))
    found = unrestricted(row, col, np.zeros(15), 4)
    assert all(np.isfinite(part).all() for part in found)
    assert found.place[3] == 0.0 and found.spread[3] == 1.0


@pytest.mark.parametrize("table", [plain_table(), odd_table()], ids=["plain", "odd"])
def test_the_record_method_stays_on_plain_z_scores(table) -> None:
    """bias-ALS as published knows no correction: it answers as on the plain scale."""
    from cpp.data.latent_scale import LatentScale

    data = TrainingData.from_table(table)
    every = np.arange(data.shape[0])
    row, col = (at.ravel() for at in np.indices(data.shape))
    corrected = BiasALS().fit_points(data)._scores(data, row, col)
    with pytest.MonkeyPatch.context() as patch:
        fit = LatentScale.fit.__func__
        patch.setattr(
            LatentScale, "fit", classmethod(lambda c, s, col, y, row=None: fit(c, s, col, y))
        )
        plain = TrainingData.from_table(table)
        assert not np.allclose(plain.latent.loc, data.latent.loc)
        before = BiasALS().fit_points(plain)._scores(plain, row, col)
    assert len(every)
    np.testing.assert_allclose(corrected, before, rtol=1e-6, atol=1e-6)
