"""The only full row of a family is missed by its relatives; where nothing is special, none is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.table.score_table import ScoreTable
from tests.training.analyses.structure_planting import HUB, with_a_hub
from training.analyses import Analysis, Work
from training.analyses.fold_arrays import arrays_of_folds
from training.analyses.influence import (
    HELPS,
    NOTHING,
    UNKNOWN,
    _without_one,
    analyse_influence,
    moderated,
)
from training.plots.influence import influence_chart
from training.splits import make_folds


@pytest.fixture(scope="module")
def found() -> Analysis:
    return analyse_influence(with_a_hub(1), work=Work(), n_units=4, n_folds=6, n_seeds=1)


def test_the_model_that_alone_tells_of_its_family_helps(found) -> None:
    models = found.tables["models"]
    first = models.iloc[0]
    assert first["model"] == HUB and first["effect_kin"] == HELPS
    assert first["change_kin"] > 5.0 and first["n_kin"] == 24  # 8 relatives with 3 scores each
    assert set(models["effect_kin"].drop(0)) == {NOTHING}
    assert found.complete and any(HUB in note for note in found.notes)
    assert list(models.columns[:2]) == ["model", "family"]
    assert found.settings["unit"] == "points"
    axes = influence_chart(models)
    assert HUB in axes.get_title(loc="left")


def test_where_no_model_is_special_none_is_claimed() -> None:
    table = with_a_hub(1, odd=0.0)
    plain = analyse_influence(table, work=Work(), n_units=3, n_seeds=1, n_folds=2)
    # (of twelve tasks each tells something of the level)
    models = plain.tables["models"]
    assert set(models["effect"]) == {NOTHING} and set(models["effect_kin"]) == {NOTHING}
    assert "No single one of 3 models" in " ".join(plain.notes)


def test_changes_are_of_other_models_cells_only_and_paired() -> None:
    folds, _ = arrays_of_folds(with_a_hub(), make_folds(with_a_hub(), "random", seed=0, n_folds=2))
    usual = [np.zeros(len(f.row)) for f in folds]  # so that the change is the error itself
    hub = folds[0].train.model_index[HUB]
    kin = np.zeros(folds[0].train.shape[0], dtype=np.int64)
    told = _without_one(folds, usual, "model", hub, kin, 0, 1)
    assert told["n_tested"] == told["n_kin"] == sum(int((f.row != hub).sum()) for f in folds)
    assert told["change"] == told["change_kin"] and min(told["change"]) > 0


def test_an_interrupted_analysis_goes_on_and_says_what_it_did(tmp_path) -> None:
    kept = tmp_path / "kept.jsonl"
    table = with_a_hub()
    short = analyse_influence(table, work=Work(budget=0.0, kept=kept), n_units=1, n_seeds=1)
    assert not short.complete and "nothing is known" in short.notes[0]
    whole = analyse_influence(table, work=Work(kept=kept), n_units=1, n_folds=2, n_seeds=1)
    told: list[int] = []
    again = analyse_influence(
        table, work=Work(kept=kept, tell=lambda done, total, what: told.append(done)), n_units=1,
        n_folds=2, n_seeds=1,
    )  # fmt: skip
    assert told == [6, 2]  # everything was there: fits with everything, one model and one task
    pd.testing.assert_frame_equal(whole.tables["models"], again.tables["models"])
    read = Analysis.from_dict(again.to_dict())
    pd.testing.assert_frame_equal(read.tables["tasks"], again.tables["tasks"])


def test_error_bars_lean_on_what_is_typical() -> None:
    rng = np.random.default_rng(0)
    changes = [list(0.1 * rng.normal(size=3)) for _ in range(200)]
    mean, se, effect = moderated(changes, 0.0)
    assert se.mean() == pytest.approx(0.1 / np.sqrt(3), rel=0.1)
    assert sum(e != NOTHING for e in effect) <= 2
    some = [[v + 1.0 for v in c] if i < 5 else c for i, c in enumerate(changes)]
    assert moderated(some, 0.0)[2][:5] == [HELPS] * 5
    assert moderated([[], [0.1, 0.2]], 0.0)[2][0] == UNKNOWN
    # what all have in common widens every bar
    assert (moderated(changes, 0.5)[1] > 0.5).all()


def test_a_table_that_is_too_small_says_so() -> None:
    rows = [(m, t, 10.0) for m in "abcd" for t in "xy"] + [("a", "y", 11.0)]
    scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    with pytest.raises(DataError):
        analyse_influence(ScoreTable(scores), work=Work())
