"""Whole tasks: means of others, turned round, in another unit, at chance, constant."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp.data.training_data import TrainingData
from features.table.score_table import ScoreTable
from tests.training.planting import sound
from training.audit.leave_out import Axis
from training.audit.model_findings import copies_and_constants
from training.audit.task_findings import task_findings


def with_task(score_of, *, name="extra", **facts) -> ScoreTable:
    """Return the sound table with one more task: ``score_of(wide)`` gives its scores."""
    table = sound()
    wide = table.cells.pivot(index="model", columns="task", values="score")
    more = score_of(wide).dropna().rename("score").reset_index().assign(task=name)
    scores = pd.concat([table.scores, more], ignore_index=True)
    fact = {"scale_min": 0.0, "scale_max": 100.0, **facts}
    tasks = pd.concat([table.tasks, pd.DataFrame(fact, index=[name])])
    return ScoreTable(scores, table.models, tasks.rename_axis("task"), name="one more")


def found(table: ScoreTable):
    data = TrainingData.from_table(table)
    return {f.task: f for f in task_findings(data, Axis(data.latent))}


def test_a_mean_of_other_tasks_is_counted_twice():
    parts = list(sound().tasks.index[:3])
    findings = found(with_task(lambda wide: wide[parts].mean(axis=1, skipna=False)))
    finding = findings["extra"]
    assert finding.kind == "double_count"
    assert set(finding.evidence["parts"]) == set(parts)
    assert list(finding.evidence["parts"].values()) == pytest.approx([1 / 3] * 3, abs=0.02)


def test_a_task_under_a_second_name_is_counted_twice():
    first = sound().tasks.index[0]
    assert found(with_task(lambda wide: wide[first]))["extra"].kind == "double_count"


def test_a_task_turned_round():
    kinds = found(with_task(lambda wide: 100.0 - wide.mean(axis=1)))
    assert kinds["extra"].kind == "inverted"
    assert "higher_is_better" in kinds["extra"].reason


def test_a_task_of_lower_is_better_is_not_turned_round():
    table = with_task(lambda wide: 100.0 - wide.mean(axis=1), higher_is_better=False)
    assert "extra" not in found(table)


def test_a_task_in_shares_on_a_scale_of_points():
    noise = np.random.default_rng(0).normal(0, 5, 40)
    kinds = found(with_task(lambda wide: (wide.mean(axis=1) + noise).clip(5, 95) / 100.0))
    assert kinds["extra"].kind == "unit_slip"


def test_a_task_where_all_guess():
    noise = np.random.default_rng(1).normal(0, 0.7, 40)
    kinds = found(with_task(lambda wide: 25.0 + 0.0 * wide.mean(axis=1) + noise, chance=25.0))
    assert kinds["extra"].kind == "at_chance"


def test_a_constant_task():
    assert found(with_task(lambda wide: 0.0 * wide.mean(axis=1) + 7))["extra"].kind == "constant"


def test_copied_and_constant_models():
    table = sound()
    full = table.scores.groupby("model").size().idxmax()
    copied = table.scores[table.scores["model"] == full].assign(model="copy")
    constant = pd.DataFrame({"model": "same", "task": table.tasks.index[:8], "score": 50.0})
    scores = pd.concat([table.scores, copied, constant], ignore_index=True)
    data = TrainingData.from_table(ScoreTable(scores, None, table.tasks))
    findings, remarks = copies_and_constants(data, Axis(data.latent))
    kinds = {f.model: f.kind for f in findings}
    assert not remarks
    assert kinds["same"] == "constant"
    assert "copied" in (kinds.get("copy"), kinds.get(str(full)))
