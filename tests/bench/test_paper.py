"""The paper's experiments: the normalised scale, single models and tasks left out, the run."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from features.dataset.write import write_dataset
from tests.bench.paper import main
from tests.bench.paper_scale import MIN_SPAN, Per, normalised_error
from tests.bench.paper_settings import leave_out
from tests.bench.sources import ENVIRONMENT
from tests.training.measuring import fold_predictions, make_table, wide_table
from training.splits import make_folds


@pytest.mark.parametrize("per", ["model", "task"])
def test_the_scale_is_that_of_training_cells(per):
    table = make_table(20, 0.8, 1)
    folds = make_folds(table, "random")
    frame = fold_predictions(table, folds)
    found = normalised_error(frame, table, folds, per)
    known = {fold.name: fold.training_table(table).cells for fold in folds}
    for row, value in zip(frame.itertuples(), found, strict=True):
        scale = table.scales[row.task]
        train = known[row.fold]
        train = train[train[per] == getattr(row, per)]
        points = [
            float(table.scales[t].to_points([s])[0])
            for t, s in zip(train["task"], train["score"], strict=True)
            if table.scales[t].in_points
        ]
        span = max(points) - min(points) if points else 0.0
        if not scale.in_points or span < MIN_SPAN:
            assert np.isnan(value)
        else:
            error = (row.prediction - row.score) * scale.points_per_unit()
            assert value == pytest.approx(error / span)


def test_a_new_model_has_no_row_and_a_new_task_no_column():
    table = make_table(20, 0.8, 1)
    axes: list[tuple[str, Per, Per]] = [
        ("new-model", "model", "task"),
        ("new-task", "task", "model"),
    ]
    for kind, per, other in axes:
        folds = make_folds(table, kind)
        frame = fold_predictions(table, folds)
        assert np.isnan(normalised_error(frame, table, folds, per)).all()
        assert np.isfinite(normalised_error(frame, table, folds, other)).any()


def test_one_task_is_left_out_with_its_variants_hidden():
    table = make_table(20, 0.8, 1)
    folds = leave_out(table, "task", "mmlu", known=2, draws=3)
    n = int((table.cells["task"] == "mmlu").sum())
    assert len(folds) == 3
    for fold in folds:
        assert set(fold.test["task"]) == {"mmlu"} and len(fold.test) == n - 2
        assert set(fold.hidden["task"]) <= {"mmlu-cot"}
    known = [set(f.training_table(table).cells.query("task == 'mmlu'")["model"]) for f in folds]
    assert len(set(map(frozenset, known))) > 1, "other draws know other scores"


def test_one_model_is_left_out_alone():
    table = make_table(20, 0.8, 1)
    (fold,) = leave_out(table, "model", "m03", known=0)
    assert set(fold.test["model"]) == {"m03"} and fold.hidden.empty
    assert "m03" not in set(fold.training_table(table).cells["model"])


def test_measures_prints_writes_and_names_what_is_absent(tmp_path, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    table = wide_table(20, 8)
    write_dataset(table, tmp_path / "cpp_paper")
    arguments = ["--predictors", "biases", "--experiments", "table-1,masking,new-task,named-models"]
    ran = CliRunner().invoke(
        main, [*arguments, "--jobs", "1", "--out", str(tmp_path / "out")], catch_exceptions=False
    )
    assert ran.exit_code == 0, ran.output
    assert "absent: helm_core" in ran.output
    assert "paper: NCF with factors" in ran.output and "0.0125" in ran.output
    assert "not in cpp_paper: LLama-2-70B" in ran.output
    found = json.loads((tmp_path / "out" / "paper.json").read_text())["experiments"]
    assert set(found) == {"table-1", "new-task", "named-models"}
    (row,) = found["table-1"]["rows"]
    assert set(row["predictors"]) == {"biases", "task-mean"}
    biases = row["predictors"]["biases"]
    assert biases["model"]["n_cells"] > 0 and biases["wins"]["task-mean"]["n_models"] > 0
    assert "tasks" in found["new-task"]["rows"][0]["predictors"]["biases"]["wins"]["task-mean"]


def test_an_unknown_experiment_is_refused(tmp_path):
    ran = CliRunner().invoke(main, ["--experiments", "table-2", "--out", str(tmp_path)])
    assert ran.exit_code == 2 and "table-1" in ran.output
