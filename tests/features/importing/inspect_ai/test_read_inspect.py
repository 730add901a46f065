"""Logs of Inspect: what is read, and every trap of the formats."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from features.errors import DataError
from features.importing.inspect_ai import read_inspect
from features.importing.inspect_ai.samples import outcome_of
from features.importing.run import import_paths
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from tests.features.importing.fuzzing import FUZZ, as_bytes, check_reading, damaged, odd_json
from tests.features.importing.inspect_made import (
    ACCURACY,
    FULL,
    MADE,
    PACKED,
    changed,
    items,
    kept,
    pack,
    run,
)


def test_a_log_of_inspect_itself() -> None:
    path = MADE / "sums_full.json"
    assert read_inspect.claims(path)
    into = check_reading(read_inspect.read, path)
    assert not into.ledger.failed
    rows = kept(into)
    assert list(rows) == [
        ACCURACY,
        "sums [grade/mean, both]",
        "sums [length/mean, both]",
        "sums [letters/mean, letters]",
        "sums [letters/accuracy, letters]",
    ]
    row = rows[ACCURACY]
    assert (row.model, row.score, row.n_items) == ("example/model-7b", 0.6, 5)
    assert row.se == pytest.approx(0.244949, abs=1e-6)
    assert (str(row.date), row.setting) == ("2026-11-23", "Inspect 0.3.285")
    assert row.at == "results.scores[0].metrics.accuracy.value"
    assert items(into)[ACCURACY] == [1, 1, 0, 1, 0]
    assert items(into)["sums [length/mean, both]"] == [12] * 5
    assert not check_reading(read_inspect.read, path, Options(items=False)).item_parts()


def test_a_limited_run_has_its_n_items_and_a_mark(tmp_path: Path) -> None:
    row = kept(check_reading(read_inspect.read, PACKED))[ACCURACY]
    assert row.n_items == 3
    # a limit that does not cut anything off is none
    row = kept(run(changed(eval__config={"limit": 100}), tmp_path))[ACCURACY]
    assert row.setting == "Inspect 0.3.285; limit 100"
    row = kept(run(changed(eval__config={"limit": [0, 3]}, eval__dataset={}), tmp_path))[ACCURACY]
    assert row.setting.endswith("limit 0-3; partial")
    # samples that ended in an error shrink the denominator
    row = kept(run(changed(results__completed_samples=4), tmp_path))[ACCURACY]
    assert row.setting.endswith("; partial")
    row = kept(run(changed(results__scores__0__scored_samples=4), tmp_path))[ACCURACY]
    assert (row.n_items, row.setting.endswith("; partial")) == (4, True)


def test_samples_are_counted_once_for_all_epochs(tmp_path: Path) -> None:
    log = changed(eval__config={"epochs": 3}, results__total_samples=15)
    log["results"]["completed_samples"] = 15
    for score in log["results"]["scores"]:
        score.pop("scored_samples", None)
    row = kept(run(log, tmp_path))[ACCURACY]
    assert (row.n_items, row.setting) == (5, "Inspect 0.3.285; epochs 3")


def test_a_limited_run_is_never_joined_with_a_full_one(tmp_path: Path) -> None:
    limited = changed(eval__config={"limit": 2}, results__total_samples=2)
    limited["results"]["scores"][0] |= {"metrics": {"accuracy": {"value": 1.0}}}
    limited["results"]["scores"][0]["scored_samples"] = 2
    (tmp_path / "log.json").write_bytes(as_bytes(limited))
    both = import_paths("inspect", [tmp_path / "log.json", MADE / "sums_full.json"]).table()
    assert both.scores.loc[both.scores["task"] == ACCURACY, "score"].tolist() == [0.6, 1.0]
    cells = both.cells.set_index("task")  # both are kept, and only the full one counts
    assert (cells.at[ACCURACY, "score"], cells.at[ACCURACY, "n_reports"]) == (0.6, 1)
    alone = import_paths("inspect", [tmp_path / "log.json"]).table().cells.set_index("task")
    assert alone.at[ACCURACY, "score"] == 1.0


@pytest.mark.parametrize("status", ["started", "error", "cancelled", None])
def test_only_status_success_counts(tmp_path: Path, status: Any) -> None:
    into = run(changed(status=status), tmp_path)
    assert not len(into.rows()) and not into.ledger.failed
    assert into.ledger.counts()["set_aside"] == 5
    assert all("did not finish" in e.reason for e in into.ledger.of("set_aside"))


def test_an_invalidated_log_is_set_aside(tmp_path: Path) -> None:
    into = run(changed(invalidated=True), tmp_path)
    assert not len(into.rows())
    assert {e.reason for e in into.ledger.of("set_aside")} == {"the log is marked as invalidated"}
    assert into.ledger.of("set_aside")[0].place == "results.scores[0].metrics.accuracy"


def test_logs_without_scores_or_header(tmp_path: Path) -> None:
    for log in (changed(results=None), changed(status="error", results=None)):
        into = run(log, tmp_path)
        assert not into.ledger.failed and into.ledger.counts()["rows_in"] == 0
        assert into.ledger.of("set_aside")
    path = pack(tmp_path, {"_journal/start.json": {"version": 2}})
    into = check_reading(read_inspect.read, path)
    assert "did not finish" in into.ledger.of("set_aside")[0].reason


def test_version_may_be_absent_and_old_shapes_are_read(tmp_path: Path) -> None:
    log = changed()
    del log["version"]
    assert len(kept(run(log, tmp_path))) == 5
    metrics = {"accuracy": {"value": 0.6}, "bootstrap_std": {"value": 0.2}, "stderr": 0.24}
    log = changed(results={"scorer": {"name": "match"}, "metrics": metrics})
    log["samples"] = [{"id": 1, "epoch": 1, "score": {"value": "C"}}]
    into = run(log, tmp_path)
    row = kept(into)[ACCURACY]
    assert (row.score, row.se, row.at) == (0.6, 0.24, "results.metrics.accuracy.value")
    assert items(into)[ACCURACY] == [1]


def test_metrics_of_one_log_do_not_lend_each_other_a_unit() -> None:
    logs = [MADE / "sums_full.json", MADE / "sums_reducers.json", PACKED]
    imported = import_paths("inspect", logs)
    table = imported.table()
    shares = table.scores.set_index("task")["score"]
    assert set(shares["sums [grade/mean, both]"]) == {0.5}  # beside lengths of 12
    assert shares["sums [grade/mean (mode), both]"] == 0.5
    assert set(shares["sums [length/mean, both]"]) == {12}
    assert not imported.ledger.failed and imported.ledger.adds_up()


def test_values_of_samples() -> None:
    told = {"C": 1, "I": 0, "P": 0.5, "N": 0, "yes": 1, "False": 0, "0.25": 0.25}
    assert {v: outcome_of(v) for v in told} == told
    assert [outcome_of(v) for v in (True, 3, 0.5)] == [1.0, 3.0, 0.5]
    assert [outcome_of(v) for v in ("c", "", None, [1], {}, math.nan, "nan")] == [None] * 7


def test_odd_values_of_samples_are_told(tmp_path: Path) -> None:
    into = run(changed(samples__0__scores__match={"value": ["C", "I"]}), tmp_path)
    assert len(items(into)[ACCURACY]) == 4
    assert [e.value for e in into.ledger.of("note")] == ["1"]
    into = run(changed(samples__0__id=None), tmp_path)
    (entry,) = into.ledger.of("refused")
    assert "samples[0]: a sample without id" in entry.reason
    assert len(kept(into)) == 5  # the scores stay


def test_nan_and_infinity_occur(tmp_path: Path) -> None:
    metrics = {"accuracy": {"value": 0.5}, "stderr": {"value": math.nan}}
    into = run(changed(results__scores__0__metrics=metrics), tmp_path)
    assert math.isnan(kept(into)[ACCURACY].se)
    into = run(changed(results__scores__0__metrics={"accuracy": {"value": math.inf}}), tmp_path)
    (entry,) = into.ledger.of("refused")
    assert entry.place == "results.scores[0].metrics.accuracy.value"


def test_reducers_and_scorers_are_tasks_of_their_own() -> None:
    into = check_reading(read_inspect.read, MADE / "sums_reducers.json")
    names = list(kept(into))
    assert names[:2] == ["sums [accuracy (mode), match]", "sums [accuracy (pass_at_1), match]"]
    assert len(names) == len(set(names)) == 10
    assert not into.item_parts()


def test_the_headline_of_several_scorers(tmp_path: Path) -> None:
    log = changed(results__headline={"score": "letters"})
    assert "sums [accuracy, letters]" in kept(run(log, tmp_path))
    assert "sums [match/accuracy, match]" in kept(run(log, tmp_path))


def test_groups_beside_their_total(tmp_path: Path) -> None:
    told = {n: {"value": v} for n, v in (("easy", 0.8), ("hard", 0.4), ("all", 0.6))}
    into = run(changed(results__scores__0__metrics=told), tmp_path)
    assert "sums [all, match]" in kept(into)
    assert [e.value for e in into.ledger.of("set_aside")] == ["0.8", "0.4"]
    del told["all"]
    assert not run(changed(results__scores__0__metrics=told), tmp_path).ledger.of("set_aside")


@pytest.mark.parametrize(
    ("given", "name", "provider"),
    [
        ("openai/gpt-4o", "openai/gpt-4o", ""),
        ("vllm/example/model-7b", "example/model-7b", "provider vllm"),
        ("openai/azure/gpt-4o", "openai/gpt-4o", "provider azure"),
    ],
)
def test_one_model_under_several_providers(
    tmp_path: Path, given: str, name: str, provider: str
) -> None:
    row = kept(run(changed(eval__model=given), tmp_path))[ACCURACY]
    assert row.model == name
    assert provider in row.setting


def test_arguments_are_shots_parts_and_setting(tmp_path: Path) -> None:
    args = {"fewshot": 5, "subset": ["anatomy", "virology"], "cot": True, "language": "all"}
    log = changed(
        eval__task_args=args,
        eval__model_generate_config={"reasoning_effort": "high"},
        eval__task_version=3,
    )
    del log["eval"]["task_args_passed"]
    rows = kept(run(log, tmp_path))
    row = rows["sums (subset=anatomy+virology) [accuracy, match] (5-shot)"]
    assert row.setting == (
        "Inspect 0.3.285; task version 3; reasoning_effort high; cot=True; fewshot=5"
    )
    # what nobody set is no part, but shots are shots
    rows = kept(run(changed(eval__task_args=args, eval__task_args_passed={}), tmp_path))
    assert rows["sums [accuracy, match] (5-shot)"].setting == "Inspect 0.3.285"


def test_a_part_of_a_known_task_is_not_the_task(tmp_path: Path) -> None:
    names = set()
    for args in ({}, {"subset": "anatomy"}):
        log = changed(eval__task="inspect_evals/mmlu_5_shot", eval__task_args_passed=args)
        (tmp_path / "log.json").write_bytes(as_bytes(log))
        scores = import_paths("inspect", [tmp_path / "log.json"]).table().scores
        names.add(scores["task"].iloc[0])
    assert names == {
        "MMLU (5-shot)",
        "inspect_evals/mmlu_5_shot (subset=anatomy) [accuracy, match]",
    }


def test_dates_are_in_utc(tmp_path: Path) -> None:
    row = kept(run(changed(eval__created="2024-05-01T23:30:00-05:00"), tmp_path))[ACCURACY]
    assert str(row.date) == "2024-05-02"
    into = run(changed(eval__created="yesterday"), tmp_path)
    assert kept(into)[ACCURACY].date is None
    assert into.ledger.of("note")[0].place == "eval.created"


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ([], "log.json, eval: there is no object"),
        ({"results": {}}, "log.json, eval: there is no object"),
        (changed(eval__model="none/none"), "log.json, eval.model: no model"),
        (changed(eval__task="", eval__task_display_name=None), "log.json, eval.task: no task"),
    ],
)
def test_other_files_are_errors(tmp_path: Path, log: Any, told: str) -> None:
    (tmp_path / "log.json").write_bytes(as_bytes(log))
    with pytest.raises(DataError, match=told):
        read_inspect.read(tmp_path / "log.json", Collector(), Options())


def test_claims(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"results": {"eval": 1}}')
    assert not read_inspect.claims(tmp_path / "x.json")
    assert not read_inspect.claims(tmp_path)
    (tmp_path / "x.eval").write_bytes(b"")
    assert read_inspect.claims(tmp_path / "x.eval")


@given(odd_json(FULL).map(as_bytes) | damaged((MADE / "sums_full.json").read_bytes()))
@FUZZ
def test_odd_and_damaged_logs(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(content)
    read_inspect.claims(path)
    check_reading(read_inspect.read, path)
