"""lm-evaluation-harness: groups of tasks, of which either the whole or the parts are kept."""

from __future__ import annotations

import json
from pathlib import Path

from tests.features.importing.lm_eval_runs import NEW, aside, changed, kept, run


def test_a_known_group_is_kept_and_its_members_are_set_aside(tmp_path: Path) -> None:
    into = run(NEW, tmp_path)
    row = kept(into)["mmlu [acc] (5-shot)"]
    assert (row.score, row.n_items) == (0.5, 301)  # all its members, through the group inside
    (entry,) = into.ledger.of("set_aside")  # one finding for all, and three scores
    assert entry.reason == "part of mmlu, which is kept"
    assert (entry.place, entry.value) == ("results.mmlu_stem", "mmlu_stem and 2 more")
    assert into.ledger.counts()["set_aside"] == 3


def test_an_unknown_group_is_set_aside_and_its_members_are_kept(tmp_path: Path) -> None:
    tree = json.loads(json.dumps(NEW).replace("mmlu", "zzsuite"))
    into = run(tree, tmp_path)
    assert aside(into) == {
        "results.zzsuite": "zzsuite is an aggregate of 2 tasks, which are kept",
        "results.zzsuite_stem": "zzsuite_stem is an aggregate of 1 tasks, which are kept",
    }
    assert {"zzsuite_anatomy [acc] (5-shot)", "zzsuite_virology [acc] (5-shot)"} <= set(kept(into))
    assert run(NEW, tmp_path, verbatim=True).ledger.row_outcomes["set_aside"] == 2


def test_parts_that_only_the_catalogue_knows_are_set_aside(tmp_path: Path) -> None:
    tree = changed(NEW, group_subtasks={}, groups={})
    del tree["results"]["mmlu_stem"]
    into = run(tree, tmp_path)
    assert aside(into) == {"results.mmlu_anatomy": "part of mmlu, which is kept"}
    assert not [name for name in kept(into) if "anatomy" in name or "virology" in name]


def test_a_group_without_its_members_is_kept(tmp_path: Path) -> None:
    tree = {**NEW, "results": {"zz": {"acc,none": 0.5}}, "group_subtasks": {"zz": ["a", "b"]}}
    assert list(kept(run({**tree, "groups": {}}, tmp_path))) == ["zz [acc]"]


def test_a_group_that_stands_under_groups_only(tmp_path: Path) -> None:
    tree = changed(NEW)
    del tree["results"]["mmlu"]
    into = run(tree, tmp_path)
    assert kept(into)["mmlu [acc] (5-shot)"].at == "groups.mmlu.acc,none"


def test_groups_that_contain_each_other_end(tmp_path: Path) -> None:
    tree = changed(NEW, group_subtasks={"mmlu": ["mmlu_stem"], "mmlu_stem": ["mmlu"]})
    assert run(tree, tmp_path).ledger.counts()["rows_in"] == 8
