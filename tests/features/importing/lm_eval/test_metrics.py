"""lm-evaluation-harness: metrics, filters, and numbers that are no scores."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from features.importing.run import import_paths
from tests.features.importing.fuzzing import as_bytes
from tests.features.importing.lm_eval_runs import NEW, aside, changed, kept, run


def test_stderr_may_be_the_text_n_a(tmp_path: Path) -> None:
    row = kept(run(NEW, tmp_path))["wikitext [word_perplexity] (0-shot)"]
    assert math.isnan(row.se)
    assert row.score == 12.5


def test_filters_of_one_metric_are_tasks_of_their_own(tmp_path: Path) -> None:
    rows = kept(run(NEW, tmp_path))
    assert rows["gsm8k [exact_match, strict-match] (5-shot)"].score == 0.25
    row = rows["gsm8k [exact_match, flexible-extract] (5-shot)"]
    assert (row.score, row.se) == (0.3, 0.0126)


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
