"""lm-evaluation-harness: runs, their settings and models, and files that are something else."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from features.errors import DataError
from features.importing.lm_eval import read_lm_eval
from features.importing.run import import_paths
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from tests.features.importing.fuzzing import FUZZ, as_bytes, check_reading, damaged, odd_json
from tests.features.importing.lm_eval_runs import NEW, OLD, RESULTS, STAMP, changed, kept, run


def test_a_run_of_the_harness_itself() -> None:
    into = check_reading(read_lm_eval.read, RESULTS)
    rows = kept(into)
    assert list(rows) == [
        "sums [exact_match, strict-match] (0-shot)",
        "sums [exact_match, flexible-extract] (0-shot)",
        "rolling [word_perplexity] (0-shot)",
        "rolling [byte_perplexity] (0-shot)",
        "rolling [bits_per_byte] (0-shot)",
        "mmlu [acc] (2-shot)",
    ]
    mmlu = rows["mmlu [acc] (2-shot)"]
    assert (mmlu.model, mmlu.score, mmlu.n_items) == ("example/dummy-1b", 0.5, 8)
    assert mmlu.se == pytest.approx(0.1767767)
    assert str(mmlu.date) == "2026-11-23"
    assert mmlu.setting == "lm-eval 0.4.13; task version 2; limit 4; partial"
    assert not into.ledger.failed
    items = {into.keys[i].plain_name(): f for _, i, f in into.item_parts()}
    assert items["mmlu [acc] (2-shot)"]["outcome"].mean() == 0.5
    assert list(items["mmlu [acc] (2-shot)"]["item"][:2]) == ["mmlu_anatomy/0", "mmlu_anatomy/1"]
    assert len(items["sums [exact_match, strict-match] (0-shot)"]) == 4
    assert not any("rolling" in name for name in items)  # pairs, not outcomes


def test_fields_are_used(tmp_path: Path) -> None:
    into = run(changed(NEW, chat_template="{{x}}", config__model_revision="step9"), tmp_path)
    row = kept(into)["gsm8k [exact_match, strict-match] (5-shot)"]
    assert (row.se, row.n_items, str(row.date)) == (0.012, 1319, "2024-05-01")
    assert row.at == "results.gsm8k.exact_match,strict-match"
    assert row.setting == (
        "lm-eval git a1b2c3d; task version 3; float16; revision step9; chat template"
    )
    assert ("example/base-7b", "params", 7_000_000_000) in [f[:3] for f in into.model_facts]
    at = next(i for i, k in enumerate(into.keys) if k.benchmark == "gsm8k")
    told = {(name, value) for i, name, value, _ in into.task_facts if i == at}
    assert told == {("n_items", 1319), ("format", "free_form")}
    scale = into.keys[at].scale
    assert scale is not None and (scale.minimum, scale.maximum) == (0.0, 1.0)


def test_shots_of_the_tasks_configuration(tmp_path: Path) -> None:
    tree = changed(NEW)
    del tree["n-shot"]
    rows = kept(run(tree, tmp_path))
    assert {"mmlu [acc] (5-shot)", "gsm8k [exact_match, strict-match] (5-shot)"} <= set(rows)
    assert "wikitext [word_perplexity]" in rows  # nobody says


@pytest.mark.parametrize("given", ["temperature=0.6,top_p=0.9", {"top_p": 0.9, "temperature": 0.6}])
def test_arguments_of_the_generation_are_the_setting(tmp_path: Path, given: Any) -> None:
    rows = kept(run(changed(NEW, config__gen_kwargs=given), tmp_path))
    assert {r.setting.endswith("; temperature=0.6,top_p=0.9") for r in rows.values()} == {True}


def test_versions_of_a_task_under_one_name_are_told(tmp_path: Path) -> None:
    for stamp, version in (("2023-01-01T00-00-00.1", 2), ("2024-01-01T00-00-00.1", 3.0)):
        tree = changed(NEW, versions={"gsm8k": version, "mmlu": 2})
        (tmp_path / f"results_{stamp}.json").write_bytes(as_bytes(tree))
    imported = import_paths("lm-eval", [tmp_path])
    told = [e for e in imported.ledger.of("note") if "versions 2, 3 of the harness" in e.reason]
    assert {e.value for e in told} == {"GSM8K (5-shot)", "GSM8K (5-shot, flexible extraction)"}
    assert "results_2024-01-01" in told[0].file
    assert told[0].place == "results.gsm8k.exact_match,strict-match"
    tasks = imported.scores["task"]
    settings = imported.scores.loc[tasks == "GSM8K (5-shot)", "setting"]
    assert [s.split("; ")[1] for s in settings] == ["task version 2", "task version 3"]


def test_limit_makes_a_run_partial(tmp_path: Path) -> None:
    short = {"original": 1319, "effective": 100}
    into = run(changed(NEW, config__limit=100.0, **{"n-samples__gsm8k": short}), tmp_path)
    row = kept(into)["gsm8k [exact_match, strict-match] (5-shot)"]
    assert row.n_items == 100
    assert row.setting.endswith("limit 100; partial")
    # a limit above the number of items is none
    assert "partial" not in kept(into)["wikitext [bits_per_byte] (0-shot)"].setting


def test_fewer_items_without_a_limit_are_partial_too(tmp_path: Path) -> None:
    short = {"original": 1319, "effective": 7}
    row = kept(run(changed(NEW, **{"n-samples__gsm8k": short}), tmp_path))
    assert row["gsm8k [exact_match, strict-match] (5-shot)"].setting.endswith("partial")


def test_a_limit_without_counts_is_partial(tmp_path: Path) -> None:
    rows = kept(run(changed(OLD, config__limit=10), tmp_path))
    assert all(r.setting.endswith("limit 10; partial") for r in rows.values())
    assert all(math.isnan(r.n_items) for r in rows.values())


def test_a_name_with_the_word_partial_is_no_mark(tmp_path: Path) -> None:
    into = run(changed(NEW, config__model_revision="partial"), tmp_path)
    assert all("partial" not in r.setting for r in kept(into).values())


def test_the_form_before_0_4(tmp_path: Path) -> None:
    into = run(OLD, tmp_path, "old.json")
    rows = kept(into)
    row = rows["hendrycksTest-anatomy [acc] (5-shot)"]
    assert (row.model, row.score, row.se) == ("example/old-1b", 0.3, 0.04)
    assert row.date is None
    assert row.setting == "lm-eval; task version 0"
    assert math.isnan(rows["hendrycksTest-anatomy [acc_norm] (5-shot)"].se)
    key = next(k for k in into.keys if k.metric == "ppl")
    assert key.scale is not None and key.scale.minimum == 1 and not key.scale.higher_is_better
    # parts without their aggregate stay, and that is told
    assert any("2 parts of mmlu" in e.reason for e in into.ledger.of("note"))


def test_a_made_up_model_name_is_not_used(tmp_path: Path) -> None:
    tree = changed(NEW, model_name="x7k2p9qa", config__model="gpt3", config__model_args="")
    assert {r.model for r in kept(run(tree, tmp_path)).values()} == {"gpt3"}
    folder = tmp_path / "example__other-2b"
    folder.mkdir()
    tree = changed(tree, config__model="hf")
    assert {r.model for r in kept(run(tree, folder)).values()} == {"example/other-2b"}
    path = tmp_path / f"results_{STAMP}.json"
    path.write_bytes(as_bytes(tree))
    with pytest.raises(DataError, match="no model is named"):
        read_lm_eval.read(path, Collector(), Options())


def test_an_adapter_has_a_base_model(tmp_path: Path) -> None:
    args = {"pretrained": "example/base-7b", "peft": "example/adapter"}
    into = run(changed(NEW, config__model_args=args, config__model_num_parameters=-1), tmp_path)
    assert {r.model for r in kept(into).values()} == {"example/adapter"}
    assert [f[:3] for f in into.model_facts] == [
        ("example/adapter", "base_model", "example/base-7b")
    ]


def test_a_date_in_utc_or_of_the_name(tmp_path: Path) -> None:
    late = changed(NEW, date=1714521599.0)  # a second before midnight
    assert {str(r.date) for r in kept(run(late, tmp_path)).values()} == {"2024-04-30"}
    tree = changed(NEW)
    del tree["date"]
    assert {str(r.date) for r in kept(run(tree, tmp_path)).values()} == {"2024-05-01"}
    into = run(changed(NEW, date="yesterday"), tmp_path, "other.json")
    assert {r.date for r in kept(into).values()} == {None}
    assert any(e.place == "date" for e in into.ledger.of("note"))


def test_claims(tmp_path: Path) -> None:
    for name, content, ours in (
        (f"results_{STAMP}.json", "{", True),  # cut off: read() says so
        (f"results_{STAMP}.json", '{"config_general": {}, "results": {}}', False),
        ("any.json", json.dumps(OLD), True),
        ("any.json", json.dumps({"results": {}, "eval": {}}), False),
        ("any.json", json.dumps({"version": 2, "results": {}}), False),
        ("stats.json", "[]", False),
        ("results.csv", "model", False),
    ):
        (tmp_path / name).write_text(content)
        assert read_lm_eval.claims(tmp_path / name) is ours, (name, content)
    assert not read_lm_eval.claims(tmp_path)


@pytest.mark.parametrize("tree", [[], {}, {"results": []}, {"results": {}}, "x", None])
def test_other_files_are_errors(tmp_path: Path, tree: Any) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(as_bytes({**tree, "model_name": "a/b"} if isinstance(tree, dict) else tree))
    with pytest.raises(DataError, match="x.json, results"):
        read_lm_eval.read(path, Collector(), Options())


@given(odd_json(NEW) | odd_json(OLD))
@FUZZ
def test_odd_values(tmp_path: Path, tree: Any) -> None:
    path = tmp_path / f"results_{STAMP}.json"
    path.write_bytes(as_bytes(tree))
    read_lm_eval.claims(path)
    check_reading(read_lm_eval.read, path)


@given(damaged(RESULTS.read_bytes()))
@FUZZ
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / RESULTS.name
    path.write_bytes(content)
    read_lm_eval.claims(path)
    check_reading(read_lm_eval.read, path)
