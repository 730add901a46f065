"""lm-evaluation-harness: what is read, and every trap of the format."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.importing import lm_eval
from features.importing.collector import Collector
from features.importing.options import Options
from features.importing.running import import_paths
from tests.features.importing.fuzzing import FUZZ, as_bytes, check_reading, damaged, odd_json

MADE = Path(__file__).parent / "made" / "lm_eval" / "example__dummy-1b"
RESULTS = next(MADE.glob("results_*.json"))
STAMP = "2024-05-01T12-34-56.789012"

#: version 0.4, a group with its members
NEW: dict[str, Any] = {
    "results": {
        "mmlu": {"acc,none": 0.5, "acc_stderr,none": 0.01, "alias": "mmlu"},
        "mmlu_stem": {"acc,none": 0.4, "acc_stderr,none": "N/A", "alias": " - stem"},
        "mmlu_anatomy": {"acc,none": 0.4, "acc_stderr,none": 0.04, "alias": "  - anatomy"},
        "mmlu_virology": {"acc,none": 0.6, "acc_stderr,none": 0.05, "alias": "  - virology"},
        "gsm8k": {
            "alias": "gsm8k",
            "exact_match,strict-match": 0.25,
            "exact_match_stderr,strict-match": 0.012,
            "exact_match,flexible-extract": 0.3,
            "exact_match_stderr,flexible-extract": 0.0126,
        },
        "wikitext": {
            "alias": "wikitext",
            "word_perplexity,none": 12.5,
            "word_perplexity_stderr,none": "N/A",
            "bits_per_byte,none": 0.7,
            "bits_per_byte_stderr,none": "N/A",
        },
    },
    "groups": {"mmlu": {"acc,none": 0.5, "acc_stderr,none": 0.01, "alias": "mmlu"}},
    "group_subtasks": {
        "mmlu": ["mmlu_stem", "mmlu_virology"],
        "mmlu_stem": ["mmlu_anatomy"],
        "gsm8k": [],
    },
    "configs": {
        "mmlu_anatomy": {"output_type": "multiple_choice", "num_fewshot": 5},
        "mmlu_virology": {"output_type": "multiple_choice", "num_fewshot": 5},
        "gsm8k": {"output_type": "generate_until", "dataset_path": "gsm8k", "num_fewshot": 5},
    },
    "versions": {"mmlu": 2, "gsm8k": 3.0, "wikitext": "Yaml"},
    "n-shot": {"mmlu_anatomy": 5, "mmlu_virology": 5, "gsm8k": 5, "wikitext": 0},
    "higher_is_better": {
        "gsm8k": {"exact_match": True},
        "wikitext": {"word_perplexity": False, "bits_per_byte": False},
    },
    "n-samples": {
        "mmlu_anatomy": {"original": 135, "effective": 135},
        "mmlu_virology": {"original": 166, "effective": 166},
        "gsm8k": {"original": 1319, "effective": 1319},
        "wikitext": {"original": 62, "effective": 62},
    },
    "config": {
        "model": "hf",
        "model_args": "pretrained=example/base-7b,dtype=float16",
        "model_num_parameters": 7_000_000_000,
        "model_dtype": "torch.float16",
        "model_revision": "main",
        "model_sha": "0123456789abcdef",
        "limit": None,
        "gen_kwargs": None,
    },
    "git_hash": "a1b2c3d",
    "date": 1714564800.5,
    "model_name": "example/base-7b",
}
#: before version 0.4
OLD: dict[str, Any] = {
    "results": {
        "hendrycksTest-anatomy": {"acc": 0.3, "acc_stderr": 0.04, "acc_norm": 0.31},
        "hendrycksTest-virology": {"acc": 0.35, "acc_stderr": 0.037},
        "lambada_openai": {"ppl": 5.5, "ppl_stderr": 0.1, "acc": 0.6, "acc_stderr": 0.007},
    },
    "versions": {"hendrycksTest-anatomy": 0, "hendrycksTest-virology": 0, "lambada_openai": 0},
    "config": {
        "model": "hf-causal",
        "model_args": "pretrained=example/old-1b,revision=step3000",
        "num_fewshot": 5,
        "batch_size": 8,
        "limit": None,
        "bootstrap_iters": 100000,
    },
}


def changed(tree: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Return a copy with other values; a key such as ``config__limit`` goes a level down."""
    tree = copy.deepcopy(tree)
    for name, value in parts.items():
        at = tree
        *above, last = name.split("__")
        for key in above:
            at = at[key]
        at[last] = value
    return tree


