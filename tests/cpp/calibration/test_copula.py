"""The copula of errors: what was planted is found, and draws have the correlation that is said."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from cpp import make_predictor
from cpp.calibration.copula import (
    CAUTION,
    KIN_PROFILE,
    MAX_SHARED,
    MODEL_PROFILE,
    PROFILE_UNITS,
    TASK_PROFILE,
    ErrorCopula,
)
from cpp.calibration.out_of_fold import OutOfFold
from cpp.data.reach import Distance
from cpp.data.training_data import TrainingData
from features.errors import StateError
from features.table.score_table import ScoreTable
from tests.cpp.tables import plain_table

N_MODELS, N_TASKS = 240, 24
#: known scores of the models: by turns none, and many
K = np.where(np.arange(N_MODELS) % 2, 15, 0)
#: what the errors of a model's cells share: always, on one ability, in one family of tasks
PLANTED = {0: (0.4, 0.15, 0.1), 15: (0.05, 0.2, 0.15)}
TASK, KIN = 0.1, 0.5


@cache
def data() -> TrainingData:
    """Return a full table: two abilities, tasks in families of two, models in those of six."""
    ids = [f"m{i:03d}" for i in range(N_MODELS)]
    tasks = pd.DataFrame({"task": [f"t{j:02d}" for j in range(N_TASKS)]})
    tasks["ability"] = [("math", "code")[j % 2] for j in range(N_TASKS)]
    tasks["family"] = [f"f{j // 4}{j % 2}" for j in range(N_TASKS)]
    tasks["scale_min"], tasks["scale_max"] = 0.0, 100.0
    rows = [(m, t, 50.0) for m in ids for t in tasks["task"]]
    models = pd.DataFrame({"model": ids, "family": [f"kin {i // 6}" for i in range(N_MODELS)]})
    scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    return TrainingData.from_table(ScoreTable(scores, models, tasks))


def held_out(known: bool = True) -> OutOfFold:
    """Return every cell, held out once, the models by turns in four folds."""
    full = data()
    n = len(full.row)
    none = np.zeros(n)
    return OutOfFold(
        data=[],
        fold=(full.row // 2) % 4,
        cell=np.arange(n),
        row=full.row,
        col=full.col,
        score=none,
        base=none[:, None],
        k=K[full.row],
        n=np.full(n, 40),
        known=np.full(n, known),
        regime=np.zeros(n, dtype=np.int64),
        distance=Distance.none(n),
    )


def planted(seed: int) -> np.ndarray:
    """Return normal scores of the cells of `held_out` with the dependence planted."""
    full, rng = data(), np.random.default_rng(seed)
    row, col = full.row, full.col
    shares = np.array([PLANTED[k] for k in K[row]])
    rest = 1.0 - shares.sum(axis=1) - TASK
    fold = (row // 2) % 4  # a task's error is that of one fit
    parts = [
        (shares[:, 0], rng.normal(size=N_MODELS)[row]),
        (shares[:, 1], rng.normal(size=(N_MODELS, 2))[row, col % 2]),
        (shares[:, 2], rng.normal(size=(N_MODELS, 24))[row, (col // 4) * 2 + col % 2]),
        (TASK, rng.normal(size=(4, N_TASKS))[fold, col]),
        (KIN * rest, rng.normal(size=(N_MODELS // 6, 4, N_TASKS))[row // 6, fold, col]),
        ((1.0 - KIN) * rest, rng.normal(size=len(row))),
    ]
    return sum(np.sqrt(share) * part for share, part in parts)


def test_what_was_planted_is_found() -> None:
    found = [ErrorCopula().fit(data(), held_out(), planted(seed)) for seed in range(3)]
    of_models = np.mean([f.model_ for f in found], axis=0)
    # the largest bucket has 120 units, of which the profile is another 10
    caution = 1.0 + CAUTION * np.sqrt(2.0 / (120 + PROFILE_UNITS))
    for bucket, k in ((1, 0), (5, 15)):
        expected = np.cumsum(PLANTED[k]) * caution
        assert np.cumsum(of_models[bucket]) == pytest.approx(expected, abs=0.06), k
    assert np.mean([f.task_[6] for f in found]) == pytest.approx(TASK, abs=0.03)
    for bucket, k in ((1, 0), (5, 15)):
        left = [1.0 - f.model_[bucket].sum() - f.task_[6] for f in found]
        of_kin = np.mean([rest * f.kin_[6] for rest, f in zip(left, found, strict=True)])
        assert of_kin == pytest.approx(KIN * (1.0 - sum(PLANTED[k]) - TASK), abs=0.06), k


def test_no_dependence_is_found_where_there_is_none() -> None:
    noise = np.random.default_rng(0).normal(size=len(data().row))
    found = ErrorCopula().fit(data(), held_out(), noise)
    assert found.model_[[1, 5]].sum(axis=1).max() < 0.08
    assert found.task_[6] < 0.03
    # buckets without a pair lean on the profile, at the strength of those with some
    assert (found.model_[:, 0] < 0.5 * MODEL_PROFILE[:, 0]).all()


def test_without_a_residual_there_is_the_typical_profile() -> None:
    held = held_out()
    nothing = np.empty(0, dtype=np.int64)
    empty = OutOfFold(
        [], *[nothing] * 4, np.empty(0), np.empty((0, 1)), nothing, nothing, nothing > 0, nothing,
        Distance.none(0),
    )  # fmt: skip
    found = ErrorCopula().fit(data(), empty, np.empty(0))
    typical = np.minimum(MODEL_PROFILE * (1.0 + CAUTION * np.sqrt(2.0 / PROFILE_UNITS)), MAX_SHARED)
    assert np.cumsum(found.model_, axis=1) == pytest.approx(np.maximum.accumulate(typical, axis=1))
    assert found.task_ == pytest.approx(TASK_PROFILE)
    assert found.kin_ == pytest.approx(KIN_PROFILE)
    assert len(held)


def test_models_of_which_nothing_is_known_are_apart() -> None:
    scores = planted(0)
    anonymous = ErrorCopula().fit(data(), held_out(known=False), scores)
    known = ErrorCopula().fit(data(), held_out(), scores)
    few = K[data().row] == 0
    assert anonymous.model_[0, 0] == pytest.approx(known.model_[1, 0], abs=0.05)
    assert few.any() and anonymous.model_[1, 0] != pytest.approx(known.model_[1, 0], abs=1e-3)


# -- draws ------------------------------------------------------------------------------------


@cache
def some_cells() -> tuple[ErrorCopula, TrainingData, np.ndarray, np.ndarray]:
    predictor = make_predictor("biases").fit(plain_table())
    row, col = (v.ravel() for v in np.indices(predictor.data_.shape))
    return predictor.intervals_.copula_, predictor.data_, row, col


def test_the_correlation_is_positive_semi_definite_for_any_shares() -> None:
    mine, seen, row, col = some_cells()
    extreme = ErrorCopula()
    extreme.model_ = np.full((7, 3), [0.5, 0.3, 0.15])
    extreme.task_, extreme.kin_ = np.full(7, MAX_SHARED), np.full(7, MAX_SHARED)
    for dependence in (mine, extreme):
        shares = dependence.shares(seen, row, col)
        assert (shares >= 0).all() and (shares.sum(axis=1) < 1.0).all()
        matrix = dependence.correlation(seen, row, col)
        assert np.array_equal(matrix, matrix.T) and (np.diag(matrix) == 1.0).all()
        assert np.linalg.eigvalsh(matrix).min() > 0


def test_draws_have_the_correlation_that_is_said() -> None:
    dependence, seen, row, col = some_cells()
    some = np.r_[0:12, 40:52]
    matrix = dependence.correlation(seen, row[some], col[some])
    drawn = dependence.draw(seen, row[some], col[some], 20_000, 0)
    assert np.corrcoef(drawn.T) == pytest.approx(matrix, abs=0.04)
    assert drawn.mean(axis=0) == pytest.approx(0.0, abs=0.04)
    assert drawn.std(axis=0) == pytest.approx(1.0, abs=0.03)


def test_draws_belong_to_names() -> None:
    dependence, seen, row, col = some_cells()
    drawn = dependence.draw(seen, row, col, 8, 1)
    backwards = dependence.draw(seen, row[::-1], col[::-1], 8, 1)[:, ::-1]
    assert np.array_equal(drawn, backwards)
    assert np.array_equal(dependence.draw(seen, row[5:7], col[5:7], 3, 1), drawn[:3, 5:7])
    assert not np.array_equal(dependence.draw(seen, row, col, 8, 2), drawn)
    assert len(np.unique(drawn)) == drawn.size


def test_a_model_s_cells_go_together_and_more_so_on_one_kind_of_task() -> None:
    dependence, seen, _, _ = some_cells()
    code = seen.task_columns["ability"]
    same = [j for j in range(1, len(code)) if code[j] == code[0]]
    other = [j for j in range(1, len(code)) if code[j] != code[0]]
    one = np.zeros(3, dtype=np.int64)
    matrix = dependence.correlation(seen, one, np.array([0, same[0], other[0]]))
    assert matrix[0, 1] > matrix[0, 2] > 0
    apart = dependence.correlation(seen, np.array([0, 1]), np.array([0, other[0]]))
    assert apart[0, 1] == 0.0


def test_a_damaged_state_is_refused() -> None:
    state = some_cells()[0].get_state()
    for key in state:
        with pytest.raises(StateError, match=key):
            ErrorCopula.from_state({k: v for k, v in state.items() if k != key})
