"""lm-evaluation-harness: outcomes of single items."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.importing.lm_eval import read_lm_eval
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from tests.features.importing.fuzzing import FUZZ, check_reading, damaged
from tests.features.importing.lm_eval_runs import MADE, NEW, RESULTS, STAMP, changed, kept, run


def test_items_that_were_scored_with_a_metric(tmp_path: Path) -> None:
    row = {"acc,none": 0.5, "f1,none": 0.5, "sample_len": 40, "sample_count": {"acc,none": 30}}
    tree = changed(NEW, results={"zz": row}, groups={}, **{"n-samples": {}})
    rows = kept(run(tree, tmp_path))
    assert {name: r.n_items for name, r in rows.items()} == {"zz [acc]": 30, "zz [f1]": 40}


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
    read_lm_eval.read(
        tmp_path / f"samples_gsm8k_{STAMP}.jsonl", into, Options()
    )  # with its results
    with pytest.raises(DataError, match="2023-01-01T00-00-00.1.json that these outcomes belong to"):
        read_lm_eval.read(tmp_path / "samples_gsm8k_2023-01-01T00-00-00.1.jsonl", into, Options())
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


@given(st.data())
@FUZZ
def test_damaged_samples(tmp_path: Path, data: st.DataObject) -> None:
    for path in MADE.iterdir():
        content = path.read_bytes()
        if path.name.startswith("samples_"):
            content = data.draw(damaged(content))
        (tmp_path / path.name).write_bytes(content)
    check_reading(read_lm_eval.read, tmp_path / RESULTS.name)
