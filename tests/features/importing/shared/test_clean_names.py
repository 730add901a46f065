"""Names with characters that nobody sees: cleaned with a note, or refused, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from features.dataset.read import read_dataset
from features.dataset.write import write_dataset
from features.documents.json_files import key_path
from features.importing.run import import_paths
from features.importing.shared.clean_names import plain, shown, without_controls
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey
from features.table.score_table import ScoreTable
from tests.features.importing import eee_records, inspect_made, lm_eval_runs
from tests.features.importing.helm import test_read_helm as test_helm

ESCAPE = "evil\x1b[2J"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Llama 2  7B", "Llama 2  7B"),  # nothing is wrong with two spaces
        ("Llama\n2\t7B", "Llama 2 7B"),
        ("Llama\u00a02\u2028\u20287B", "Llama 2 7B"),
        ("\ufeffLlama\u200b 2", "Llama 2"),
        ("safe\u202egnp.exe", "safegnp.exe"),  # would be shown backwards
        ("\u200b", ""),
        ("模型 Ünï 🦙", "模型 Ünï 🦙"),
        (ESCAPE, None),
        ("a\0b", None),
        ("a\x9b31mb", None),
        ("\ud800", None),
        ("a\u0378", None),  # not assigned
        ("a\ue000", None),  # means something to whoever wrote it only
        ("x" * 1000, "x" * 1000),
        ("x" * 1001, None),
    ],
)
def test_what_becomes_of_a_name(name: str, cleaned: str | None) -> None:
    assert plain(name) == cleaned


def test_other_texts_keep_their_lines() -> None:
    assert without_controls("two\nlines\x1b[2J\0") == "two\nlines\ufffd[2J\ufffd"
    assert without_controls("x" * 20_000) == "x" * 10_000 + " [cut off]"
    assert shown("a\x1b[2J\nb \u202e") == "a\\x1b[2J\\nb \\u202e"
    assert key_path("results", "\x1bc") == 'results["\\u001bc"]'


def test_one_by_one_and_in_blocks_alike() -> None:
    wit = TaskKey("wit")
    names = ["m", "m\n2", "m 2", ESCAPE, "\u200b"]
    one, block = Collector(), Collector()
    for n, name in enumerate(names):
        one.report(Place("a.csv", n + 2), model=name, task=wit, score=0.5)
    lines = list(range(2, 2 + len(names)))
    task = [0] * len(names)
    block.reports("a.csv", lines=lines, model=names, task=task, keys=[wit], score=[0.5] * 5)
    for into in (one, block):
        assert into.rows()["model"].tolist() == ["m", "m 2", "m 2"]
        assert [(e.line, e.reason[:30]) for e in into.ledger.of("refused")] == [
            (5, "the name of the model has a co"),
            (6, "the model has no name"),
        ]
        assert [e.value for e in into.ledger.of("note")] == ["m\n2", "\u200b"]
        assert into.ledger.rows_in == 5


def test_tasks_that_differ_by_what_nobody_sees_are_one() -> None:
    into = Collector()
    for key in (TaskKey("wit", metric="acc"), TaskKey("wit\u200b", metric="acc\n")):
        into.report(Place("a", "x"), model="m", task=key, score=0.5)
    assert into.keys == [TaskKey("wit", metric="acc")]
    into.report(Place("a", "x"), model="m", task=TaskKey("wit", filter=ESCAPE), score=0.5)
    (entry,) = into.ledger.of("refused")
    assert "the name of the task has a control character" in entry.reason and entry.place == "x"


def test_a_block_with_a_refused_task_keeps_the_others() -> None:
    into = Collector()
    keys = [TaskKey(ESCAPE), TaskKey("wit")]
    into.reports("a", lines=[2, 3], model=["m", "n"], task=[0, 1], keys=keys, score=[1.0, 2.0])
    assert into.rows()[["model", "score"]].values.tolist() == [["n", 2.0]]
    assert into.keys == [TaskKey("wit")]
    assert [e.line for e in into.ledger.of("refused")] == [2]


def test_factors_settings_and_sources_can_be_written(tmp_path: Path) -> None:
    into = Collector(Options(verbatim=True))
    wit, said = TaskKey("wit"), ("a\0", "b\x1b[2J")
    into.report(Place("a", 2), model="m", task=wit, score=0.5, setting=said[0], source=said[1])
    into.model(Place("a", 2), "m", organization="Org\0")
    into.model(Place("a", 2), ESCAPE, organization="Org")
    from features.importing.resolution import resolve

    imported = resolve(into)
    write_dataset(imported.table(), tmp_path / "d")
    table: ScoreTable = read_dataset(tmp_path / "d")
    row = table.scores.iloc[0]
    assert (row["setting"], row["source"]) == ("a\ufffd", "b\ufffd[2J")
    assert table.models["organization"].to_dict() == {"m": "Org\ufffd"}


def test_columns_that_differ_by_what_nobody_sees_stand_twice(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("model,MMLU,MMLU\u200b\na,50,51\n", encoding="utf-8")
    imported = import_paths("wide", [tmp_path / "t.csv"])
    (entry,) = imported.ledger.of("refused")
    assert "stands for 'MMLU' as column 'MMLU' does" in entry.reason and entry.line == 2
    assert imported.scores["score"].tolist() == [50.0]


def test_names_as_long_as_a_page_are_refused(tmp_path: Path) -> None:
    long = "x" * 200_000  # a CSV file with it could not be read back
    path = tmp_path / "t.csv"
    path.write_text(f"model,task,score,setting\n{long},wit,1,\nm,{long},1,\nm,wit,1,{long}\n")
    imported = import_paths("long", [path])
    told = [(e.line, e.reason) for e in imported.ledger.of("refused")]
    assert [line for line, _ in told] == [2, 3]
    assert all("has 200,000 characters, more than 1,000" in reason for _, reason in told)
    write_dataset(imported.table(), tmp_path / "d")
    assert read_dataset(tmp_path / "d").scores["setting"][0].endswith("x [cut off]")


def _long(name: str) -> tuple[str, Any]:
    return "t.csv", f'model,task,score\n"{name}",wit,0.5\n'


def _wide(name: str) -> tuple[str, Any]:
    return "t.csv", f'model,MMLU\n"{name}",50\nb,60\n'


def _lm_eval(name: str) -> tuple[str, Any]:
    return "r.json", lm_eval_runs.changed(lm_eval_runs.NEW, config__model_args={"peft": name})


def _inspect(name: str) -> tuple[str, Any]:
    return "r.json", inspect_made.changed(eval__model=name)


def _eee(name: str) -> tuple[str, Any]:
    return "r.json", eee_records.record(model_info={"id": name})


def _helm(name: str) -> tuple[str, Any]:
    tables = json.loads(json.dumps(test_helm.TREES))
    for table in tables:
        table["rows"][0][0]["value"] = name
    return "r.json", tables


@pytest.mark.parametrize("form", ["long", "wide", "lm-eval", "inspect", "eee", "helm"])
def test_every_format(tmp_path: Path, form: str) -> None:
    made = {"long": _long, "wide": _wide, "lm-eval": _lm_eval, "inspect": _inspect, "eee": _eee}
    for given, model in (("two\nlines", "two lines"), (ESCAPE, None)):
        name, content = made.get(form, _helm)(given)
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / name).write_text(text)
        imported = import_paths(form, [tmp_path / name])
        assert imported.ledger.adds_up()
        models = set(imported.scores["model"])
        refused = [e for e in imported.ledger.of("refused") if "control character" in e.reason]
        assert all(m.isprintable() for m in models)
        if model is None:
            assert refused and all(name in e.file and (e.line or e.place) for e in refused)
            assert ESCAPE not in "".join(str(e) for e in imported.ledger.entries)
        else:
            assert model in models and not refused
            assert any("invisible characters" in e.reason for e in imported.ledger.of("note"))
