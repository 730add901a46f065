"""Imports into a store: one transaction, idempotent, one unit per task, undone as a batch."""

from __future__ import annotations

import pandas as pd
import pytest

from features.errors import DataError
from features.store import open_store
from features.table.score_table import ScoreTable
from tests.features.store.small import MODELS, ROWS, TASKS, imported, one_task, scores, table


def test_the_same_content_twice_adds_nothing(where: str) -> None:
    store = open_store(where, create=True)
    batch = store.add(table(), importer="long", command="import x", files=["x.csv"])
    assert (batch.id, batch.n_reports, batch.n_new, batch.n_known) == (1, 4, 4, 0)
    assert (batch.files, batch.command, batch.findings) == (("x.csv",), "import x", ())
    turned = table(*reversed(ROWS), ROWS[0])  # in another order, with an exact repeat
    again = open_store(where).add(turned, importer="long")
    assert (again.id, again.n_new, again.n_known, again.n_facts) == (None, 0, 4, 0)
    assert again.digest == batch.digest
    assert store.batches() == [batch]
    more = store.add(table(*ROWS, ("beta", "Elo", 1300.0)), importer="long")
    assert (more.id, more.n_new, more.n_known) == (2, 1, 4)
    assert store.add(table(*ROWS, ("beta", "Elo", 1300.0)), importer="long").id is None


def test_factors_alone_are_an_import(where: str) -> None:
    store = open_store(where, create=True)
    store.add(table(), importer="long")
    models = MODELS.assign(layers=[32.0, 40.0])
    batch = store.add(table(models=models), importer="factors")
    assert (batch.id, batch.n_new) == (2, 0) and batch.n_facts > 0
    assert store.snapshot().models["layers"].tolist() == [32.0, 40.0]


def test_an_import_is_undone_and_imported_again(where: str) -> None:
    store = open_store(where, create=True)
    first = store.add(table(), importer="long")
    before = store.snapshot()
    other = store.add(table(ROWS[0], ("gamma", "MMLU", 1.0)), importer="long")
    undone = store.undo(other.id or 0)
    assert (undone.id, undone.action, undone.undoes) == (3, "undo", 2)
    assert store.batches()[1].undone_by == 3
    assert store.snapshot().fingerprint == before.fingerprint
    assert "gamma" in store.snapshot(2).models.index
    again = store.add(table(ROWS[0], ("gamma", "MMLU", 1.0)), importer="long")
    assert (again.id, again.n_new, again.n_known) == (4, 1, 1)
    assert store.snapshot(4).fingerprint == store.snapshot(2).fingerprint
    # what the second import says as well stays when the first is taken back
    store.undo(first.id or 0)
    left = store.snapshot()
    assert sorted(left.scores["score"]) == [1.0, 60.5]
    assert left.scales["MMLU"].maximum == 100.0
    assert store.snapshot(1).fingerprint == before.fingerprint


def test_what_cannot_be_undone_is_said(where: str) -> None:
    store = open_store(where, create=True)
    with pytest.raises(DataError, match="no batch 1: nothing was imported yet"):
        store.undo(1)
    store.add(table(), importer="long", files=["x.csv"])
    store.undo(1)
    with pytest.raises(DataError, match="batch 1 is undone already, by batch 2"):
        store.undo(1)
    with pytest.raises(DataError, match=r"batch 2 is an undo, of batch 1; .* \(x.csv\)"):
        store.undo(2)
    with pytest.raises(DataError, match="no batch 7: there are batches 1 to 2"):
        store.snapshot(7)
    assert len(store.snapshot().scores) == 0


def test_scores_are_moved_onto_the_scale_of_the_store(where: str) -> None:
    store = open_store(where, create=True)
    store.add(table(), importer="long")
    share = {"scale_min": 0.0, "scale_max": 1.0}
    new = one_task(0.57, **share, chance=0.25)
    new = ScoreTable(new.scores.assign(se=0.01), None, new.tasks)
    batch = store.add(new, importer="lm-eval")
    assert batch.findings == (
        "task 'MMLU': 1 scores moved from [0, 1] to the store's scale [0, 100]",
    )
    now = store.snapshot()
    moved = now.scores[now.scores["model"] == "gamma"].iloc[0]
    assert (moved["score"], moved["se"]) == (57.0, 1.0)  # not 56.99999999999999
    assert now.tasks.loc["MMLU", "chance"] == 25.0
    assert len(store.conflicts()) == 0
    assert store.add(new, importer="lm-eval").id is None
    # the same number from a source that has it in points already is no further report
    assert store.add(one_task(57.0, scale_min=0.0, scale_max=100.0), importer="x").n_new == 1
    points = ScoreTable(new.scores.assign(score=57.0, se=1.0), None, TASKS)
    assert store.add(points, importer="long").n_known == 1


@pytest.mark.parametrize(
    "scale",
    [
        {"scale_min": 0.0},
        {"scale_min": 0.0, "scale_max": 1.0, "higher_is_better": False},
        {"higher_is_better": True},
    ],
)
def test_scales_that_do_not_go_together_are_refused(where: str, scale: dict) -> None:
    store = open_store(where, create=True)
    store.add(table(), importer="long")
    with pytest.raises(DataError) as error:
        store.add(one_task(0.5, **scale), importer="long")
    said = str(error.value)
    assert "task 'MMLU': the import declares the scale" in said
    assert "the store has [0, 100], higher is better (batch 1)" in said and "undo batch 1" in said
    assert len(store.batches()) == 1 and "gamma" not in store.snapshot().models.index


