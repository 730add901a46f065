"""Contradictions between facts of models and tasks: found one by one, unless they are the rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.table.score_table import ScoreTable
from training.audit.fact_findings import fact_findings

N = 60


def table(*, model=None, task=None, dates=None, **model_changes) -> ScoreTable:
    """Return 60 consistent models on one task; `model_changes` are put on the first."""
    names = [f"m{i:02}" for i in range(N)]
    rng = np.random.default_rng(0)
    params = 10.0 ** rng.uniform(9, 11, N)
    tokens = 10.0 ** rng.uniform(11, 13, N)
    models = pd.DataFrame(
        {
            "model": names,
            "params": params,
            "active_params": params,
            "training_tokens": tokens,
            "training_flop": 6.0 * params * tokens * 10.0 ** rng.normal(0, 0.05, N),
            "release_date": pd.Timestamp("2024-01-01"),
            "base_model": pd.array([None] * N, dtype="string"),
        }
    )
    for name, value in model_changes.items():
        models.loc[0, name] = value
    scores = pd.DataFrame({"model": names, "task": "x", "score": np.linspace(10, 90, N)})
    scores["date"] = pd.Timestamp("2024-06-01")
    for i, date in (dates or {}).items():
        scores.loc[i, "date"] = pd.Timestamp(date)
    tasks = pd.DataFrame({"task": ["x"], "scale_min": [0.0], "scale_max": [100.0], **(task or {})})
    return ScoreTable(scores, models, tasks)


def test_consistent_facts_are_left_alone():
    assert fact_findings(table()) == ([], [])


def test_training_compute_against_six_n_d():
    sound = table().models.iloc[0]
    wrong = table(training_flop=1000.0 * sound["training_flop"])
    (finding,), _ = fact_findings(wrong)
    assert (finding.kind, finding.model) == ("impossible_factors", "m00")
    assert "times above 6 x parameters x tokens" in finding.reason
    six = 6.0 * sound["active_params"] * sound["training_tokens"]
    assert finding.evidence["six_n_d"] == pytest.approx(six)


def test_the_active_parameters_count_not_all():
    sound = table().models.iloc[0]
    sparse = table(params=20.0 * sound["params"])
    assert fact_findings(sparse) == ([], [])


def test_more_active_parameters_than_there_are():
    sound = table().models.iloc[0]
    (finding,), _ = fact_findings(table(params=0.5 * sound["params"]))
    assert "active_params" in finding.reason and finding.model == "m00"


def test_a_report_before_the_release_of_a_model():
    (finding,), _ = fact_findings(table(dates={0: "2023-06-01"}))
    assert finding.subject == "model"  # every report it has
    assert "2024-01-01" in finding.reason and finding.evidence["days"] == 214


def test_a_report_some_days_early_is_a_preview():
    assert fact_findings(table(dates={0: "2023-12-20"})) == ([], [])


def test_a_model_older_than_its_base():
    wrong = table(base_model="m01", release_date=pd.Timestamp("2023-01-01"))
    (finding,), _ = fact_findings(wrong)
    assert "before its base model 'm01'" in finding.reason


def test_a_task_released_after_reports_on_it():
    found, _ = fact_findings(table(task={"released": [pd.Timestamp("2025-01-01")]}))
    assert [(f.subject, f.task) for f in found] == [("task", "x")]


def test_what_is_true_of_many_models_is_a_remark():
    made = table()
    models = made.models.assign(params=made.models["active_params"] * 0.5)
    found, remarks = fact_findings(ScoreTable(made.scores, models, made.tasks))
    assert not found
    assert "60 of 60 models have more active_params" in remarks[0]
