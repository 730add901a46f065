"""HELM run folders and tables: what is read, and every trap of the formats."""

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
from features.importing.helm import read_helm
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from tests.features.importing.fuzzing import FUZZ, as_bytes, check_reading, damaged, odd_json

MADE = Path(__file__).parents[1] / "made" / "helm"
RUN = MADE / "v1.0.0" / "mmlu_anatomy"
TABLES = MADE / "core_scenarios.json"
FILES = {name: json.loads((RUN / name).read_text()) for name in sorted(read_helm.RUN_FILES)}
TREES = json.loads(TABLES.read_text())


def stat(name: str, mean: Any, split: str | None = "test", **more: Any) -> dict[str, Any]:
    named = {"name": name, **({"split": split} if split else {}), **more}
    entry: dict[str, Any] = {"name": named, "count": 1, "sum": mean, "mean": mean, "stddev": 0.0}
    return entry


def folder_of(
    path: Path, stats: Any = None, spec: dict[str, Any] | None = None, **adapter: Any
) -> Path:
    """Write a run folder with other statistics, or other values in the run's description."""
    path.mkdir(exist_ok=True)
    told = copy.deepcopy(FILES["run_spec.json"]) | (spec or {})
    told["adapter_spec"] = told["adapter_spec"] | adapter
    (path / "run_spec.json").write_bytes(as_bytes(told))
    (path / "stats.json").write_bytes(as_bytes(FILES["stats.json"] if stats is None else stats))
    return path


def kept(into: Collector) -> dict[str, Any]:
    return {into.keys[r.task].plain_name(): r for r in into.rows().itertuples()}


def rules(into: Collector) -> dict[str, str]:
    return {e.reason: e.value for e in into.ledger.of("set_aside")}


def test_a_run_folder() -> None:
    into = check_reading(read_helm.read, RUN)
    assert not into.ledger.failed
    (name, row), *others = kept(into).items()
    assert not others
    assert name == "mmlu (anatomy) [exact_match, test] (5-shot)"
    assert (row.model, row.at) == ("example/model-7b", "[0].mean")
    assert row.score == pytest.approx(2 / 3)
    assert row.setting == (
        "HELM; suite v1.0.0; multiple_choice_joint; deployment huggingface/model-7b; "
        "mean of 2 trials"
    )
    ((_, _, items),) = into.item_parts()
    assert items["outcome"].mean() == pytest.approx(2 / 3)
    assert sorted(set(items["epoch"])) == [1, 2]
    assert not check_reading(read_helm.read, RUN, Options(items=False)).item_parts()
    assert list(kept(check_reading(read_helm.read, RUN / "stats.json"))) == [name]


def test_count_is_of_the_trials_and_num_instances_of_the_items() -> None:
    (row,) = kept(check_reading(read_helm.read, RUN)).values()
    assert row.n_items == 6  # count is 2
    assert math.isnan(row.se)  # the deviation is between trials


def test_items_are_counted_in_the_split_of_the_score(tmp_path: Path) -> None:
    stats = [
        stat("num_instances", 7, split="valid"),
        stat("num_instances", 40),
        stat("exact_match", 0.5),
    ]
    (row,) = kept(check_reading(read_helm.read, folder_of(tmp_path / "run", stats))).values()
    assert row.n_items == 40


def test_perturbed_questions_are_no_items(tmp_path: Path) -> None:
    def instance(id_: str, perturbed: dict[str, Any], stat_perturbed: dict[str, Any]) -> Any:
        told = stat("exact_match", 1.0, **stat_perturbed)
        return {"instance_id": id_, "train_trial_index": 0, "stats": [told], **perturbed}

    typos = {"perturbation": {"name": "typos"}}
    entries = [instance("a", {}, {}), instance("b", typos, {}), instance("c", {}, typos)]
    run = folder_of(tmp_path / "run")
    (run / "per_instance_stats.json").write_bytes(as_bytes(entries))
    ((_, _, items),) = check_reading(read_helm.read, run).item_parts()
    assert list(items["item"]) == ["a"]


