"""Damaged files through the whole command: exit codes and findings, never a traceback."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import math
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.dataset.read import read_dataset
from features.importing.run import FORMATS, import_paths
from features.ledger import Entry
from serving.cli import main
from tests.features.importing import eee_records, inspect_made, lm_eval_runs
from tests.features.importing.fuzzing import FUZZ, as_bytes, damaged, odd_json
from tests.features.importing.helm import test_read_helm
from tests.features.importing.hugging_face import test_read_hugging_face
from tests.features.importing.long import test_read_long
from tests.features.importing.open_llm import test_read_open_llm
from tests.features.importing.wide import test_read_wide

ROW = pd.DataFrame([test_read_open_llm.ROW])
SURE = test_read_hugging_face.RESULTS.replace("0.412", "41.2%")
#: a good file of each kind: format word, name, content
GOOD: dict[str, tuple[str, str, bytes]] = {
    "lm-eval": ("lm-eval", f"results_{lm_eval_runs.STAMP}.json", as_bytes(lm_eval_runs.NEW)),
    "lm-eval before 0.4": ("lm-eval", "old.json", as_bytes(lm_eval_runs.OLD)),
    "lm-eval itself": ("lm-eval", lm_eval_runs.RESULTS.name, lm_eval_runs.RESULTS.read_bytes()),
    "helm tables": ("helm", "t.json", test_read_helm.TABLES.read_bytes()),
    "inspect": ("inspect", "log.json", (inspect_made.MADE / "sums_full.json").read_bytes()),
    "inspect archive": ("inspect", "log.eval", inspect_made.PACKED.read_bytes()),
    "eee": ("eee", "x.json", as_bytes(eee_records.RECORD)),
    "hf card": ("hf", "README.md", test_read_hugging_face.CARD.encode()),
    "hf results": ("hf", "x.yaml", SURE.encode()),
    "open-llm": ("open-llm", "c.csv", ROW.to_csv(index=False).encode()),
    "open-llm parquet": ("open-llm", "c.parquet", ROW.to_parquet()),
    "wide": ("wide", "m.csv", test_read_wide.GOOD.encode()),
    "long": ("long", "t.csv", test_read_long.GOOD.encode()),
    "long packed": ("long", "t.csv.gz", gzip.compress(test_read_long.GOOD.encode(), mtime=0)),
}
#: what makes any of them unreadable; a table that ends between two rows would not be
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing left": lambda raw: b"",
    "in UTF-16": lambda raw: b"\xff\xfe" + raw,
    "cut off": lambda raw: raw[: len(raw) * 2 // 3],
    "no UTF-8": lambda raw: raw[:40] + b"\xff\xfe\xc3" + raw[40:],
    "packed": lambda raw: gzip.compress(b"x" + raw),
    "deep": lambda raw: b'{"results": ' + b"[" * 200_000,
}


def command(form: str, path: Path, *more: str) -> tuple[int, dict[str, Any], str]:
    """Run the command; return exit code, its document and what it said beside it."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["import", form, str(path), "--json", *more])
    return code, json.loads(out.getvalue() or "{}"), err.getvalue()


def refused(document: dict[str, Any]) -> list[Entry]:
    return [Entry(**f) for f in document["findings"] if f["outcome"] == "refused"]


def test_every_format_has_a_good_file(tmp_path: Path) -> None:
    assert {form for form, _, _ in GOOD.values()} == set(FORMATS)
    for form, name, content in GOOD.values():
        (tmp_path / name).write_bytes(content)
        code, document, err = command(form, tmp_path / name)
        assert code == 0 and "bug" not in err and document["counts"]["kept"], name


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("damage", DAMAGE)
def test_an_unreadable_file_is_named_and_exits_with_1(
    tmp_path: Path, kind: str, damage: str
) -> None:
    form, name, content = GOOD[kind]
    if kind == "inspect archive" and damage in ("in UTF-16", "no UTF-8"):
        pytest.skip("a zip file may have other bytes before it and between its members")
    path = tmp_path / name
    path.write_bytes(DAMAGE[damage](content))
    code, document, err = command(form, path, "--into", str(tmp_path / "mine"))
    assert code == 1 and "bug" not in err
    assert all(str(path) in str(entry) and entry.remedy for entry in refused(document))
    if kind != "hf card" or damage in ("cut off", "no UTF-8"):  # else it has no front matter
        assert refused(document) and document["written"] is None
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("kind", GOOD)
def test_a_damaged_file_beside_a_good_one_fails_the_import(tmp_path: Path, kind: str) -> None:
    form, name, content = GOOD[kind]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(content)
    good, bad = tmp_path / "a" / name, tmp_path / "b" / name
    bad.write_bytes(DAMAGE["cut off"](content))
    imported = import_paths(form, [good, bad])
    assert imported.ledger.failed and len(imported.scores)
    assert all(str(bad) in str(e) for e in imported.ledger.of("refused"))
    assert main(["import", form, str(good), str(bad), "--into", str(tmp_path / "mine")]) == 1
    assert not (tmp_path / "mine").exists()
    more = ("--into", str(tmp_path / "mine"), "--keep-good")
    assert main(["import", form, str(good), str(bad), *more]) == 1  # and says so, too
    assert len(read_dataset(tmp_path / "mine").scores)


def check_command(tmp_path: Path, form: str, path: Path) -> None:
    """See that whatever was kept adds up, is written, and can be read again."""
    mine = tmp_path / "mine"
    shutil.rmtree(mine, ignore_errors=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # numbers that went out of bounds
        code, document, err = command(form, path, "--into", str(mine), "--keep-good")
    assert code in (0, 1), err
    counts = document["counts"]
    assert counts["rows_in"] == sum(n for name, n in counts.items() if name != "rows_in")
    assert (code == 1) is (bool(refused(document)) or not counts["kept"])
    if counts["kept"]:
        scores = read_dataset(mine).scores
        assert len(scores) == counts["kept"] and scores["score"].map(math.isfinite).all()
        assert all(text.isprintable() for text in {*scores["model"], *scores["task"]})


@pytest.mark.parametrize("kind", GOOD)
@given(data=st.data())
@settings(FUZZ, max_examples=15)
def test_damaged_bytes(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    form, name, content = GOOD[kind]
    (tmp_path / name).write_bytes(data.draw(damaged(content)))
    check_command(tmp_path, form, tmp_path / name)


@pytest.mark.parametrize("kind", [k for k, (_, name, _) in GOOD.items() if name.endswith("json")])
@given(data=st.data())
@settings(FUZZ, max_examples=15)
def test_odd_values(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    form, name, content = GOOD[kind]
    tree = {"doc": json.loads(content)}
    (tmp_path / name).write_bytes(as_bytes(data.draw(odd_json(tree)).get("doc")))
    check_command(tmp_path, form, tmp_path / name)
