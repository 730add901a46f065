"""Inner folds, regimes, held-out entries: who may see what."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from cpp.baselines.biases import Biases
from cpp.calibration.inner_splits import (
    KNOWN_LEFT,
    MIN_WAVE,
    TASK_KNOWN_LEFT,
    WAVE,
    WAVE_KNOWN_LEFT,
    InnerFold,
    inner_folds,
    mixed_folds,
)
from cpp.calibration.out_of_fold import OutOfFold, collect_out_of_fold
from cpp.calibration.regimes import NAMES, ORDER, regime_of
from cpp.data.reach import Distance
from cpp.data.training_data import TrainingData
from cpp.ensemble.blend import Blend
from cpp.factorisation.bias_als import BiasALS
from features import load_leaderboard
from features.table.score_table import ScoreTable
from tests.cpp.tables import odd_table, plain_table


@pytest.fixture(scope="module", params=["plain", "odd", "variants"])
def data(request: pytest.FixtureRequest) -> TrainingData:
    if request.param == "variants":
        table = plain_table(6, 20, 9)
        names = {f"m{i:02d}": f"model-{i // 2}" + ("-high", "-low")[i % 2] for i in range(20)}
        tasks = {f"t{j}": f"bench{j // 3} ({j}-shot)" for j in range(9)}
        scores = table.scores.assign(
            model=table.scores["model"].map(names), task=table.scores["task"].map(tasks)
        )
        return TrainingData.from_table(type(table)(scores))
    return TrainingData.from_table(plain_table() if request.param == "plain" else odd_table())


def folds_of(data: TrainingData, kind: str, seed: int = 0) -> list[InnerFold]:
    folds = inner_folds(data, rng=np.random.default_rng(seed))
    return [f for f in folds if f.kind == kind]


def test_each_cell_is_held_out_exactly_once_over_the_random_folds(data: TrainingData) -> None:
    folds = folds_of(data, "random")
    assert len(folds) == 4
    np.testing.assert_array_equal(np.sum([f.held for f in folds], axis=0), 1)
    for fold in folds:  # of each model the same share, but for rounding
        out = np.bincount(data.row[fold.held], minlength=data.shape[0])
        assert (np.abs(out - data.k / 4) < 1).all()


def test_the_same_generator_deals_the_same_folds(data: TrainingData) -> None:
    for kind in ("random", "rows", "tasks"):
        for a, b in zip(folds_of(data, kind, 3), folds_of(data, kind, 3), strict=True):
            np.testing.assert_array_equal(a.held, b.held)


def test_every_fold_leaves_and_holds_out_something(data: TrainingData) -> None:
    for seed in range(5):
        for fold in inner_folds(data, rng=np.random.default_rng(seed)):
            assert fold.held.any() and not fold.held.all()


def test_variants_of_one_model_lose_their_scores_together(data: TrainingData) -> None:
    folds = folds_of(data, "rows")
    assert len(folds) == 4
    touched = [set(data.model_group[data.row[f.held]].tolist()) for f in folds]
    for i, groups in enumerate(touched):
        for others in touched[i + 1 :]:
            assert not groups & others
    for fold, groups in zip(folds, touched, strict=True):
        out = np.bincount(data.row[fold.held], minlength=data.shape[0])
        left = data.k - out
        for i in np.flatnonzero(data.k):
            if int(data.model_group[i]) not in groups:
                assert out[i] == 0
            else:
                allowed = {min(v, max(int(data.k[i]) - 1, 0)) for v in KNOWN_LEFT}
                assert left[i] in allowed
        for g in groups:  # and are left with equally many, as far as they had them
            mine = np.flatnonzero((data.model_group == g) & (data.k > 0))
            assert any((left[mine] == np.minimum(v, data.k[mine] - 1)).all() for v in KNOWN_LEFT)


def test_tasks_of_one_family_lose_their_scores_together(data: TrainingData) -> None:
    folds = folds_of(data, "tasks")
    assert folds
    touched = [set(data.task_group[data.col[f.held]].tolist()) for f in folds]
    for i, groups in enumerate(touched):
        for others in touched[i + 1 :]:
            assert not groups & others
    for fold, groups in zip(folds, touched, strict=True):
        out = np.bincount(data.col[fold.held], minlength=data.shape[1])
        left = data.n - out
        for j in np.flatnonzero(out):
            assert int(data.task_group[j]) in groups
            assert left[j] in {min(v, max(int(data.n[j]) - 1, 0)) for v in TASK_KNOWN_LEFT}


@pytest.fixture(scope="module")
def held(data: TrainingData) -> OutOfFold:
    bases = {"biases": Biases(), "bias-als": BiasALS(n_iterations=3)}
    return collect_out_of_fold(data, bases, rng=np.random.default_rng(0))


def test_no_entry_was_seen_in_its_fold(data: TrainingData, held: OutOfFold) -> None:
    assert len(held) >= len(data.row)
    for f, mine in held.by_fold():
        seen = held.data[f]
        there = set(zip(seen.row.tolist(), seen.col.tolist(), strict=True))
        asked = zip(held.row[mine].tolist(), held.col[mine].tolist(), strict=True)
        assert not there & set(asked)
        # nor was it seen under its own name, if it was asked for as anonymous
        cell = held.cell[mine]
        own = set(zip(data.row[cell].tolist(), data.col[cell].tolist(), strict=True))
        assert not there & own
        np.testing.assert_array_equal(held.score[mine], data.score[cell])
        np.testing.assert_array_equal(held.k[mine], seen.k[held.row[mine]])
        np.testing.assert_array_equal(held.n[mine], seen.n[held.col[mine]])


def test_the_latent_scale_of_a_fold_has_not_seen_its_entries(
    data: TrainingData, held: OutOfFold
) -> None:
    for seen in held.data:
        again = type(seen.latent).fit(data.scales, seen.col, seen.score, seen.row)
        np.testing.assert_array_equal(seen.latent.loc, again.loc)
        np.testing.assert_array_equal(seen.latent.sd, again.sd)


def test_an_anonymous_entry_knows_nothing_of_its_model(held: OutOfFold) -> None:
    some = 0
    for f, mine in held.by_fold():
        seen = held.data[f]
        anonymous = mine[held.row[mine] == seen.shape[0] - 1]
        if held.kinds[f] != "rows":
            continue
        some += len(anonymous)
        assert (held.k[anonymous] == 0).all()
        assert (held.regime[anonymous] == 0).all()
        assert seen.model_factors.iloc[-1].isna().all() and not seen.model_known[-1]
    assert some


def test_entries_judged_by_a_booster_share_nothing_with_what_it_learned_from(
    data: TrainingData, held: OutOfFold
) -> None:
    for judged, others in Blend()._parts(data, held):
        if not len(judged):
            continue
        kind = held.kinds[held.fold[judged[0]]]
        code = {
            "random": held.cell,
            "rows": data.model_group[data.row[held.cell]],
            "tasks": data.task_group[data.col[held.cell]],
            "time": data.model_group[data.row[held.cell]],
            "block": data.task_group[data.col[held.cell]],
            "compute": data.model_group[data.row[held.cell]],
        }[kind]
        assert not set(code[judged].tolist()) & set(code[others].tolist())
    every = np.concatenate([judged for judged, _ in Blend()._parts(data, held)])
    np.testing.assert_array_equal(np.sort(every), np.arange(len(held)))


def test_regimes_equal_plain_conditions() -> None:
    for k, newer in itertools.product(range(14), (0.0, 0.1, 0.11, 1.0, np.nan)):
        for n in (0, 1, 2, 3, 50):
            for known in (False, True):
                asked = (np.array([v]) for v in (k, n, known, newer))
                got = NAMES[int(regime_of(*asked, Distance.none(1))[0])]
                newest = newer <= 0.1
                if k == 0 and not known:
                    name = "no evidence on the model"
                elif n == 0:
                    name = "new task, 0 known scores"
                elif k == 0:
                    name = "newest model, 0 known scores" if newest else "new model, 0 known scores"
                elif n <= 2:
                    name = "task with 1-2 known scores"
                elif k <= 10 and newest:
                    name = "newest model, 1-10 known scores"
                elif k <= 2:
                    name = "model with 1-2 known scores"
                elif k <= 5:
                    name = "model with 3-5 known scores"
                elif k <= 10:
                    name = "model with 6-10 known scores"
                else:
                    name = "model with over 10 known scores"
                assert got == name, (k, n, known)


@pytest.mark.parametrize(
    ("k", "n", "far", "name"),
    [
        (4, 9, {"below": 1.0}, "task measured on stronger models only"),
        (4, 9, {"above": 1.0, "edge": 1.0}, "task measured on weaker models only"),
        (4, 9, {"older": 1.0}, "task measured on later models only"),
        (4, 9, {"edge": 1.0}, "at the end of what the task was measured on"),
        (4, 9, {"below": 0.2, "edge": 0.2, "older": 0.4}, "model with 3-5 known scores"),
        (4, 9, {"compute": 1.0}, "model with 3-5 known scores"),
        (0, 9, {"compute": 1.0}, "new model beyond the compute seen"),
        (0, 9, {"below": 1.0}, "new model, 0 known scores"),
        (4, 2, {"below": 1.0}, "task with 1-2 known scores"),
        (0, 0, {"compute": 1.0}, "new task, 0 known scores"),
    ],
)
def test_regimes_beyond_what_was_measured(k: int, n: int, far: dict[str, float], name: str) -> None:
    distance = Distance.none(1)._replace(**{side: np.array([by]) for side, by in far.items()})
    asked = (np.array([v]) for v in (k, n, True, np.nan))
    assert NAMES[int(regime_of(*asked, distance)[0])] == name


def test_newest_models_are_predicted_from_older_ones() -> None:
    data = TrainingData.from_table(plain_table())
    assert np.isfinite(data.release_year).sum() * WAVE < MIN_WAVE
    waves = [f for f in inner_folds(data, rng=np.random.default_rng(0)) if f.kind == "time"]
    assert not waves
    many = TrainingData.from_table(plain_table(n_models=60))
    waves = [f for f in inner_folds(many, rng=np.random.default_rng(0)) if f.kind == "time"]
    assert len(waves) == 3
    hidden_before = np.zeros(len(many.row), dtype=bool)
    for wave in waves:
        newest = many.release_year[many.row[wave.held]].min()
        seen = ~(wave.held | wave.hidden)
        kept = np.bincount(many.row[seen], minlength=many.shape[0])
        tested = np.unique(many.row[wave.held])
        fewer = kept[tested] == many.k[tested] - 1
        assert set(kept[tested][~fewer]) <= set(WAVE_KNOWN_LEFT)
        others = np.setdiff1d(np.unique(many.row[seen]), tested)
        assert np.nanmax(many.release_year[others]) <= newest
        assert (wave.hidden | ~hidden_before).all()
        hidden_before = wave.hidden | wave.held
    dated = np.isfinite(many.release_year)
    assert np.isnan(many.newer_share[~dated]).all()
    shares = many.newer_share[dated][np.argsort(many.release_year[dated], kind="stable")]
    assert (np.diff(shares) <= 0).all() and shares[-1] == 0.0


def test_mixed_folds_hold_out_cells_rows_and_tasks_together() -> None:
    data = TrainingData.from_table(plain_table(n_models=60))
    folds = mixed_folds(data, rng=np.random.default_rng(0), n=2)
    assert [f.kind for f in folds] == ["mixed", "mixed", "block"]
    for fold in folds[:2]:
        left = data.keep(~fold.held)
        assert 0.2 < fold.held.mean() < 0.8
        assert (left.k[np.unique(data.row)] == 0).any() and (left.k > 4).any()
        assert (left.n <= 3).any()


def test_a_block_leaves_families_without_half_of_their_models(data: TrainingData) -> None:
    blocks = folds_of(data, "block")
    assert blocks
    level, year = data.model_level, data.release_year
    for fold in blocks:
        assert not fold.hidden.any()
        for j in np.unique(data.col[fold.held]):
            mine = data.col == j
            out, kept = data.row[mine & fold.held], data.row[mine & ~fold.held]
            assert len(out) <= len(kept), "more than half of a task's models are gone"
            weaker = level[out].max() <= level[kept].min()
            stronger = level[out].min() >= level[kept].max()
            kept = kept[np.isfinite(year[kept])]
            older = len(kept) and year[out].max() <= year[kept].min()
            assert weaker or stronger or older
        families = np.unique(data.task_group[data.col[fold.held]])
        assert len(families) <= -(-len(np.unique(data.task_group)) // 2)


def test_a_cut_holds_out_a_decade_of_compute_and_hides_what_lies_above() -> None:
    data = TrainingData.from_table(load_leaderboard())
    cuts = folds_of(data, "compute")
    assert len(cuts) == 2
    compute = data.log_compute[data.row]
    for fold in cuts:
        seen = compute[~(fold.held | fold.hidden)]
        held, above = compute[fold.held], compute[fold.hidden]
        assert held.max() - held.min() <= 1.0 and np.nanmax(seen) <= held.min()
        assert (above > held.max()).all()
        assert np.isin(data.row[fold.held], data.row[fold.hidden]).sum() == 0
    assert not cuts[0].hidden.any() and cuts[1].hidden.any()


def test_without_compute_or_families_there_is_no_such_fold() -> None:
    rows = [(f"m{i}", "x", float(10 * i)) for i in range(9)]
    table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    folds = inner_folds(TrainingData.from_table(table), rng=np.random.default_rng(0))
    assert not {"block", "compute"} & {f.kind for f in folds}


def test_what_saved_models_call_their_regimes_keeps_its_place() -> None:
    """A model of 0.1.0 holds residuals by the position of their regime."""
    assert NAMES[:10] == (
        "no evidence on the model",
        "newest model, 0 known scores",
        "new model, 0 known scores",
        "new task, 0 known scores",
        "task with 1-2 known scores",
        "newest model, 1-10 known scores",
        "model with 1-2 known scores",
        "model with 3-5 known scores",
        "model with 6-10 known scores",
        "model with over 10 known scores",
    )
    assert sorted(ORDER) == list(range(len(NAMES)))