def test_perturbed_and_other_splits_are_set_aside() -> None:
    told = rules(check_reading(read_helm.read, RUN))
    assert told["of perturbed questions"] == "exact_match"
    assert "not the headline of mmlu, which is exact_match (test)" in told
    assert told["bookkeeping of the run"].startswith("num_prompt_tokens and")


def test_the_headline_is_catalogue_data(tmp_path: Path) -> None:
    stats = [stat("final_number_exact_match", 0.5), stat("exact_match_indicator", 0.4)]
    spec = {"groups": ["gsm"], "name": "gsm:model=a", "scenario_spec": {"args": {}}}
    into = check_reading(read_helm.read, folder_of(tmp_path / "run", stats, spec))
    assert list(kept(into)) == ["gsm [final_number_exact_match, test] (5-shot)"]
    into = check_reading(read_helm.read, tmp_path / "run", Options(verbatim=True))
    assert len(kept(into)) == 2  # without the catalogue nobody knows


def test_an_unknown_scenario_gives_each_score_as_a_task(tmp_path: Path) -> None:
    stats = [
        stat("exact_match", 0.5),
        stat("exact_match", 0.4, split="valid"),
        stat("f1_score", 0.6),
        stat("wobble_index", 3.5),
        stat("edit_distance", 12.0),
        stat("inference_runtime", 0.2),
        stat("num_output_tokens", 20.0),
        stat("toxic_frac", 0.01),
        stat("exact_match", 0.45, sub_split="easy"),
        stat("num_instances", 40),
    ]
    spec = {"groups": ["zz_scenario"], "scenario_spec": {"args": {"subset": "all", "level": 3}}}
    into = check_reading(read_helm.read, folder_of(tmp_path / "run", stats, spec))
    rows = kept(into)
    assert list(rows) == [
        f"zz_scenario (all) [{m}, test] (5-shot)"
        for m in ("exact_match", "f1_score", "wobble_index", "edit_distance")
    ]
    assert {r.n_items for r in rows.values()} == {40}
    assert all("level=3" in r.setting for r in rows.values())
    assert [k.scale is None for k in into.keys] == [False, False, True, True]
    assert [f[:3] for f in into.task_facts] == [(3, "higher_is_better", False)]
    (note,) = into.ledger.of("note")
    assert note.value == "zz_scenario" and "each metric is a task" in note.reason
    told = rules(into)
    assert told["bookkeeping of the run"] == "inference_runtime and 2 more"
    assert told["of a part of the split"] == "exact_match"
    assert into.ledger.counts()["set_aside"] == 6


def test_subjects_of_one_group_are_tasks_of_their_own(tmp_path: Path) -> None:
    names = set()
    for subject in ("anatomy", "virology"):
        spec = {"scenario_spec": {"args": {"subject": subject}}}
        names |= set(kept(check_reading(read_helm.read, folder_of(tmp_path / subject, spec=spec))))
    assert len(names) == 2
    # what the group's name says already is no part
    spec = {"groups": ["natural_qa_closedbook"], "scenario_spec": {"args": {"mode": "closedbook"}}}
    run = folder_of(tmp_path / "nq", [stat("f1_score", 0.3, split="valid")], spec)
    assert list(kept(check_reading(read_helm.read, run))) == [
        "natural_qa_closedbook [f1_score, valid] (5-shot)"
    ]


def test_a_smoke_run_is_partial(tmp_path: Path) -> None:
    for limit, n, partial in ((10, 10, True), (10, 6, False), (1000, 1000, False)):
        stats = [stat("exact_match", 0.5), stat("num_instances", n)]
        run = folder_of(tmp_path / "run", stats, max_eval_instances=limit)
        (row,) = kept(check_reading(read_helm.read, run)).values()
        assert row.setting.endswith(f"limit {limit}; partial") is partial
        assert row.n_items == n


def test_headlines_that_are_no_numbers(tmp_path: Path) -> None:
    for mean, outcome in ((None, "refused"), ("x", "refused"), (55.5, "refused"), (0.5, "")):
        run = folder_of(tmp_path / "run", [stat("exact_match", mean)])
        into = check_reading(read_helm.read, run)
        assert bool(into.ledger.of("refused")) is (outcome == "refused")
    empty = stat("exact_match", None) | {"count": 0}
    told = rules(check_reading(read_helm.read, folder_of(tmp_path / "run", [empty])))
    assert told == {"no instance has this metric": "exact_match"}
    twice = [stat("exact_match", 0.5), stat("exact_match", 0.6)]
    (entry,) = check_reading(read_helm.read, folder_of(tmp_path / "run", twice)).ledger.of(
        "refused"
    )
    assert "stands twice" in entry.reason


