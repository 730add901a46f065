"""Analyses are run by name, recorded with their run, and go on after an interruption."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pandas as pd
import pytest

import training.analyses.runner as running
from features.errors import ConfigError, DataError, TrackingError, UnknownNameError
from tests.training.small import settings, small_table
from training.analyses import Analysis, Work
from training.analyses.recording import done_already, log_analysis, read_analyses
from training.analyses.runner import ANALYSES, check_names, kept_folder, run_analyses
from training.pipeline.training_run import train
from training.tracking.client import Tracking
from training.tracking.runs import find_run, find_run_on, read_training_data, tracked

ASKED = {"seed": 0, "sampled": False}


def square(x: float) -> float:
    return x * x


def fake(name: str, calls: list[str], *, fail: str = ""):
    """Return an analysis of three units, the second of which may be interrupted."""

    def analyse(table, *, work, seed=0, sampled=False):
        def unit(x):
            calls.append(f"{name}{x}")
            if f"{name}{x}" == fail and calls.count(fail) == 1:
                raise KeyboardInterrupt
            return square(x)

        done = work.run(unit, {str(x): (x,) for x in (1, 2, 3)}, what="squares")
        frame = pd.DataFrame({"x": list(done), "square": list(done.values())})
        settled = {"seed": seed, "sampled": sampled}
        return Analysis(name, {"squares": frame}, ["Squares grow."], settled, work.complete)

    return analyse


@pytest.fixture
def faked(monkeypatch):
    """Put two analyses in the place of the real ones; the second is interrupted once."""
    calls: list[str] = []
    modules = {
        "training.analyses.structure": SimpleNamespace(analyse_structure=fake("structure", calls)),
        "training.analyses.replay": SimpleNamespace(
            analyse_replay=fake("replay", calls, fail="replay2")
        ),
    }
    monkeypatch.setattr(running, "import_module", modules.__getitem__)
    return calls


@pytest.fixture(scope="module")
def store(tmp_path_factory, mlflow_tables):
    home = tmp_path_factory.mktemp("home")
    shutil.copy(mlflow_tables, home / "mlflow.db")
    tracking = Tracking(f"sqlite:///{home / 'mlflow.db'}")
    return tracking, train(small_table(), settings(), tracking=tracking)


@pytest.mark.parametrize("name", list(ANALYSES))
def test_every_analysis_has_its_function(name):
    module = pytest.importorskip(f"training.analyses.{name}")
    assert callable(getattr(module, f"analyse_{name}"))


def test_a_killed_run_goes_on_and_what_is_recorded_is_not_done_again(store, faked, tmp_path):
    tracking, result = store
    table = small_table()
    run = tracked(tracking, find_run(tracking))
    folder = kept_folder(table, seed=0, sampled=False, root=tmp_path)

    def go(names):
        return run_analyses(
            table, names, folder=folder, take=lambda a: log_analysis(run, a, asked=ASKED)
        )

    with pytest.raises(KeyboardInterrupt):
        go(["structure", "replay"])
    assert done_already(tracking, run.id, ASKED) == ["structure"]
    assert not (folder / "structure.jsonl").exists() and (folder / "replay.jsonl").exists()
    before = len(faked)
    found = go(["replay"])
    assert faked[before:] == ["replay2", "replay3"], "the first unit was kept"
    assert found["replay"].tables["squares"]["square"].tolist() == [1, 4, 9]
    assert not folder.exists(), "nothing is kept of what is recorded"

    back = read_analyses(tracking, result.run_id)
    assert set(back) == {"structure", "replay"} and back["replay"].notes == ["Squares grow."]
    assert back["replay"].tables["squares"]["square"].tolist() == [1, 4, 9]
    assert done_already(tracking, run.id, {**ASKED, "seed": 1}) == []


def test_the_budget_ends_an_analysis_and_a_larger_one_goes_on(faked, tmp_path):
    table = small_table()
    first = run_analyses(table, ["structure"], budget=0, folder=tmp_path, take=lambda a: None)
    assert not first["structure"].complete and faked == []
    again = run_analyses(table, ["structure"], folder=tmp_path, take=lambda a: None)
    assert again["structure"].complete and len(faked) == 3


def test_names_and_budgets_are_checked():
    with pytest.raises(UnknownNameError, match="'importance'"):
        check_names(["importence"])
    with pytest.raises(ConfigError, match="budget"):
        run_analyses(small_table(), [], budget=-1.0)


def test_kept_results_are_of_one_table_seed_kind_and_version(monkeypatch, tmp_path):
    one = kept_folder(small_table(), seed=0, sampled=False, root=tmp_path)
    assert one == kept_folder(small_table(), seed=0, sampled=False, root=tmp_path)
    other = [
        kept_folder(small_table(1), seed=0, sampled=False, root=tmp_path),
        kept_folder(small_table(), seed=1, sampled=False, root=tmp_path),
        kept_folder(small_table(), seed=0, sampled=True, root=tmp_path),
    ]
    monkeypatch.setattr(running, "package_version", lambda: "99")
    other.append(kept_folder(small_table(), seed=0, sampled=False, root=tmp_path))
    assert len({one, *other}) == 5


def test_runs_are_found_by_id_version_alias_and_data(store):
    tracking, result = store
    found = find_run(tracking, result.run_id[:8])
    assert found.id == result.run_id and found.is_champion and found.version == "1"
    assert found == find_run(tracking, "1") == find_run(tracking, "champion") == find_run(tracking)
    assert found.predictor == "biases" and found.data_fingerprint == small_table().fingerprint
    assert find_run_on(tracking, small_table()) == found
    assert find_run_on(tracking, small_table(9)) is None


@pytest.mark.parametrize("named", ["77", "ffffffff", "nonsense", "12"])
def test_an_unknown_run_is_told_with_those_there_are(store, named):
    tracking, result = store
    with pytest.raises(UnknownNameError) as told:
        find_run(tracking, named)
    assert result.run_id in str(told.value) and named in str(told.value)


def test_without_a_store_the_remedy_is_told_and_none_is_made(tmp_path):
    tracking = Tracking(f"sqlite:///{tmp_path / 'mlflow.db'}")
    with pytest.raises(TrackingError, match="benchcast train"):
        find_run(tracking)
    assert find_run_on(tracking, small_table()) is None
    assert list(tmp_path.iterdir()) == []


def test_data_that_have_changed_are_refused_with_a_remedy(store, tmp_path):
    from features.dataset.write import write_dataset

    run = find_run(store[0])
    with pytest.raises(DataError, match="benchcast train --data"):
        read_training_data(run)  # data called "small" are shipped nowhere
    changed = write_dataset(small_table(3), tmp_path / "changed")
    with pytest.raises(DataError, match="has the fingerprint"):
        read_training_data(run, str(changed))
    same = write_dataset(small_table(), tmp_path / "same")
    table, directory = read_training_data(run, str(same))
    assert table.fingerprint == run.data_fingerprint and directory == same


def test_a_damaged_document_is_told(store, tmp_path):
    tracking, result = store
    run = tracked(tracking, find_run(tracking))
    run.text("{", "analyses/influence.json")
    with pytest.raises(TrackingError, match="influence"):
        read_analyses(tracking, result.run_id)
    run.text(json.dumps({"name": "influence"}), "analyses/influence.json")
    with pytest.raises(TrackingError, match="no analysis"):
        read_analyses(tracking, result.run_id)


def test_later_models_are_predicted_from_older_data():
    from tests.bench.planted import planted_table
    from training.analyses.ageing import analyse_ageing

    table = planted_table(40, 12, 0.9, rank=2, seed=3)
    models = table.models.assign(
        release_date=pd.date_range("2023-01-01", periods=40, freq="20D").to_numpy()
    )
    table = type(table)(table.scores, models, table.tasks, name="dated")
    found = analyse_ageing(table, work=Work(), sampled=True)
    by_age = found.tables["by_age"]
    cold, told = (by_age[by_age["known"] == k] for k in (0, 5))
    assert (cold["n_cells"].to_numpy() == told["n_cells"].to_numpy()).all(), "the same cells"
    assert told["mae"].mean() < cold["mae"].mean()
    assert (by_age["months_from"] >= 0).all() and found.complete
    assert "known by 5 scores" in " ".join(found.notes)


def test_without_dates_ageing_says_what_is_missing():
    from training.analyses.ageing import analyse_ageing

    with pytest.raises(DataError, match="release_date"):
        analyse_ageing(small_table(), work=Work())
