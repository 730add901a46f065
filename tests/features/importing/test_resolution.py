"""From what was collected to a table: nothing lost, nothing silently changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.importing.resolution import resolve
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey
from features.table.score_scale import ScoreScale

SHARE, PERCENT = ScoreScale(0.0, 1.0), ScoreScale(0.0, 100.0)
PLAIN = Options(verbatim=True)
WIT = TaskKey("wit", metric="acc", scale=SHARE)


def collected(*reports, options=PLAIN):
    into = Collector(options)
    for n, (model, task, score, *rest) in enumerate(reports):
        into.report(
            Place("a.json", f"row.{n}"),
            model=model,
            task=task,
            score=score,
            **(rest[0] if rest else {}),
        )
    return into


def test_the_name_says_all_that_tells_a_task_from_another():
    full = TaskKey("arc", "acc_norm", 25, "test", "none", "challenge", "lm-eval", "ai2_arc")
    assert full.plain_name() == "ai2_arc: arc (challenge) [acc_norm, none, test] (25-shot)"
    assert TaskKey("arc").plain_name() == "arc"
    assert TaskKey("arc", shots=0, dataset="ARC").plain_name() == "arc (0-shot)"


def test_repeats_are_merged_and_other_reports_kept():
    rows = [("m", WIT, 0.5), ("m", WIT, 0.5), ("m", WIT, 0.6), ("m", WIT, 0.5, {"n_items": 10})]
    imported = resolve(collected(*rows))
    assert imported.ledger.counts() == {
        "rows_in": 4,
        "kept": 3,
        "merged": 1,
        "set_aside": 0,
        "refused": 0,
    }
    assert imported.ledger.of("merged")[0].place == "row.1"
    assert imported.table().scales["wit [acc]"].maximum == 1.0


def test_many_repeats_are_counted_and_not_all_told():
    imported = resolve(collected(*[("m", WIT, 0.5)] * 1000))
    assert imported.ledger.counts()["merged"] == 999 and imported.ledger.adds_up()
    assert len(imported.ledger.of("merged")) == 200


@pytest.mark.parametrize("score", [1.2, -0.1])
def test_a_score_outside_its_declared_scale_is_refused_with_its_place(score):
    imported = resolve(collected(("m", WIT, score), ("n", WIT, 0.5)))
    (entry,) = imported.ledger.of("refused")
    assert entry.place == "row.0" and "scale [0, 1]" in entry.reason
    assert len(imported.scores) == 1 and imported.ledger.adds_up()


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_refused(score):
    imported = resolve(collected(("m", WIT, score)))
    assert imported.ledger.counts()["refused"] == 1 and imported.scores.empty


def test_two_sources_in_two_units_meet_in_the_first_one():
    percent = TaskKey("wit", metric="acc", harness="hf", scale=PERCENT)
    imported = resolve(collected(("m", WIT, 0.5, {"se": 0.01}), ("n", percent, 64.1, {"se": 2.0})))
    scores = imported.scores.set_index("model")
    assert scores.loc["n", ["score", "se"]].tolist() == [0.641, 0.02]
    assert scores.loc["m", ["score", "se"]].tolist() == [0.5, 0.01]
    assert any("[0, 100] to [0, 1]" in str(e) for e in imported.ledger.of("note"))


def test_two_directions_under_one_name_are_refused():
    down = TaskKey("wit", metric="acc", scale=ScoreScale(0.0, 1.0, higher_is_better=False))
    imported = resolve(collected(("m", WIT, 0.5), ("n", down, 0.5)))
    assert imported.ledger.counts()["refused"] == 1
    assert "does not fit" in imported.ledger.of("refused")[0].reason


def test_another_direction_is_not_the_task_of_the_catalogue():
    for higher in (True, False):
        scale = ScoreScale(0.0, 1.0, higher_is_better=higher)
        key = TaskKey("mmlu", metric="acc", shots=5, harness="lm-eval", scale=scale)
        imported = resolve(collected(("m", key, 0.5), options=Options()))
        assert not imported.ledger.failed
        known = imported.scores["task"].tolist() == ["MMLU (5-shot)"]
        assert known is higher  # else it keeps its own name


def test_percent_against_proportion_is_refused_where_nobody_can_tell():
    unknown = TaskKey("wit")
    declared = TaskKey("wit", harness="x", scale=PERCENT)
    rows = [("k", declared, 9.0), ("m", unknown, 50.0), ("n", unknown, 0.412)]
    imported = resolve(collected(*rows))
    assert imported.ledger.of("refused") == []  # the file is in percent
    into = Collector(PLAIN)
    into.report(Place("a"), model="m", task=declared, score=50.0)
    into.report(Place("b"), model="n", task=unknown, score=0.412)
    imported = resolve(into)
    (entry,) = imported.ledger.of("refused")
    assert entry.file == "b" and "--unit" in entry.remedy


def test_a_task_that_nobody_declares_is_not_divided_by_the_unit_of_others():
    into = Collector()
    for task, score in (("mine", 0.5), ("mine", 0.6), ("other", 50.0), ("other", 60.0)):
        into.report(Place("a.csv", 2), model="m", task=TaskKey(task), score=score)
    found = resolve(into)
    assert sorted(found.scores["score"]) == [0.5, 0.6, 50.0, 60.0]
    assert found.tasks.loc["mine", "scale_max"] == 1.0
    for score in (0.4, 0.7, 0.8):  # a second file has the other task as a share
        into.report(Place("b.csv", 2), model="n", task=TaskKey("other"), score=score)
    scores = resolve(into).scores
    assert sorted(scores.loc[scores["task"] == "other", "score"]) == [40.0, 50.0, 60.0, 70.0, 80.0]


def test_an_undeclared_unit_is_told():
    imported = resolve(collected(("m", TaskKey("wit"), 0.5), ("n", TaskKey("wit"), 0.7)))
    assert imported.table().scales["wit"].maximum == 1.0
    assert "nobody declares the unit" in imported.ledger.of("note")[0].reason


def test_sources_that_disagree_about_a_factor_are_both_kept():
    into = collected(("m", WIT, 0.5))
    into.model(Place("a.json"), "m", params=7e9, organization="Org")
    into.model(Place("b.json"), "m", params=7.2e9, organization="Org", layers="many", heads=-1)
    imported = resolve(into)
    assert imported.models.at["m", "params"] == 7e9
    told = imported.conflicts.to_dict("records")
    assert [(t["value"], t["source"], t["chosen"]) for t in told] == [
        ("7000000000.0", "a.json", True),
        ("7200000000.0", "b.json", False),
    ]
    assert {str(e.value) for e in imported.ledger.of("note")} >= {"many", "-1"}
    assert "layers" not in imported.models and "heads" not in imported.models


def test_what_the_source_does_not_say_the_person_may():
    options = Options(verbatim=True, date="2024-05-01", source="paper", reported_by="third_party")
    rows = [("m", WIT, 0.5), ("n", WIT, 0.6, {"date": "2023-01-02", "source": "site"})]
    scores = resolve(collected(*rows, options=options)).scores.set_index("model")
    assert scores["date"].astype(str).tolist() == ["2024-05-01", "2023-01-02"]
    assert scores["source"].tolist() == ["paper", "site"]
    assert set(scores["reported_by"]) == {"third_party"}


def test_a_faulty_date_is_left_unknown_and_told():
    imported = resolve(collected(("m", WIT, 0.5, {"date": "last spring"})))
    assert imported.scores["date"].isna().all()
    assert "no date" in imported.ledger.of("note")[0].reason


def test_items_follow_their_model_and_task():
    into = collected(("m", WIT, 0.5))
    outcome = [1.0, 0.0, np.nan]
    into.items(Place("s"), model="m", task=WIT, item=["1", "2", "3"], outcome=outcome)
    items = resolve(into).items
    assert items is not None
    assert items.frame[["model", "task", "item", "outcome"]].values.tolist() == [
        ["m", "wit [acc]", "1", 1.0],
        ["m", "wit [acc]", "2", 0.0],
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["m", "n", " ", "Ünï 模"]),
            st.sampled_from(
                [WIT, TaskKey("elo"), TaskKey("pct", scale=PERCENT), TaskKey("wit", metric="acc")]
            ),
            st.floats(allow_nan=True, allow_infinity=True, width=32),
        ),
        max_size=12,
    )
)
def test_whatever_is_reported_the_ledger_adds_up_and_the_table_holds(rows):
    imported = resolve(collected(*rows))
    assert imported.ledger.adds_up()
    assert imported.ledger.rows_in == len(rows)
    if len(imported.scores):
        assert len(imported.table().scores) == len(imported.scores)


def test_a_block_of_reports_is_the_same_as_one_by_one():
    rows = [("m", WIT, 0.5), ("n", WIT, 0.6), ("m", TaskKey("elo"), 1200.0)]
    one = resolve(collected(*rows))
    into = Collector(PLAIN)
    into.reports(
        "a.json",
        lines=[2, 3, 4],
        model=["m", "n", "m"],
        task=[0, 0, 1],
        keys=[WIT, TaskKey("elo")],
        score=[0.5, 0.6, 1200.0],
    )
    block = resolve(into)
    pd.testing.assert_frame_equal(one.scores, block.scores)
    assert block.ledger.of("note")[0].line == 4
