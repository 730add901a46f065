"""A report as a user makes it: whole, honest on what it rests on, safe, and good to look at."""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
import shutil

import pandas as pd
import pytest

import training.analyses.importance.analysis as importance
import training.reporting.evidence as evidence_module
from features.errors import DataError
from serving.cli import main
from serving.reports.build import build_report
from serving.reports.html import render_report, report_tables
from tests.serving.page.browser import Visit, browsing
from tests.serving.page.test_browser_look import axe
from tests.serving.reports.made import LONG, SCRIPT, Made, Read, dataset, odd, run
from training.analyses import Analysis
from training.analyses.recording import log_analysis
from training.reporting.evidence import gather_evidence
from training.tracking.client import Tracking
from training.tracking.runs import find_run, list_files, tracked


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """A report of data that no run was trained on: everything is measured for it."""
    folder = tmp_path_factory.mktemp("report")
    data = dataset(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importance, "SAMPLED_USED", 1)  # half of the seconds, and enough here
        found = gather_evidence(odd(), data, jobs=1)
    return found, build_report(found)


@pytest.fixture(scope="module")
def made(nothing, tmp_path_factory):
    """The same, written by the command line."""
    folder = tmp_path_factory.mktemp("made")
    data, out = dataset(folder), folder / "report.html"
    arguments = ["--home", folder, "--data", data, "--out", out, "--jobs", 1]
    said, noted = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(noted),
    ):
        patch.setattr(evidence_module, "gather_evidence", lambda *a, **k: nothing[0])
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        assert main(["report", *map(str, arguments)]) == 0, noted.getvalue()
    return Made(folder, said.getvalue(), noted.getvalue())


def test_the_page_is_well_formed_and_needs_nothing_else(made):
    page = made.page
    it = Read.of(page)
    assert [text for level, text in it.headings if level == 1] == [
        "Benchmark scores nobody has measured: Odd <names>"
    ]
    levels = [level for level, _ in it.headings]
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), "no level is skipped"
    assert max(it.ids.values()) == 1 and it.asked <= set(it.ids)
    assert it.outside == [] and not it.tags["script"] and not it.tags["link"]
    assert "@import" not in page and "<image" not in page
    assert len(page.encode()) < 3_000_000
    assert it.tags["section"] == len(made.document["sections"]) == 8


def test_every_figure_is_numbered_says_what_it_shows_and_has_a_title(made):
    it = Read.of(made.page)
    figures = [f for s in made.document["sections"] for f in s["figures"]]
    assert [f["number"] for f in figures] == list(range(1, len(figures) + 1))
    assert it.captions == [f"Figure {f['number']}. {f['finding']}" for f in figures]
    assert all(len(f["finding"]) > 15 for f in figures) and len(figures) >= 15
    assert len(it.svgs) == it.tags["figure"] == len(figures)
    for svg in it.svgs:
        assert svg["role"] == "img" and svg["aria-labelledby"] in it.ids
    assert "<text" in made.page, "text is text, not outlines"
    tables = {t["key"] for s in made.document["sections"] for t in s["tables"]}
    assert all(set(f["tables"]) <= tables for f in figures), "the numbers of every figure"


def test_every_number_of_the_document_is_in_the_tables(made):
    seen = set()
    for section in made.document["sections"]:
        for table in section["tables"]:
            seen.add(table["file"])
            frame = made.csv(table["file"])
            assert list(frame.columns) == table["columns"]
            assert len(frame) == len(table["rows"])
            for row, text in zip(table["rows"], frame.to_numpy().tolist(), strict=True):
                for value, cell in zip(row, text, strict=True):
                    if value is None:
                        assert cell in ("", "inf", "-inf", "NaT"), (table["file"], cell)
                    elif isinstance(value, bool) or not isinstance(value, int | float):
                        assert cell == str(value) or isinstance(value, list)
                    else:
                        assert math.isclose(float(cell), value, rel_tol=1e-12), table["file"]
    assert {"accuracy-ladder.csv", "data-sources.csv", "ageing-by_age.csv"} <= seen


def test_names_are_text(made):
    assert "<script>alert" not in made.page and "</svg><b>" not in made.page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made.page
    words = {row[0] for row in _table(made.document, "data-models")["rows"]}
    assert SCRIPT in words and LONG in words


def test_what_was_computed_for_it_is_said_on_the_page_and_on_the_terminal(made):
    assert "no run was trained on these data" in made.noted
    for name in ("importance", "structure", "influence", "sparsity", "ageing", "replay"):
        assert name in made.noted
        assert f"benchcast analyse --only {name}" in made.page
    about = made.document["about"]
    assert set(about["computed_for_this_report"]) >= {"accuracy", "predictions", "replay"}
    assert about["run"] is None and all(a["sampled"] for a in about["analyses"].values())
    assert [f"- {line}" for line in made.document["headline"]] == [
        line for line in made.said.splitlines() if line.startswith("- ")
    ]


def test_equal_reports_give_equal_tables(nothing):
    _, report = nothing
    assert report_tables(report) == report_tables(report)


def test_what_cannot_be_worked_out_is_said_with_the_reason(nothing, monkeypatch):
    def fails(name, table, **more):
        raise DataError(f"{name} needs more `models`")

    monkeypatch.setattr(evidence_module, "analyse", fails)
    monkeypatch.setattr(evidence_module, "quick_accuracy", lambda *a, **k: nothing[0].accuracy)
    found = gather_evidence(odd(), jobs=1)
    assert set(found.failed) == set(nothing[0].analyses)
    page = render_report(build_report(found))
    Read.of(page)
    assert "Not in this report: influence. influence needs more models." in page
    assert "The sections say why." in page


