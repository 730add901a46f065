"""Training as a tracked job: what it leaves in the store, and who becomes champion."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cpp
from features.errors import ConfigError, DataError, FoldError, TrackingError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from tests.training.small import settings, small_table
from training.pipeline.config import FAST_LADDER, load_config
from training.pipeline.inputs import Method, folds_fingerprint
from training.pipeline.promotion import Candidate, ChampionDecision, decide
from training.pipeline.run_contents import fold_errors
from training.pipeline.training_run import FINAL, TrainResult, _methods, train
from training.plots import style
from training.tracking import locations
from training.tracking.client import Tracking
from training.tracking.registry import VersionInfo, find_champion, load_champion

#: whoever forgets the tests' own store would make one there
pytestmark = pytest.mark.usefixtures("elsewhere")
LEADERBOARD_RUNGS = ["task-mean", "biases"]


@pytest.fixture(scope="module")
def tracking(tmp_path_factory, mlflow_tables) -> Tracking:
    """One store for the module; the tests below change its champion in order."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(mlflow_tables, home / "mlflow.db")
    return Tracking(f"sqlite:///{home / 'mlflow.db'}")


@pytest.fixture(scope="module")
def told() -> list[tuple[int, int, str]]:
    return []


@pytest.fixture(scope="module")
def first(tracking, told) -> TrainResult:
    """A run with the ladder's first rungs, the task mean as the chosen one."""
    table = small_table(retrieved="2026-01-02", version="1")
    config = load_config(None, ["model.predictor=task-mean", "run.level=0.8", "run.seed=3"])
    with pytest.MonkeyPatch.context() as patch:
        import cpp

        patch.setattr(cpp, "LADDER", dict.fromkeys(LEADERBOARD_RUNGS, ""))
        return train(table, config, tracking=tracking, progress=lambda *step: told.append(step))


@pytest.fixture(autouse=True)
def _small_figures(first, monkeypatch):
    """Draw the figures of later runs small: those of the first one are looked at."""
    save = style.save_figure

    def small(figure, path):
        figure.set_layout_engine("none")
        save(figure, path)

    monkeypatch.setattr(style, "save_figure", small)


def artifact(tracking: Tracking, run_id: str, path: str) -> bytes:
    root = locations.database_path(tracking.uri).parent / "mlartifacts"
    return (root / run_id / "artifacts" / path).read_bytes()


# -- what a run leaves ---------------------------------------------------------------------


def test_the_first_run_is_the_champion_and_says_so(tracking, first):
    assert first.decision.moved and first.decision.outcome == "first"
    assert "the first champion: the new task-mean (medae" in first.decision.reason
    assert find_champion(tracking) == replace(first.info, version=first.version)


def test_every_rung_and_setting_is_recorded(tracking, first):
    run = tracking.client.get_run(first.run_id)
    metrics, params = run.data.metrics, run.data.params
    for name in LEADERBOARD_RUNGS:
        for metric in ("medae", "mae", "rmse", "coverage", "width_mean", "rank_hit_rate@2"):
            key = f"{name}.{metric}".replace("@", "_at_")
            assert metrics[key] == pytest.approx(first.metrics.value(metric, name))
    assert metrics["medae"] == metrics["task-mean.medae"] == first.decision.new
    assert params["model.predictor"] == "task-mean" and params["run.seed"] == "3"
    assert params["data.fingerprint"] == small_table().fingerprint == first.info.data_fingerprint
    assert params["folds.fingerprint"] == folds_fingerprint(first.folds)
    assert run.inputs.dataset_inputs[0].dataset.name == "small"
    assert run.info.status == "FINISHED" and run.data.tags["benchcast"]
    (output,) = run.outputs.model_outputs
    model = tracking.client.get_logged_model(output.model_id)
    assert model.status == "READY"
    assert {m.key: m.value for m in model.metrics}["medae"] == metrics["medae"]