def run(tree: Any, folder: Path, name: str = f"results_{STAMP}.json", **asked: Any) -> Collector:
    """Read a results file and see that it adds up."""
    path = folder / name
    path.write_bytes(as_bytes(tree))
    into = check_reading(lm_eval.read, path, Options(**asked))
    assert lm_eval.claims(path)
    return into


def kept(into: Collector) -> dict[str, Any]:
    """Return rows by the plain names of their tasks."""
    return {into.keys[r.task].plain_name(): r for r in into.rows().itertuples()}


def aside(into: Collector) -> dict[str, str]:
    return {e.place: e.reason for e in into.ledger.of("set_aside")}


def test_a_run_of_the_harness_itself() -> None:
    into = check_reading(lm_eval.read, RESULTS)
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


def test_stderr_may_be_the_text_n_a(tmp_path: Path) -> None:
    row = kept(run(NEW, tmp_path))["wikitext [word_perplexity] (0-shot)"]
    assert math.isnan(row.se)
    assert row.score == 12.5


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


def test_items_that_were_scored_with_a_metric(tmp_path: Path) -> None:
    row = {"acc,none": 0.5, "f1,none": 0.5, "sample_len": 40, "sample_count": {"acc,none": 30}}
    tree = changed(NEW, results={"zz": row}, groups={}, **{"n-samples": {}})
    rows = kept(run(tree, tmp_path))
    assert {name: r.n_items for name, r in rows.items()} == {"zz [acc]": 30, "zz [f1]": 40}


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


def test_filters_of_one_metric_are_tasks_of_their_own(tmp_path: Path) -> None:
    rows = kept(run(NEW, tmp_path))
    assert rows["gsm8k [exact_match, strict-match] (5-shot)"].score == 0.25
    row = rows["gsm8k [exact_match, flexible-extract] (5-shot)"]
    assert (row.score, row.se) == (0.3, 0.0126)


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


def test_perplexities_have_one_bound_and_lower_is_better(tmp_path: Path) -> None:
    into = run(NEW, tmp_path)
    scales = {k.metric: k.scale for k in into.keys if k.benchmark == "wikitext"}
    assert all(s is not None and s.maximum is None for s in scales.values())
    assert {m: (s.minimum, s.higher_is_better) for m, s in scales.items() if s} == {
        "word_perplexity": (1.0, False),
        "bits_per_byte": (0.0, False),
    }


def test_unknown_metrics_have_no_scale(tmp_path: Path) -> None:
    tree = changed(NEW, results={"zz": {"wobble,none": 0.4, "wobble_stderr,none": 0.1}})
    into = run(changed(tree, higher_is_better={"zz": {"wobble": False}}, groups={}), tmp_path)
    assert into.keys[0].scale is None
    assert (0, "higher_is_better", False) in [f[:3] for f in into.task_facts]


def test_unknown_metrics_keep_their_numbers(tmp_path: Path) -> None:
    tree = changed(NEW, results={"zz": {"wobble,none": 0.4, "judge,none": 7.5}}, groups={})
    (tmp_path / "a.json").write_bytes(as_bytes(tree))
    scores = import_paths("lm-eval", [tmp_path / "a.json"]).table().scores
    assert set(scores["score"]) == {0.4, 7.5}


def test_percent_under_a_share_is_refused(tmp_path: Path) -> None:
    into = run(changed(NEW, results__gsm8k={"exact_match,strict-match": 25.0}), tmp_path)
    (entry,) = into.ledger.of("refused")
    assert entry.place == "results.gsm8k.exact_match,strict-match"
    assert "outside the scale [0, 1]" in entry.reason
    squad = changed(NEW, results={"squadv2": {"f1,none": 81.5, "exact,none": 75.0}}, groups={})
    assert not run(squad, tmp_path).ledger.failed  # this task is written in percent


@pytest.mark.parametrize("value", [None, "N/A", True, math.nan, math.inf])
def test_scores_that_are_no_numbers_are_refused(tmp_path: Path, value: Any) -> None:
    (entry,) = run(changed(NEW, results__gsm8k={"exact_match,x": value}), tmp_path).ledger.of(
        "refused"
    )
    assert entry.place == "results.gsm8k.exact_match,x"