def test_unfinished_and_nameless_runs_are_errors(tmp_path: Path) -> None:
    run = folder_of(tmp_path / "run", model="", model_deployment="")
    spec = json.loads((run / "run_spec.json").read_text())
    assert {r.model for r in kept(check_reading(read_helm.read, run)).values()} == {
        "example/model-7b"
    }
    (run / "run_spec.json").write_bytes(as_bytes(spec | {"name": "mmlu"}))
    with pytest.raises(DataError, match="run_spec.json, adapter_spec.model: no model"):
        read_helm.read(run, Collector(), Options())
    run = folder_of(tmp_path / "run")
    (run / "stats.json").unlink()
    with pytest.raises(DataError, match="stats.json is not there: the run did not finish"):
        read_helm.read(run, Collector(), Options())
    (tmp_path / "x.json").write_text('{"a": 1}')
    with pytest.raises(DataError, match="x.json: no list of tables"):
        read_helm.read(tmp_path / "x.json", Collector(), Options())


def test_a_damaged_items_file_is_refused_and_the_score_is_kept(tmp_path: Path) -> None:
    run = folder_of(tmp_path / "run")
    (run / "per_instance_stats.json").write_text('[{"instance_id": "id1", ')
    into = check_reading(read_helm.read, run)
    (entry,) = into.ledger.of("refused")
    assert "per_instance_stats.json, line 1 column" in entry.reason
    assert len(kept(into)) == 1 and not into.item_parts()


def test_tables_of_a_leaderboard() -> None:
    into = check_reading(read_helm.read, TABLES)
    assert not into.ledger.failed
    rows = {(r.model, into.keys[r.task].plain_name()): r for r in into.rows().itertuples()}
    assert {k: r.score for k, r in rows.items()} == {
        ("Example 7B", "NarrativeQA [F1] (5-shot)"): 0.71,
        ("Example 7B", "MMLU [EM]"): 0.5,
        ("Example 13B", "NarrativeQA [F1] (5-shot)"): 0.75,
        ("Example 13B", "MMLU [EM]"): 0.61,
        ("Example 13B", "WildBench [WB Score]"): 0.8,
    }
    row = rows["Example 13B", "NarrativeQA [F1] (5-shot)"]
    assert (row.n_items, row.at) == (355, "[0].rows[1][2].value")
    assert row.setting == "HELM table; method: multiple_choice_joint"


def test_mean_win_rate_is_set_aside_and_null_is_missing() -> None:
    into = check_reading(read_helm.read, TABLES)
    assert rules(into) == {
        "a win rate is relative to the models of the table": "Mean win rate and 1 more",
        "bookkeeping of the runs": "NarrativeQA - Observed inference time (s) and 7 more",
        "of perturbed questions": "NarrativeQA - F1 and 1 more",
    }
    assert into.ledger.counts()["rows_in"] == 17  # one of eighteen cells is empty


def _table(name: str, columns: dict[str, float], title: str = "") -> dict[str, Any]:
    header: list[dict[str, Any]] = [{"value": "Model"}]
    for group in columns:
        about = {"metric": "EM", "run_group": group}
        header.append({"value": f"{group} - EM", "lower_is_better": False, "metadata": about})
    row = [{"value": "Example 7B"}, *({"value": v} for v in columns.values())]
    return {"title": title or name, "name": name, "header": header, "rows": [row]}


def test_the_heading_says_whether_lower_is_better(tmp_path: Path) -> None:
    table = _table("accuracy", {"A": 3.5, "B": 0.5})
    table["header"][1] |= {"lower_is_better": True, "metadata": {"metric": "Wob", "run_group": "A"}}
    table["header"][2]["lower_is_better"] = True  # against what the metric's name says
    (tmp_path / "t.json").write_bytes(as_bytes(table))
    into = check_reading(read_helm.read, tmp_path / "t.json")
    assert [f[:3] for f in into.task_facts] == [(0, "higher_is_better", False)]
    scale = into.keys[1].scale
    assert scale is not None and not scale.higher_is_better


