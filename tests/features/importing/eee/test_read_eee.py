"""Every Eval Ever: keys that collide, clocks, uncertainty, faulty records.

The records are made up after the published schema 0.3.0.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from features.errors import DataError
from features.importing.eee import read_eee
from features.table.score_scale import ScoreScale
from tests.features.importing.eee_records import (
    RECORD,
    RESULT,
    UUID,
    both,
    changed,
    key_of,
    read,
    record,
)
from tests.features.importing.fuzzing import FUZZ, as_bytes, check_reading, damaged, odd_json


def test_a_record_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, RECORD)
    assert found.cells == [("org/Tiny-7B", "GSM8K", 0.62)]
    row = found.rows.iloc[0]
    assert (row["se"], row["n_items"], row["date"]) == (0.0133, 1319, "2024-06-01")
    assert row["source"] == "A board, Org, https://example.org"
    assert row["setting"] == "lm_eval 0.4.8; temperature 0"
    assert row["at"] == "evaluation_results[0].score_details.score"
    key = row["key"]
    assert (key.dataset, key.metric, key.split, key.shots) == (
        "openai/gsm8k",
        "exact_match",
        "test",
        5,
    )
    assert key.scale == ScoreScale(0, 1)
    assert found.facts("org/Tiny-7B") == {
        "organization": "Org",
        "open_weights": True,
        "params": 7241732096.0,
    }
    assert [(f, v) for _, f, v, _ in found.into.task_facts] == [("n_items", 1319)]


# -- the task ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"source_data__hf_repo": "other/gsm8k"},
        {"metric_config__metric_name": "f1"},
        {"metric_config__metric_parameters": {"k": 8}},
        {"source_data__hf_split": "train"},
        {"generation_config__additional_details": {"num_fewshot": "0"}},
        {"source_data__additional_details": {"subset": "hard"}},
        {"evaluation_name": "GSM8K (platinum)"},
    ],
)
def test_evaluation_name_alone_collides(tmp_path: Path, change: dict[str, Any]) -> None:
    found = read(tmp_path, both(RESULT, changed(**change, score_details__score=0.3)))
    assert found.counts == (2, 0, 0)
    assert len(set(found.rows["key"])) == 2


def test_the_dataset_is_the_repository_or_a_name(tmp_path: Path) -> None:
    assert key_of(tmp_path).dataset == "openai/gsm8k"
    assert key_of(tmp_path, source_data__hf_repo=None).dataset == "gsm8k"
    assert key_of(tmp_path, source_data=["https://example.org"]).dataset == ""


def test_two_scores_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    other = changed(score_details__score=0.3, evaluation_result_id="other")
    found = read(tmp_path, both(RESULT, other))
    assert found.counts == (1, 0, 1)
    assert "nothing tells the two apart" in found.told("refused")[0]
    assert read(tmp_path, both(RESULT, RESULT)).counts == (2, 0, 0)  # a repeat, merged later
    args = {"temperature": 1.0, "reasoning": True}
    sampled = changed(score_details__score=0.3, generation_config__generation_args=args)
    found = read(tmp_path, both(RESULT, sampled))
    assert found.rows["setting"][1] == "lm_eval 0.4.8; reasoning; temperature 1"


def test_names_of_a_harness_mean_what_they_mean_there(tmp_path: Path) -> None:
    run = {
        "source_metadata__source_type": "evaluation_run",
        "evaluation_name": "gsm8k/strict-match",
    }
    key = key_of(tmp_path, **run)
    assert (key.harness, key.benchmark, key.filter) == ("lm-eval", "gsm8k", "strict-match")
    key = key_of(tmp_path, evaluation_name="gsm8k/strict-match")  # a leaderboard's own words
    assert (key.harness, key.benchmark) == ("eee", "gsm8k/strict-match")


def test_an_id_has_no_clock_in_it(tmp_path: Path) -> None:
    later = {"retrieved_timestamp": "1799999999", "evaluation_id": "gsm8k/org_Tiny-7B/1799999999"}
    first, second = read(tmp_path, RECORD), read(tmp_path, RECORD | later)
    assert first.rows.equals(second.rows)


# -- who, when, how sure -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "who", "said"),
    [
        ("first_party", "first_party", "lm_eval 0.4.8; temperature 0"),
        ("third_party", "third_party", "lm_eval 0.4.8; temperature 0"),
        ("collaborative", "unknown", "collaborative; lm_eval 0.4.8; temperature 0"),
        ("other", "unknown", "other; lm_eval 0.4.8; temperature 0"),
    ],
)
def test_the_evaluator_relationship(tmp_path: Path, word: str, who: str, said: str) -> None:
    row = read(tmp_path, record(source_metadata__evaluator_relationship=word)).rows.iloc[0]
    assert (row["reported_by"], row["setting"]) == (who, said)


def test_the_retrieval_is_not_the_day_of_the_measurement(tmp_path: Path) -> None:
    rows = read(tmp_path, record(evaluation_timestamp=...)).rows
    assert rows["date"].isna().all()
    whole = RECORD | {"evaluation_timestamp": "2024-07-02T10:00:00Z"}
    assert read(tmp_path, whole).rows["date"][0] == "2024-06-01"  # the result's own goes first
    del (other := copy.deepcopy(whole))["evaluation_results"][0]["evaluation_timestamp"]
    assert read(tmp_path, other).rows["date"][0] == "2024-07-02"


@pytest.mark.parametrize("stamp", ["1717200000", "1717200000.25", 1717200000])
def test_seconds_as_text_are_a_day(tmp_path: Path, stamp: Any) -> None:
    made = record()
    made["evaluation_results"][0]["evaluation_timestamp"] = stamp
    assert read(tmp_path, made).rows["date"][0] == "2024-06-01"


@pytest.mark.parametrize("stamp", ["yesterday", "1717200000000", "-1", "nan", ""])
def test_a_time_that_is_none_is_noted(tmp_path: Path, stamp: str) -> None:
    made = record()
    made["evaluation_results"][0]["evaluation_timestamp"] = stamp
    found = read(tmp_path, made)
    assert found.rows["date"].isna().all()
    assert bool(found.told("note")) == bool(stamp)


def test_the_standard_error_comes_from_an_interval_with_its_level(tmp_path: Path) -> None:
    def se(uncertainty: Any) -> float:
        made = record(score_details__uncertainty=uncertainty)
        return float(read(tmp_path, made).rows["se"][0])

    at_95 = {"lower": 0.6, "upper": 0.64, "confidence_level": 0.95}
    assert se({"confidence_interval": at_95}) == pytest.approx(0.02 / 1.959964, rel=1e-5)
    at_68 = at_95 | {"confidence_level": 0.6827}
    assert se({"confidence_interval": at_68}) == pytest.approx(0.02, rel=1e-3)
    assert se({"confidence_interval": at_95, "standard_error": {"value": 0.5}}) == 0.5
    for odd in (
        {"lower": 0.6, "upper": 0.64},
        at_95 | {"confidence_level": 1},
        at_95 | {"lower": 0.7},
    ):
        assert se({"confidence_interval": odd}) != se({"confidence_interval": at_95})
    for odd_se in (-0.1, "N/A", None, float("nan")):
        assert not se({"standard_error": {"value": odd_se}}) >= 0


def test_a_partial_run_is_marked_with_its_items(tmp_path: Path) -> None:
    made = record(score_details__uncertainty={"num_samples": 100})
    row = read(tmp_path, made).rows.iloc[0]
    assert row["n_items"] == 100
    assert row["setting"] == "lm_eval 0.4.8; temperature 0; 100 of 1319 items, partial"


def test_params_of_minus_one_are_unknown(tmp_path: Path) -> None:
    for text, params in (("-1", None), ("0", None), ("7B", 7e9), ("unknown", None)):
        details = {"num_parameters": text}
        made = record(model_info__additional_details=details)
        assert read(tmp_path, made).facts("org/Tiny-7B").get("params") == params


# -- shape -------------------------------------------------------------------------------


@pytest.mark.parametrize("field", read_eee.REQUIRED)
def test_a_missing_field_is_refused(tmp_path: Path, field: str) -> None:
    made = {k: v for k, v in RECORD.items() if k != field}
    if field == "schema_version":
        assert read(tmp_path, made).counts == (1, 0, 0)  # by shape, with a note
        return
    with pytest.raises(DataError, match=rf"{UUID}\.json, {field}: missing"):
        read(tmp_path, made)


def test_another_version_is_read_by_its_shape_with_a_note(tmp_path: Path) -> None:
    made = {k: RECORD[k] for k in ("model_info", "evaluation_results")} | {"schema_version": "0.1"}
    made = copy.deepcopy(made)
    made["evaluation_results"][0]["source_data"] = ["https://example.org/data"]
    found = read(tmp_path, made)
    assert found.counts == (1, 0, 0)
    assert any("schema_version: '0.1': not schema 0.3" in n for n in found.told("note"))
    del made["model_info"]
    with pytest.raises(DataError, match="model_info: missing"):
        read(tmp_path, made)


def test_a_model_without_id_and_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"model_info\.id: missing"):
        read(tmp_path, record(model_info={"additional_details": {}}))
    assert read(tmp_path, record(model_info={"name": "x"})).cells[0][0] == "x"


def test_faulty_results_are_refused_at_their_place(tmp_path: Path) -> None:
    found = read(tmp_path, both(RESULT, {}, changed(score_details__score="0.5")))
    assert found.counts == (1, 0, 2)
    assert "evaluation_results[1].score_details.score" in found.told("refused")[0]
    assert "evaluation_results[2].score_details.score: '0.5': no number" in found.told("refused")[1]


# -- damage ------------------------------------------------------------------------------


@given(odd_json({"doc": RECORD}))
@FUZZ
def test_odd_records(tmp_path: Path, tree: Any) -> None:
    (tmp_path / "x.json").write_bytes(as_bytes(tree.get("doc")))
    check_reading(read_eee.read, tmp_path / "x.json")


@given(damaged(json.dumps(RECORD, indent=1).encode()))
@FUZZ
def test_damaged_records(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    check_reading(read_eee.read, tmp_path / "x.json")