def test_tables_and_figures_are_recorded(tracking, first):
    def read(path):
        return artifact(tracking, first.run_id, path)

    folds = pd.read_csv(io.BytesIO(gzip.decompress(read("predictions/folds.csv.gz"))))
    assert len(folds) == len(first.predictions) == 2 * len(first.folds.frame)
    assert folds["prediction"].tolist() == first.predictions["prediction"].tolist()
    empty = pd.read_csv(io.BytesIO(gzip.decompress(read("predictions/empty_cells.csv.gz"))))
    assert len(empty) == len(small_table().empty_cells())
    assert (empty["level"] == 0.8).all()
    assert json.loads(read("metrics/metrics.json")) == first.metrics.to_dict()
    errors = pd.DataFrame(json.loads(read("metrics/folds.json")))
    mean = errors.groupby("predictor")["medae"].mean()
    assert mean["task-mean"] == pytest.approx(first.decision.new)
    for plot in ("matrix", "ladder", "calibration"):
        assert read(f"plots/{plot}.svg").startswith(b"<?xml")
        assert read(f"plots/{plot}.png").startswith(b"\x89PNG")
    assert b"The 80 % interval" in read("plots/calibration.svg")
    assert json.loads(read("champion.json"))["outcome"] == "first"
    assert "numpy" in json.loads(read("environment.json"))["packages"]


def test_fold_errors_are_the_medians_of_each_fold(first):
    errors = fold_errors(first.predictions, small_table())
    one = first.predictions[first.predictions["fold"] == first.folds.names[0]]
    one = one[one["predictor"] == "biases"]
    slow = (one["prediction"] - one["score"]).abs().median()
    row = errors[(errors["predictor"] == "biases") & (errors["fold"] == first.folds.names[0])]
    assert row["medae"].item() == pytest.approx(slow)


def test_notes_of_the_fits_are_recorded(tracking, monkeypatch):
    from cpp import Predictor

    monkeypatch.setattr(Predictor, "notes_", ["left out a part"], raising=False)
    result = train(small_table(), settings("run.champion=never"), tracking=tracking)
    expected = {"biases": ["left out a part (3 folds)"], FINAL: ["left out a part"]}
    assert result.notes == expected
    assert json.loads(artifact(tracking, result.run_id, "notes.json")) == expected
    assert tracking.client.get_run(result.run_id).data.tags["notes"] == "left out a part"


def test_which_rungs_are_measured_beside():
    fast = cpp.PRESETS["fast"]
    assert list(_methods(Method("biases"), None)) == list(cpp.LADDER)
    assert list(_methods(Method("biases"), False)) == ["biases"]
    assert list(_methods(Method("bmf"), ["best", "biases"])) == ["biases", "blend", "bmf"]
    assert list(_methods(Method(fast), None)) == [*FAST_LADDER, fast]
    chosen = Method("biases", {"ridge": 2.0})
    assert _methods(chosen, True)["biases"] == chosen
    with pytest.raises(ConfigError, match="run.ladder: .*'nearst'"):
        _methods(Method("biases"), ["nearst"])


def test_the_recorded_settings_repeat_the_run(tracking, first, tmp_path):
    file = tmp_path / "again.toml"
    file.write_bytes(artifact(tracking, first.run_id, "config.toml"))
    config = load_config(file, ["run.ladder=false"])
    again = train(small_table(), config, tracking=tracking, folds=first.folds)
    mine = first.predictions[first.predictions["predictor"] == "task-mean"]
    pd.testing.assert_frame_equal(again.predictions, mine.reset_index(drop=True))


def test_progress_counts_every_step(first, told):
    total = 2 * len(first.folds) + 3
    assert [step[:2] for step in told] == [(i + 1, total) for i in range(total)]
    assert told[0][2].startswith("task-mean on ") and told[-1][2] == first.decision.reason


def test_the_champion_predicts_as_the_trained_one(tracking, first):
    loaded, info = load_champion(tracking)
    cells = small_table().empty_cells()
    pd.testing.assert_frame_equal(loaded.predict(cells).frame, first.predictor.predict(cells).frame)
    assert info.data_retrieved == "2026-01-02" and info.trained.startswith("20")


# -- who is champion (in this order) ---------------------------------------------------------


def promoted(tracking: Tracking, first: TrainResult, *overrides: str) -> ChampionDecision:
    return train(
        small_table(), settings("run.seed=3", *overrides), tracking=tracking, folds=first.folds
    ).decision


def test_the_same_again_is_a_tie_and_stays(tracking, first):
    decision = promoted(tracking, first, "model.predictor=task-mean")
    assert (decision.moved, decision.outcome) == (False, "tie")
    assert decision.new == decision.champion and not decision.remeasured
    assert find_champion(tracking).version == first.version != decision.version