# -- of a run -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory, mlflow_tables):
    """A store with a run on the odd data, and two recorded analyses, one not complete."""
    from training.pipeline.config import load_config
    from training.pipeline.training_run import train

    folder = tmp_path_factory.mktemp("run")
    data = dataset(folder)
    shutil.copy(mlflow_tables, folder / "mlflow.db")
    tracking = Tracking(f"sqlite:///{folder / 'mlflow.db'}")
    config = load_config(
        None, [f"run.data={json.dumps(str(data))}", "model.predictor=biases", "run.ladder=false"]
    )
    from features.sources.readers import read_source

    train(read_source(data), config, tracking=tracking)
    run = tracked(tracking, find_run(tracking))
    frame = pd.DataFrame({"model": ["m"], "change": [0.5]})
    for name, complete in (("influence", True), ("sparsity", False)):
        analysis = Analysis(name, {"found": frame}, [f"Of {name}."], {}, complete)
        log_analysis(run, analysis, asked={})
    return folder, tracking


@pytest.fixture
def quick(nothing, monkeypatch):
    """Answer what no run has recorded from the report that was made already."""
    monkeypatch.setattr(
        evidence_module, "analyse", lambda name, table, **more: nothing[0].analyses[name]
    )


def test_a_run_is_told_as_recorded_and_the_rest_is_computed(trained, quick, tmp_path, capfd):
    folder, tracking = trained
    out = tmp_path / "a b.html"
    code, said, noted = run(capfd, "report", "--home", folder, "--out", out, "--jobs", 1)
    assert code == 0, noted
    it = Made(tmp_path, said, noted, name="a b")
    assert "the run has not recorded them: " in noted and "influence" not in noted
    assert "accuracy" not in noted, "the run has recorded it"
    assert "The time given to this analysis ended before all was done" in it.page
    assert "Of influence." in it.page
    ladder = _table(it.document, "accuracy-ladder")
    assert [row[0] for row in ladder["rows"]] == ["biases"]
    record = find_run(tracking)
    assert it.document["about"]["run"]["run_id"] == record.id
    assert "report/report.html" in list_files(tracking, record.id, "report")
    assert f"logged to run {record.id}" in said


def test_comparing_with_data_tells_what_changed(trained, quick, tmp_path, capfd):
    from features.dataset.write import write_dataset

    folder, _ = trained
    table = odd()
    old = table.without(table.cells[table.cells["model"] == LONG].head(5))
    before = write_dataset(old, tmp_path / "before")
    code, said, noted = run(
        capfd, "report", "--home", folder, "--compare", before, "--out", tmp_path / "report.html",
        "--jobs", 1,
    )  # fmt: skip
    assert code == 0, noted
    it = Made(tmp_path, said, noted)
    Read.of(it.page)
    assert it.document["sections"][1]["key"] == "changes"
    assert it.document["about"]["changes"]["cells_new"] == 5
    assert "The data differ: 5 new of" in said


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--run", "ffffffff"], "no run 'ffffffff'"),
        (["--run", "99"], "no run '99'"),
        (["--compare", "nowhere"], "--compare 'nowhere'"),
        (["--data", "nowhere"], "nowhere"),
        (["--out", "report.pdf"], "must end in .html"),
    ],
)
def test_what_does_not_exist_is_told(trained, capfd, more, told):
    code, _, noted = run(capfd, "report", "--home", trained[0], *more)
    assert code == 2 and told in noted and "Traceback" not in noted


def test_analyse_names_runs_and_data_that_are_not_there(trained, tmp_path, capfd):
    code, _, noted = run(capfd, "analyse", "--home", trained[0], "--run", "ffffffff")
    assert code == 2 and find_run(trained[1]).id in noted
    code, _, noted = run(capfd, "analyse", "--home", trained[0], "--data", "leaderboard")
    assert code == 2 and "benchcast train --data leaderboard" in noted
    code, _, noted = run(capfd, "analyse", "--home", tmp_path)
    assert code == 1 and "benchcast train" in noted
    assert list(tmp_path.iterdir()) == [], "no store is made"


# -- in a browser ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown(nothing, tmp_path_factory):
    path = tmp_path_factory.mktemp("shown") / "report.html"
    path.write_text(render_report(nothing[1], files=("a.json", "a.zip")), encoding="utf-8")
    with browsing() as chromium:
        yield chromium, path


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_it_stays_in_its_bounds_and_keeps_nobody_out(shown, width, dark):
    chromium, path = shown
    visit = Visit(chromium, "file://", width=width, dark=dark)
    visit.page.goto(path.as_uri())
    inner, outer = visit.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert inner <= outer, "the page scrolls sideways"
    # its own policy allows no script: the checker comes in past it
    visit.page.evaluate(f"() => {{ {axe()} }}")
    found = visit.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]] == []
    assert visit.faults == []
    visit.context.close()


def test_on_paper_nothing_is_cut_off(shown):
    chromium, path = shown
    # A4 without the margins, at 96 pixels an inch
    width, height = round(180 / 25.4 * 96), round(263 / 25.4 * 96)
    visit = Visit(chromium, "file://", width=width)
    visit.page.emulate_media(media="print")
    visit.page.goto(path.as_uri())
    boxes = visit.page.evaluate(
        "[...document.querySelectorAll('figure, table')].map(e => "
        "[e.tagName, e.scrollWidth, e.getBoundingClientRect().height])"
    )
    assert boxes and all(w <= width for _, w, _ in boxes), "wider than the page"
    assert all(h <= height for tag, _, h in boxes if tag == "FIGURE"), "higher than the page"
    paper = visit.page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", paper)) > 5
    visit.context.close()


def _table(document, key):
    return next(t for s in document["sections"] for t in s["tables"] if t["key"] == key)
