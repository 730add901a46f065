"""benchcast audit: what people and machines are shown, from a directory, a store, a wide table."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from features.dataset.read import read_dataset
from features.dataset.write import write_dataset
from features.store import open_store
from features.table.score_table import ScoreTable
from serving.cli import main
from tests.training.planting import (
    changed,
    quick_audit,  # noqa: F401
    some_cells,
    sound,
)

KEYS = {"kind", "subject", "model", "task", "score", "p_value", "reason", "evidence"}


@pytest.fixture(scope="module")
def slip():
    return some_cells(sound(), lambda s: s >= 60, 1, seed=4)[0]


@pytest.fixture(scope="module")
def faulty(slip) -> ScoreTable:
    """A sound table with one score a hundred times too small."""
    return changed(sound(), [slip], lambda s: s * 0.01)


@pytest.fixture
def document(capsys):
    def run(*argv: str):
        assert main(["audit", *argv, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_a_directory(faulty, slip, document, tmp_path):
    write_dataset(faulty, tmp_path / "data")
    found = document("data")["findings"]
    assert all(set(f) == KEYS for f in found)
    assert [f["p_value"] for f in found] == sorted(f["p_value"] for f in found)
    first = found[0]
    assert (first["kind"], first["subject"]) == ("unit_slip", "cell")
    assert (first["model"], first["task"]) == slip


def test_a_store_gives_the_same(faulty, document, tmp_path):
    write_dataset(faulty, tmp_path / "data")
    open_store("scores.db", create=True).add(read_dataset(tmp_path / "data"), importer="directory")
    assert document("scores.db")["findings"] == document("data")["findings"]


def test_a_wide_table(faulty, slip, document):
    cells = faulty.cells.pivot(index="model", columns="task", values="score")
    cells.to_csv("wide.csv")
    first = document("wide.csv")["findings"][0]
    assert (first["model"], first["task"], first["kind"]) == (*slip, "unit_slip")


def test_a_row_outside_its_scale_is_a_finding_and_not_the_end(document, tmp_path):
    write_dataset(sound(), tmp_path / "data")
    (path,) = (tmp_path / "data").glob("scores.csv*")
    table = sound()
    row = table.scores.iloc[0]
    scores = table.scores.astype({"score": object})
    scores.loc[scores.index[0], "score"] = 100 * row["score"]
    path.unlink()
    scores[["model", "task", "score"]].to_csv(tmp_path / "data" / "scores.csv", index=False)
    first = document("data")["findings"][0]
    assert (first["kind"], first["p_value"]) == ("unit_slip", 0.0)
    assert (first["model"], first["task"]) == (row["model"], row["task"])
    assert first["evidence"]["would_fit"] == pytest.approx(row["score"])


def test_the_report_is_one_safe_page(faulty, slip, capsys, tmp_path):
    odd = '<script>alert("x")</script>'
    scores = faulty.scores.replace({"model": {slip[0]: odd}})
    models = faulty.models.rename(index={slip[0]: odd})
    write_dataset(ScoreTable(scores, models, faulty.tasks, name="a & b"), tmp_path / "data")
    assert main(["audit", "data", "--out", "audit.html"]) == 0
    said = capsys.readouterr().out
    assert "suspicious scores" in said and "report written to audit.html" in said
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page and "a &amp; b" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "unit slip" in page and "<svg" in page
    HTMLParser().feed(page)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nowhere"], "nowhere"),
        (["--false-alarms", "0"], "false-alarms"),
        (["--out", "report.pdf"], ".html"),
    ],
)
def test_wrong_usage(argv, said, capsys):
    assert main(["audit", *argv]) == 2
    assert said in capsys.readouterr().err