def test_an_improvement_below_the_threshold_stays(tracking, first):
    decision = promoted(tracking, first, "run.min_improvement=90.0")
    assert (decision.moved, decision.outcome) == (False, "tie")
    assert "run.min_improvement = 90" in decision.reason and decision.new < decision.champion


def test_the_better_one_takes_over_and_the_worse_one_does_not(tracking, first):
    better = promoted(tracking, first)
    assert (better.moved, better.outcome) == (True, "better")
    assert f"{better.new:.3f} against {better.champion:.3f} points" in better.reason
    assert "of the same snapshot" in better.reason
    assert better.difference_low <= better.new - better.champion <= better.difference_high
    worse = promoted(tracking, first, "model.predictor=task-mean")
    assert (worse.moved, worse.outcome) == (False, "worse")
    assert worse.champion == better.new and worse.champion_version == better.version
    assert find_champion(tracking).version == better.version


def test_the_policy_never_or_always(tracking, first):
    champion = find_champion(tracking)
    never = promoted(tracking, first, "run.champion=never")
    assert not never.moved and find_champion(tracking) == champion
    always = promoted(tracking, first, "run.champion=always", "model.predictor=task-mean")
    assert always.moved and find_champion(tracking).version == always.version
    assert promoted(tracking, first).moved, "biases are champion again"


def test_a_champion_of_another_snapshot_is_refitted_to_compare(tracking, first):
    champion = find_champion(tracking)
    other = small_table(seed=1, n_models=16)
    steps = []
    config = settings("model.predictor=task-mean")
    result = train(other, config, tracking=tracking, progress=lambda *s: steps.append(s))
    decision = result.decision
    assert (decision.moved, decision.outcome) == (False, "worse") and decision.remeasured
    assert decision.champion != champion.value, "measured on the new snapshot"
    again = train(other, settings("run.champion=never"), tracking=tracking, folds=result.folds)
    assert decision.champion == pytest.approx(again.decision.new)
    assert "champion refitted (it was trained on small" in decision.reason
    assert "model.predictor = 'biases'" in decision.reason, "how to serve the new snapshot"
    assert steps[-1][0] == steps[-1][1] == 2 * len(result.folds) + 3


def test_a_rung_that_was_just_backtested_is_not_refitted_for_it(tracking, first, monkeypatch):
    import cpp

    monkeypatch.setattr(cpp, "LADDER", dict.fromkeys(LEADERBOARD_RUNGS, ""))
    steps = []
    config = load_config(None, ["model.predictor=task-mean"])
    table = small_table(seed=4)
    result = train(table, config, tracking=tracking, progress=lambda *s: steps.append(s))
    assert result.decision.remeasured
    assert result.decision.champion == result.metrics.value("medae", "biases")
    assert len(steps) == 2 * len(result.folds) + 3


def test_the_champions_method_on_a_newer_snapshot_takes_over(tracking, first):
    before = find_champion(tracking)
    newer = small_table(seed=2, retrieved="2026-03-01")
    strict = train(newer, settings(), tracking=tracking).decision
    assert (strict.moved, strict.outcome, strict.remeasured) == (False, "tie", True)
    assert "run.champion = 'refresh'" in strict.reason
    result = train(newer, settings("run.champion=refresh"), tracking=tracking)
    decision = result.decision
    assert (decision.moved, decision.outcome, decision.remeasured) == (True, "refreshed", True)
    assert f"version {before.version} (biases) refitted on the new snapshot" in decision.reason
    old_data = small_table(seed=3, retrieved="2025-01-01")
    older = train(old_data, settings("run.champion=refresh"), tracking=tracking)
    assert (older.decision.moved, older.decision.outcome) == (False, "tie")
    assert "it knows newer data (retrieved 2026-03-01, this was 2025-01-01)" in (
        older.decision.reason
    )
    folds = train(
        small_table(seed=2), settings("folds.split=mask", "folds.mask=0.2"), tracking=tracking
    )
    assert folds.decision.outcome == "tie" and "only the folds are new" in folds.decision.reason


def info(**changes: object) -> VersionInfo:
    values = {
        "predictor": "biases",
        "parameters": {},
        "seed": 0,
        "data_name": "d",
        "data_fingerprint": "1",
        "data_retrieved": "",
        "folds_fingerprint": "1",
        "metric": "medae",
        "value": 1.0,
        "trained": "t",
        "benchcast": "0",
    }
    return VersionInfo(**{**values, **changes})


