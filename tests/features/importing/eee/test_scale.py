"""Every Eval Ever: the unit and range of scores, and what is no score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features.table.score_scale import ScoreScale
from tests.features.importing.eee_records import both, changed, key_of, read, record

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
