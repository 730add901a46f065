"""The audit finds planted faults, says what they are, and leaves sound scores alone."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from features.errors import ConfigError, DataError
from features.table.score_table import ScoreTable
from tests.training.planting import (
    changed,
    described,
    exchanged,
    quick_audit,  # noqa: F401
    some_cells,
    sound,
    with_reports,
)
from training.audit.finding import ordered
from training.audit.run_audit import Finding, audit


@pytest.fixture(scope="module")
def of_sound():
    return audit(sound())


@pytest.fixture(scope="module")
def faulty():
    """Two slips, two inversions, and the audit of the table with all four."""
    slips = some_cells(sound(), lambda s: s >= 40, 2, seed=1)
    turned = [
        cell
        for cell in some_cells(sound(), lambda s: (s - 50).abs() >= 25, 8, seed=2)
        if cell[0] not in {m for m, _ in slips}
    ][:2]
    table = changed(sound(), slips, lambda s: s * 0.01)
    table = changed(table, turned, lambda s: 100.0 - s)
    return slips, turned, audit(table)


def test_a_sound_table_has_next_to_no_findings(of_sound):
    cells = {(f.model, f.task) for f in of_sound.of("cell")}
    models = {f.model for f in of_sound.of("model")}
    assert len(cells) <= 0.015 * of_sound.n_cells
    assert len(models) <= 1
    assert not of_sound.of("task")


def test_slips_are_found_with_the_score_that_would_fit(faulty):
    slips, _, found = faulty
    kinds = {(f.model, f.task): f for f in found.of("cell")}
    for cell in slips:
        finding = kinds[cell]
        assert finding.kind == "unit_slip"
        true = sound().cells.set_index(["model", "task"]).at[cell, "score"]
        assert finding.evidence["would_fit"] == pytest.approx(true)
        assert "percent or share" in finding.reason


def test_inversions_are_found(faulty):
    _, turned, found = faulty
    kinds = {(f.model, f.task): f.kind for f in found.of("cell")}
    assert [kinds[cell] for cell in turned] == ["inverted", "inverted"]


def test_planted_faults_stand_before_everything_else(faulty):
    slips, turned, found = faulty
    first = {(f.model, f.task) for f in found.of("cell")[: len(slips) + len(turned)]}
    assert first == {*slips, *turned}


def test_findings_are_ordered_plain_and_complete(faulty):
    document = json.loads(json.dumps(faulty[2].to_dict(), allow_nan=False))
    found = document["findings"]
    assert [f["p_value"] for f in found] == sorted(f["p_value"] for f in found)
    keys = {"kind", "subject", "model", "task", "score", "p_value", "reason", "evidence"}
    assert all(set(f) == keys for f in found)


def test_exchanged_rows_are_found_with_their_partner():
    table, pair = exchanged(described(80))
    found = {f.model: f for f in audit(table).of("model")}
    assert set(pair) <= set(found)
    assert {found[m].kind for m in pair} == {"swapped"}
    assert found[pair[0]].evidence["partner"] == pair[1]


def test_a_row_in_the_wrong_unit_is_found_as_a_whole():
    table = described(100)
    mean = table.scores.groupby("model")["score"].agg(["mean", "size"])
    name = str(mean[mean["size"] >= 6]["mean"].idxmax())
    cells = [(m, t) for m, t in zip(table.scores.model, table.scores.task, strict=True)]
    wrong = changed(table, [c for c in cells if c[0] == name], lambda s: s * 0.01)
    kinds = {f.model: f.kind for f in audit(wrong).of("model")}
    assert kinds[name] == "unit_slip"


def test_a_report_far_from_the_others_is_found_with_its_source():
    table = with_reports(sound(), np.random.default_rng(0))
    several = table.scores[table.scores.duplicated(["model", "task"], keep=False)]
    high = several[(several["score"] >= 60) & (several["source"] == "elsewhere")].iloc[0]
    scores = table.scores.copy()
    here = (scores[["model", "task", "source"]] == high[["model", "task", "source"]]).all(axis=1)
    scores.loc[here, "score"] = high["score"] - 45.0
    found = audit(ScoreTable(scores, table.models, table.tasks, name="two reports"))
    mine = [f for f in found.of("cell") if (f.model, f.task) == (high["model"], high["task"])]
    assert [f.kind for f in mine] in (["disagreeing_reports"], ["inverted"])
    assert mine[0].evidence["source"] == "elsewhere"


def test_the_same_table_gives_the_same_findings_in_any_order_of_rows(faulty):
    table = changed(sound(), faulty[0], lambda s: s * 0.01)
    scores = table.scores.sample(frac=1.0, random_state=1)
    again = ScoreTable(scores, table.models, table.tasks, name=table.name)
    assert audit(again).to_dict() == audit(table).to_dict()


def test_more_false_alarms_find_more(of_sound):
    more = audit(sound(), false_alarms=0.1)
    assert len(more.of("cell")) > len(of_sound.of("cell"))


@pytest.mark.parametrize("rate", [0.0, -1.0, 0.5, float("nan")])
def test_a_rate_outside_its_bounds_is_refused(rate):
    with pytest.raises(ConfigError, match="false_alarms"):
        audit(sound(), false_alarms=rate)


def test_a_tiny_table_is_not_judged_but_its_facts_are():
    scores = pd.DataFrame({"model": ["a"], "task": ["x"], "score": [5.0]})
    models = pd.DataFrame({"model": ["a"], "params": [1e9], "active_params": [2e9]})
    found = audit(ScoreTable(scores, models))
    assert [f.kind for f in found.findings] == ["impossible_factors"]
    assert "too few" in found.remarks[0]


def test_tasks_without_bounds_are_audited_too():
    table = sound()
    tasks = table.tasks.copy()
    free = list(tasks.index[:2])
    tasks.loc[free, ["scale_min", "scale_max"]] = np.nan
    cell = next(c for c in some_cells(table, lambda s: s >= 40, 40) if c[1] in free)
    wrong = changed(ScoreTable(table.scores, table.models, tasks), [cell], lambda s: s * 100)
    kinds = {(f.model, f.task): f.kind for f in audit(wrong).of("cell")}
    assert kinds[cell] == "unit_slip"


def test_item_outcomes_need_their_columns():
    with pytest.raises(DataError, match="epoch"):
        audit(sound(), items=pd.DataFrame({"model": [], "task": [], "item": [], "outcome": []}))


def test_equals_are_ordered_by_kind_and_name():
    pairs = [("copied", "a"), ("swapped", "b"), ("swapped", "a")]
    made = [Finding(k, "model", m, None, None, 0.1, "", {}) for k, m in pairs]
    assert [(f.kind, f.model) for f in ordered(made)] == [
        ("swapped", "a"),
        ("swapped", "b"),
        ("copied", "a"),
    ]


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "odd"), ("subject", "row"), ("p_value", 2.0)]
)
def test_a_finding_checks_what_it_is(field, value):
    right = {"kind": "copied", "subject": "model", "p_value": 0.5}
    with pytest.raises(ValueError, match=field):
        Finding(model="a", task=None, score=None, reason="", **{**right, field: value})