def test_a_champion_that_cannot_be_refitted_stays_and_the_remedy_is_named(tracking):
    def gone(champion: VersionInfo) -> tuple[pd.DataFrame, float]:
        Method(champion.predictor, champion.parameters).check()
        raise AssertionError

    candidate = Candidate(info(), small_table(), pd.DataFrame(), 3)
    champion = info(predictor="no-such-rung", data_fingerprint="2", version="7")
    decision = decide(tracking, candidate, champion, gone)
    assert (decision.moved, decision.outcome) == (False, "not-comparable")
    assert "unknown predictor 'no-such-rung'" in decision.reason
    assert "run.champion = 'always'" in decision.reason


def test_undefined_figures_do_not_win(tracking):
    candidate = Candidate(info(value=float("nan")), small_table(), pd.DataFrame(), 3)
    champion = info(predictor="x", folds_fingerprint="2", version="7")
    cells = pd.DataFrame()
    for value, moved in ((1.0, False), (float("nan"), False)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("training.pipeline.promotion._interval", lambda *_: (None, None))
            decision = decide(tracking, candidate, champion, lambda _, v=value: (cells, v))
        assert decision.moved is moved and json.dumps(decision.to_dict(), allow_nan=False)


# -- what goes wrong -------------------------------------------------------------------------


def test_a_run_that_fails_registers_nothing(tracking, first, monkeypatch):
    import cpp.baselines.biases

    before = find_champion(tracking)
    versions = len(tracking.client.search_model_versions())

    def broken(*_: object) -> None:
        raise DataError("out of luck")

    monkeypatch.setattr(cpp.baselines.biases.Biases, "get_state", broken)
    with pytest.raises(DataError, match="out of luck"):
        promoted(tracking, first)
    runs = tracking.client.search_runs([tracking.experiment_id("benchcast")], max_results=1)
    assert runs[0].info.status == "FAILED"
    assert find_champion(tracking) == before
    assert len(tracking.client.search_model_versions()) == versions


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["model.predictor=biasses"], "model.predictor: unknown predictor.*did you mean 'biases'"),
        (["model.parameters.nonsense=1"], "biases has no such parameter"),
        (["model.parameters.random_state=1"], "set run.seed instead"),
        (["folds.split=time", "folds.mask=0.2"], "no mask"),
    ],
)
def test_wrong_settings_are_told_before_a_run_starts(tmp_path, overrides, said):
    tracking = Tracking(f"sqlite:///{tmp_path / 'mlflow.db'}")
    with pytest.raises(ConfigError, match=said):
        train(small_table(), settings(*overrides), tracking=tracking)
    assert list(tmp_path.iterdir()) == []


def test_folds_of_another_table_are_refused(tracking):
    folds = Folds(pd.DataFrame({"fold": ["a"], "model": ["who"], "task": ["t1"]}))
    with pytest.raises(FoldError, match="'who'"):
        train(small_table(), settings(), tracking=tracking, folds=folds)


def test_a_store_of_files_is_refused(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "file:///nowhere")
    with pytest.raises(TrackingError, match="maintenance mode"):
        train(small_table(), settings())


# -- data without points, a full matrix --------------------------------------------------------


def test_a_table_without_points_is_judged_in_standard_deviations(tracking):
    scores = small_table().scores
    table = ScoreTable(scores, name="elo")  # no scale declared: unbounded
    result = train(table, settings("run.champion=never"), tracking=tracking)
    assert result.decision.metric == result.info.metric == "scaled_medae"
    assert np.isfinite(result.decision.new)
    assert "standard deviations" in result.decision.reason


def test_a_matrix_without_empty_cells_trains(tracking):
    table = small_table()
    full = table.scores[table.scores["model"].isin(table.models.index)]
    every = pd.MultiIndex.from_product([table.models.index, table.tasks.index]).to_frame(
        index=False
    )
    every.columns = ["model", "task"]
    full = every.assign(score=np.linspace(5, 95, len(every)))
    result = train(
        ScoreTable(full, tasks=table.tasks, name="full"),
        settings("run.champion=never"),
        tracking=tracking,
    )
    assert len(result.empty_cells) == 0 and len(result.metrics.overall) == 1