def test_a_scale_is_taken_over_where_none_was_known(where: str) -> None:
    store = open_store(where, create=True)
    store.add(ScoreTable(scores(("alpha", "new", 0.5))), importer="long")
    batch = store.add(one_task(0.7, task="new", scale_min=0.0, scale_max=1.0), importer="x")
    assert "its scale was not known" in batch.findings[0]
    assert store.snapshot().scales["new"].maximum == 1.0
    assert store.snapshot(1).scales["new"].maximum is None
    batch = store.add(ScoreTable(scores(("delta", "new", 0.9))), importer="x")
    assert "no scale is declared; taken as the store's [0, 1]" in batch.findings[0]
    with pytest.raises(DataError, match=r"'delta': the score 90.0 .* outside the store's \[0, 1\]"):
        store.add(ScoreTable(scores(("delta", "new", 90.0))), importer="x")
    # the unit stays when the import that declared it is taken back: others rely on it
    store.undo(2)
    assert store.snapshot().scales["new"].maximum == 1.0
    store.undo(3)
    assert store.snapshot().scales["new"].maximum is None
    with pytest.raises(DataError, match=r"a score outside it.*0.5 of model 'alpha'"):
        store.add(one_task(7.0, task="new", scale_min=5.0, scale_max=9.0), importer="x")


def test_factors_in_conflict_are_kept_and_the_first_counts(where: str) -> None:
    store = open_store(where, create=True)
    told = pd.DataFrame(
        [
            ("model", "alpha", "params", "7000000000.0", "config.json", True),
            ("model", "alpha", "params", "6.7e9", "model card", False),
        ],
        columns=["kind", "name", "factor", "value", "source", "chosen"],
    )
    store.add(imported(table(), conflicts=told), importer="lm-eval")
    later = MODELS.assign(params=[8e9, 13e9], colour=["red", "green"])
    batch = store.add(table(models=later), importer="open-llm")
    assert any(
        "params of model 'alpha'" in f and "8000000000 (open-llm)" in f for f in batch.findings
    )
    found = store.conflicts()
    alpha = found[(found["name"] == "alpha") & (found["factor"] == "params")]
    assert alpha["value"].tolist() == ["7000000000", "8000000000", "6700000000"]
    assert alpha["source"].tolist() == ["config.json", "open-llm", "model card"]
    assert alpha["chosen"].tolist() == [True, False, False]
    now = store.snapshot().models
    assert now["params"].tolist() == [7e9, 13e9] and now["colour"].tolist() == ["red", "blue"]
    store.undo(1)
    now = store.snapshot().models
    assert now["params"].tolist() == [8e9, 13e9] and now["colour"].tolist() == ["red", "green"]


def test_names_and_items_are_kept_with_their_batch(where: str) -> None:
    store = open_store(where, create=True)
    names = pd.DataFrame(
        [("task", "mmlu", "MMLU", "alias"), ("model", "Alpha", "alpha", "case")],
        columns=["kind", "given", "name", "why"],
    )
    outcomes = pd.DataFrame(
        {"model": "alpha", "task": "MMLU", "item": ["1", "2"], "epoch": 1, "outcome": [0.0, 1.0]}
    )
    whole = imported(table(), names=names, items=outcomes)
    store.add(whole, importer="lm-eval")
    assert store.add(whole, importer="lm-eval").id is None
    assert store.names()[["given", "name", "why", "batch"]].values.tolist() == [
        ["Alpha", "alpha", "case", 1],
        ["mmlu", "MMLU", "alias", 1],
    ]
    items = store.items()
    assert items is not None and items.frame["outcome"].tolist() == [0.0, 1.0]
    store.undo(1)
    assert store.items() is None and len(store.names()) == 0
    assert len(store.names(at=1)) == 2 and len(store.items(at=1) or ()) == 2


def test_a_faulty_import_changes_nothing(where: str) -> None:
    store = open_store(where, create=True)
    store.add(table(), importer="long")
    with pytest.raises(DataError, match="NUL"):
        store.add(ScoreTable(scores(("a\0b", "MMLU", 1.0)), None, TASKS), importer="x")
    with pytest.raises(DataError, match="not a finite number"):
        store.add(_broken(), importer="x")
    assert [b.id for b in store.batches()] == [1]


def _broken() -> object:
    good = imported(table())
    good.scores = good.scores.assign(score=500.0)
    return good


def test_an_old_snapshot_cannot_be_added_to(where: str) -> None:
    store = open_store(where, create=True)
    store.add(table(), importer="long")
    old = open_store(f"{where}@1")
    with pytest.raises(DataError, match="as it was; leave @1 out"):
        old.add(table(("gamma", "MMLU", 1.0)), importer="long")
    with pytest.raises(DataError, match="leave @1 out"):
        old.undo(1)
    assert len(store.batches()) == 1


def test_passwords_are_not_recorded(where: str) -> None:
    store = open_store(where, create=True)
    url = "postgresql://ann:s3cret@db/x"
    batch = store.add(table(), importer="x", command=f"import a --into {url}", files=[url])
    assert "s3cret" not in repr(batch) and "ann@db/x" in batch.command
    assert "s3cret" not in repr(store.batches())