def test_means_and_tables_beside_the_scores_are_set_aside(tmp_path: Path) -> None:
    main, side = _table("accuracy", {"A": 0.5}), _table("bias", {"A": 0.1}, "Bias")
    main["header"].append({"value": "Mean score"})
    main["rows"][0].append({"value": 0.7})
    (tmp_path / "t.json").write_bytes(as_bytes([main, side]))
    into = check_reading(read_helm.read, tmp_path / "t.json")
    assert [r.score for r in kept(into).values()] == [0.5]
    assert rules(into) == {
        "a mean of other columns": "Mean score",
        "of the table Bias, beside the scores": "A - EM",
    }


def test_an_aggregate_table_beside_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "mmlu.json"
    tables = [_table("mmlu:subject=a", {"MMLU": 0.4}), _table("mmlu:subject=b", {"MMLU": 0.6})]
    path.write_bytes(as_bytes([*tables, _table("mmlu", {"MMLU": 0.5})]))
    into = check_reading(read_helm.read, path)
    assert [r.score for r in kept(into).values()] == [0.5]
    assert rules(into) == {"part of MMLU, which is kept": "MMLU - EM and 1 more"}
    path.write_bytes(as_bytes(tables))  # without it, each is a task of its own
    assert set(kept(check_reading(read_helm.read, path))) == {
        "MMLU (mmlu:subject=a) [EM]",
        "MMLU (mmlu:subject=b) [EM]",
    }


def test_a_column_for_all_subjects_beside_the_subjects(tmp_path: Path) -> None:
    path = tmp_path / "mmlu.json"
    columns = {"MMLU All Subjects": 0.5, "Anatomy": 0.4, "Virology": 0.6, "GSM8K": 0.3}
    path.write_bytes(as_bytes([_table("accuracy", columns, "Accuracy")]))
    into = check_reading(read_helm.read, path)
    assert set(kept(into)) == {"MMLU All Subjects [EM]", "GSM8K [EM]"}
    assert rules(into) == {"part of MMLU All Subjects, which is kept": "Anatomy - EM and 1 more"}


def test_cells_that_are_no_numbers_and_ragged_rows(tmp_path: Path) -> None:
    table = _table("accuracy", {"A": 0.5, "B": 55.0, "C": 0.1})
    table["rows"][0][1]["value"] = "0.5"
    table["rows"].append([{"value": "Other"}])
    path = tmp_path / "t.json"
    path.write_bytes(as_bytes(table))
    into = check_reading(read_helm.read, path)
    assert [e.place for e in into.ledger.of("refused")] == [
        "[0].rows[0][1].value",
        "[0].rows[0][2].value",
        "[0].rows[1]",
    ]
    assert list(kept(into)) == ["C [EM]"]


def test_claims(tmp_path: Path) -> None:
    assert read_helm.claims(RUN) and read_helm.claims(TABLES)
    assert not read_helm.claims(MADE) and not read_helm.claims(RUN / "stats.json")
    (tmp_path / "x.json").write_text('{"results": {}}')
    assert not read_helm.claims(tmp_path / "x.json")


@given(st.sampled_from(sorted(FILES)), st.data())
@FUZZ
def test_odd_and_damaged_runs(tmp_path: Path, name: str, data: st.DataObject) -> None:
    run = tmp_path / "run"
    run.mkdir(exist_ok=True)
    for file, tree in FILES.items():
        content = as_bytes(tree)
        if file == name:
            content = data.draw(damaged(content) | odd_json(tree).map(as_bytes))
        (run / file).write_bytes(content)
    check_reading(read_helm.read, run)


@given(damaged(TABLES.read_bytes()) | odd_json(TREES).map(as_bytes))
@FUZZ
def test_odd_and_damaged_tables(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.json").write_bytes(content)
    read_helm.claims(tmp_path / "t.json")
    check_reading(read_helm.read, tmp_path / "t.json")