def test_bookkeeping_is_no_score(tmp_path: Path) -> None:
    row = {" ": " ", "alias": "gsm8k", "name": "gsm8k", "sample_len": 4, "sample_count": {"a": 4}}
    into = run(changed(NEW, results={"gsm8k": {**row, "bypass,none": 999}}, groups={}), tmp_path)
    assert into.ledger.counts()["rows_in"] == 1
    assert aside(into) == {
        "results.gsm8k.bypass,none": "not scored: answers were only written down"
    }


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
        lm_eval.read(path, Collector(), Options())


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


def _with_samples(tmp_path: Path, lines: list[str]) -> Collector:
    (tmp_path / f"samples_gsm8k_{STAMP}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "samples_gsm8k_2023-01-01T00-00-00.1.jsonl").write_text("{", encoding="utf-8")
    return run(NEW, tmp_path)


def test_samples_of_the_same_time_stamp(tmp_path: Path) -> None:
    lines = [
        json.dumps({"doc_id": i, "filter": f, "exact_match": float(i % 2), "metrics": []})
        for f in ("strict-match", "flexible-extract")
        for i in range(4)
    ]
    into = _with_samples(tmp_path, [*lines, lines[0]])
    assert not into.ledger.failed
    assert [len(frame) for _, _, frame in into.item_parts()] == [4, 4]
    assert any("1 items stand twice" in e.reason for e in into.ledger.of("note"))
    lm_eval.read(tmp_path / f"samples_gsm8k_{STAMP}.jsonl", into, Options())  # with its results
    with pytest.raises(DataError, match="2023-01-01T00-00-00.1.json that these outcomes belong to"):
        lm_eval.read(tmp_path / "samples_gsm8k_2023-01-01T00-00-00.1.jsonl", into, Options())
    assert not run(NEW, tmp_path, items=False).item_parts()


def test_outcomes_that_do_not_say_their_filter_are_left_out(tmp_path: Path) -> None:
    into = _with_samples(tmp_path, [json.dumps({"doc_id": i, "exact_match": 1.0}) for i in (0, 1)])
    assert not into.item_parts()
    assert any(
        "2 outcomes do not say which of the filters" in n.reason for n in into.ledger.of("note")
    )


def test_a_damaged_samples_file_is_refused_as_a_whole(tmp_path: Path) -> None:
    good = json.dumps({"doc_id": 0, "filter": "strict-match", "exact_match": 1.0})
    into = _with_samples(tmp_path, [good, good[:20]])
    (entry,) = into.ledger.of("refused")
    assert "jsonl, line 2 column" in entry.reason
    assert not into.item_parts()
    assert len(kept(into)) == 5


def test_items_of_parts_that_do_not_add_up_are_left_out(tmp_path: Path) -> None:
    for part, n in (("anatomy", 3), ("virology", 1)):
        (tmp_path / f"samples_mmlu_{part}_{STAMP}.jsonl").write_text(
            "\n".join(json.dumps({"doc_id": i, "acc": float(n == 1)}) for i in range(n))
        )
    into = run(NEW, tmp_path)
    assert not into.item_parts()
    assert any("have the mean 0.2500" in e.reason for e in into.ledger.of("note"))


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
        assert lm_eval.claims(tmp_path / name) is ours, (name, content)
    assert not lm_eval.claims(tmp_path)


@pytest.mark.parametrize("tree", [[], {}, {"results": []}, {"results": {}}, "x", None])
def test_other_files_are_errors(tmp_path: Path, tree: Any) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(as_bytes({**tree, "model_name": "a/b"} if isinstance(tree, dict) else tree))
    with pytest.raises(DataError, match="x.json, results"):
        lm_eval.read(path, Collector(), Options())


@given(odd_json(NEW) | odd_json(OLD))
@FUZZ
def test_odd_values(tmp_path: Path, tree: Any) -> None:
    path = tmp_path / f"results_{STAMP}.json"
    path.write_bytes(as_bytes(tree))
    lm_eval.claims(path)
    check_reading(lm_eval.read, path)


@given(damaged(RESULTS.read_bytes()))
@FUZZ
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / RESULTS.name
    path.write_bytes(content)
    lm_eval.claims(path)
    check_reading(lm_eval.read, path)


@given(st.data())
@FUZZ
def test_damaged_samples(tmp_path: Path, data: st.DataObject) -> None:
    for path in MADE.iterdir():
        content = path.read_bytes()
        if path.name.startswith("samples_"):
            content = data.draw(damaged(content))
        (tmp_path / path.name).write_bytes(content)
    check_reading(lm_eval.read, tmp_path / RESULTS.name)
