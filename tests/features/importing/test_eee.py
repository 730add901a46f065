"""Every Eval Ever: keys that collide, units against ranges, clocks, uncertainty, items.

The records are made up after the published schema 0.3.0.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.importing import eee
from features.scale import ScoreScale
from tests.features.importing.fuzzing import FUZZ, as_bytes, check_reading, damaged, odd_json
from tests.features.importing.reading import Found, read_with

UUID = "0b7c9a52-1111-4222-8333-444455556666"
RESULT: dict[str, Any] = {
    "evaluation_result_id": "gsm8k/acc",
    "evaluation_name": "GSM8K",
    "source_data": {
        "dataset_name": "gsm8k",
        "source_type": "hf_dataset",
        "hf_repo": "openai/gsm8k",
        "hf_split": "test",
        "samples_number": 1319,
    },
    "evaluation_timestamp": "1717200000",
    "metric_config": {
        "metric_id": "exact-match",
        "metric_name": "exact_match",
        "metric_unit": "proportion",
        "lower_is_better": False,
        "score_type": "continuous",
        "min_score": 0,
        "max_score": 1,
    },
    "score_details": {
        "score": 0.62,
        "uncertainty": {"standard_error": {"value": 0.0133}, "num_samples": 1319},
    },
    "generation_config": {
        "generation_args": {"temperature": 0.0},
        "additional_details": {"num_fewshot": "5"},
    },
}
RECORD: dict[str, Any] = {
    "schema_version": "0.3.0",
    "evaluation_id": "gsm8k/org_Tiny-7B/1732000000",
    "retrieved_timestamp": "1732000000",
    "source_metadata": {
        "source_name": "A board",
        "source_type": "documentation",
        "source_organization_name": "Org",
        "source_organization_url": "https://example.org",
        "evaluator_relationship": "third_party",
    },
    "eval_library": {"name": "lm_eval", "version": "0.4.8"},
    "model_info": {
        "name": "Tiny 7B",
        "id": "org/Tiny-7B",
        "developer": "Org",
        "additional_details": {
            "deployment_type": "self_deployed",
            "model_availability": "open_weights",
            "num_parameters": "7241732096",
        },
    },
    "evaluation_results": [RESULT],
}


def record(**changes: Any) -> dict[str, Any]:
    """Return a record whose one result is changed: ``metric_config__max_score=100``."""
    made = copy.deepcopy(RECORD)
    for path, value in changes.items():
        *keys, last = path.split("__")
        top = keys[0] if keys else last
        at: Any = made if top in made else made["evaluation_results"][0]
        for key in keys:
            at = at[key]
        if value is ...:
            at.pop(last, None)
        else:
            at[last] = value
    return made


def read(tmp_path: Path, made: Any, **options: Any) -> Found:
    path = tmp_path / f"{UUID}.json"
    path.write_text(json.dumps(made))
    return read_with(eee.read, path, **options)


def key_of(tmp_path: Path, **changes: Any) -> Any:
    return read(tmp_path, record(**changes)).rows["key"][0]


def both(*results: dict[str, Any]) -> dict[str, Any]:
    return record(evaluation_results=list(results))


def changed(**changes: Any) -> dict[str, Any]:
    result: dict[str, Any] = record(**changes)["evaluation_results"][0]
    return result


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


# -- scale and unit ----------------------------------------------------------------------

CONFIG = "metric_config__"


def scale_of(tmp_path: Path, score: float = 0.5, **config: Any) -> Any:
    changes = {f"{CONFIG}{key}": value for key, value in config.items()}
    return key_of(tmp_path, score_details__score=score, **changes).scale


def test_bounds_as_text_numbers_and_null(tmp_path: Path) -> None:
    free = {"metric_unit": ..., "min_score": None, "max_score": None}
    assert scale_of(tmp_path, **free) is None
    assert scale_of(
        tmp_path, 1200, min_score="-Infinity", max_score="Infinity", metric_unit="elo"
    ) == (ScoreScale())
    assert scale_of(tmp_path, 7, min_score=1, max_score=10, metric_unit="points") == ScoreScale(
        1, 10
    )
    assert scale_of(tmp_path, 7, min_score=0, max_score="Infinity", metric_unit=...) == ScoreScale(
        0
    )
    for wrong in ({"max_score": "many"}, {"min_score": 5}, {"max_score": "-Infinity"}):
        made = record(**{f"{CONFIG}{k}": v for k, v in wrong.items()})
        assert read(tmp_path, made).counts == (0, 0, 1), wrong


def test_nan_and_infinity_as_json_constants(tmp_path: Path) -> None:
    made = record(metric_config__max_score=float("inf"), metric_config__metric_unit=...)
    assert read(tmp_path, made).rows["key"][0].scale == ScoreScale(0)
    assert read(tmp_path, record(metric_config__max_score=float("nan"))).counts == (0, 0, 1)
    assert read(tmp_path, record(score_details__score=float("nan"))).counts == (0, 0, 1)


def test_the_unit_is_the_scale_where_no_range_is_given(tmp_path: Path) -> None:
    free = {"min_score": ..., "max_score": ...}
    assert scale_of(tmp_path, 62, metric_unit="percent", **free) == ScoreScale(0, 100)
    assert scale_of(tmp_path, metric_unit="proportion", **free) == ScoreScale(0, 1)
    binary = {"metric_unit": ..., "score_type": "binary"}
    assert scale_of(tmp_path, **binary, **free) == ScoreScale(0, 1)
    levels = {"score_type": "levels", "level_names": ["bad", "fair", "good"], "metric_unit": ...}
    assert scale_of(tmp_path, 1.5, **levels, **free) == ScoreScale(0, 2)


def test_percent_against_proportion_is_refused_where_unit_and_range_differ(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, record(metric_config__metric_unit="percent"))
    assert found.counts == (0, 0, 1)
    assert "evaluation_results[0].metric_config.metric_unit" in found.told("refused")[0]
    assert "contradicts the declared range [0, 1]" in found.told("refused")[0]
    made = record(metric_config__max_score=100)
    assert read(tmp_path, made).counts == (0, 0, 1)


def test_a_score_outside_its_declared_range_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, record(score_details__score=62))
    assert found.counts == (0, 0, 1)
    assert "is it in percent?" in found.told("refused")[0]


def test_lower_is_better_is_kept_and_required(tmp_path: Path) -> None:
    assert scale_of(tmp_path, lower_is_better=True) == ScoreScale(0, 1, None, False)
    free = {"min_score": None, "max_score": None, "metric_unit": ...}
    scale = scale_of(tmp_path, lower_is_better=True, **free)
    assert scale is not None and not scale.higher_is_better
    for wrong in (..., None, "false", 0):
        found = read(tmp_path, record(metric_config__lower_is_better=wrong))
        assert found.counts == (0, 0, 1), wrong
        assert "metric_config.lower_is_better" in found.told("refused")[0]


def test_an_unknown_level_is_no_score(tmp_path: Path) -> None:
    made = record(score_details__score=-1, metric_config__has_unknown_level=True)
    assert read(tmp_path, made).counts == (0, 1, 0)


def test_spread_and_aggregates_are_set_aside(tmp_path: Path) -> None:
    spread = {"metric_config__additional_details": {"polarity": "not_applicable"}}
    assert read(tmp_path, record(**spread)).counts == (0, 1, 0)
    assert read(tmp_path, record(metric_config__metric_name="bootstrap_stderr")).counts == (0, 1, 0)
    assert read(tmp_path, record(evaluation_name="Mean win rate")).counts == (0, 1, 0)
    parts = [changed(evaluation_name=n) for n in ("mmlu", "mmlu_anatomy", "mmlu_virology")]
    found = read(tmp_path, both(*parts))
    assert [task for _, task, _ in found.cells] == ["mmlu"]
    assert found.counts == (1, 2, 0)


def test_an_uncertain_direction_is_noted(tmp_path: Path) -> None:
    made = record(metric_config__additional_details={"polarity": "unknown"})
    assert any("not sure which scores are better" in n for n in read(tmp_path, made).told("note"))


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


@pytest.mark.parametrize("field", eee.REQUIRED)
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


# -- items -------------------------------------------------------------------------------


def row_of(n: int, score: float = 1.0, **changes: Any) -> dict[str, Any]:
    return {
        "schema_version": "0.3.0",
        "evaluation_id": RECORD["evaluation_id"],
        "model_id": "org/Tiny-7B",
        "evaluation_name": "GSM8K",
        "evaluation_result_id": "gsm8k/acc",
        "sample_id": f"q{n}",
        "interaction_type": "single_turn",
        "input": {"raw": "How many?", "reference": ["4"]},
        "output": {"raw": ["4"]},
        "answer_attribution": [],
        "evaluation": {"score": score, "is_correct": score > 0},
    } | changes


def with_items(tmp_path: Path, rows: list[Any], made: Any = RECORD, **options: Any) -> Found:
    lines = [r if isinstance(r, str) else json.dumps(r) for r in rows]
    (tmp_path / f"{UUID}_samples.jsonl").write_text("\n".join(lines) + "\n")
    return read(tmp_path, made, **options)


def test_items_are_read_beside_the_score(tmp_path: Path) -> None:
    found = with_items(tmp_path, [row_of(1), row_of(2, 0.0), row_of(1, 0.0)])
    [(model, task, frame)] = found.into.item_parts()
    assert (model, found.into.keys[task]) == ("org/Tiny-7B", found.rows["key"][0])
    assert frame[["item", "outcome", "epoch"]].values.tolist() == [
        ["q1", 1.0, 1],
        ["q2", 0.0, 1],
        ["q1", 0.0, 2],
    ]
    assert not with_items(tmp_path, [row_of(1)], items=False).into.item_parts()


def test_items_are_joined_by_result_id_not_by_name(tmp_path: Path) -> None:
    f1 = changed(evaluation_result_id="gsm8k/f1", metric_config__metric_name="f1")
    rows = [row_of(1), row_of(1, 0.25, evaluation_result_id="gsm8k/f1")]
    parts = with_items(tmp_path, rows, both(RESULT, f1)).into.item_parts()
    assert sorted(frame["outcome"].tolist() for _, _, frame in parts) == [[0.25], [1.0]]
    rows = [row_of(1, evaluation_result_id="")]
    found = with_items(tmp_path, rows, both(RESULT, f1))
    assert "no result of the record, or of several" in found.told("refused")[0]
    assert with_items(tmp_path, rows).into.item_parts()  # the name is that of one result


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row_of(1), '{"broken'], "line 2"),
        ([row_of(1), row_of(2, evaluation_id="other")], "line 2: evaluation_id"),
        ([row_of(1, evaluation_result_id="x")], "line 1: evaluation_result_id 'x'"),
        ([row_of(1, sample_id="")], "line 1: no sample_id"),
        ([row_of(1, evaluation={})], "line 1: no score"),
        ([[]], "line 1"),
    ],
)
def test_faulty_items_are_refused_and_scores_stay(
    tmp_path: Path, rows: list[Any], told: str
) -> None:
    found = with_items(tmp_path, rows)
    assert found.counts == (1, 0, 0)
    assert not found.into.item_parts()
    [refused] = found.told("refused")
    assert f"{UUID}_samples.jsonl" in refused
    assert told in refused


def test_a_file_of_items_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    declared = {"format": "jsonl", "file_path": f"data/a/b/c/{UUID}_samples.jsonl", "total_rows": 3}
    made = RECORD | {"detailed_evaluation_results": declared}
    found = with_items(tmp_path, [row_of(1), row_of(2)], made)
    assert "2 rows, but the record declares 3" in found.told("refused")[0]
    (tmp_path / f"{UUID}_samples.jsonl").unlink()
    assert any("not beside the record" in n for n in read(tmp_path, made).told("note"))


def test_claims_and_items_alone(tmp_path: Path) -> None:
    with_items(tmp_path, [row_of(1)])
    (tmp_path / "other.json").write_text('{"results": {}}')
    (tmp_path / "other_samples.jsonl").write_text("{}")
    items, found = tmp_path / f"{UUID}_samples.jsonl", tmp_path / f"{UUID}.json"
    assert sorted(p for p in tmp_path.iterdir() if eee.claims(p)) == sorted([items, found])
    alone = read_with(eee.read, items)
    assert alone.counts == (0, 0, 0)
    assert "read together with it" in alone.told("set_aside")[0]
    found.unlink()
    with pytest.raises(DataError, match="items without their record"):
        read_with(eee.read, items)


# -- damage ------------------------------------------------------------------------------


@given(odd_json({"doc": RECORD}))
@FUZZ
def test_odd_records(tmp_path: Path, tree: Any) -> None:
    (tmp_path / "x.json").write_bytes(as_bytes(tree.get("doc")))
    check_reading(eee.read, tmp_path / "x.json")


@given(damaged(json.dumps(RECORD, indent=1).encode()))
@FUZZ
def test_damaged_records(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    check_reading(eee.read, tmp_path / "x.json")


@given(damaged(f"{json.dumps(row_of(1))}\n{json.dumps(row_of(2))}\n".encode()))
@FUZZ
def test_damaged_items(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_text(json.dumps(RECORD))
    (tmp_path / "x_samples.jsonl").write_bytes(content)
    check_reading(eee.read, tmp_path / "x.json")


@given(st.data())
@FUZZ
def test_odd_items(tmp_path: Path, data: st.DataObject) -> None:
    (tmp_path / "x.json").write_text(json.dumps(RECORD))
    rows = data.draw(odd_json({"rows": [row_of(1), row_of(2)]})).get("rows")
    lines = [as_bytes(r) for r in rows] if isinstance(rows, list) else [as_bytes(rows)]
    (tmp_path / "x_samples.jsonl").write_bytes(b"\n".join(lines))
    check_reading(eee.read, tmp_path / "x.json")
