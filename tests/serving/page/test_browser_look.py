"""Every page in a real browser: readable, in its bounds, calm, and open to everybody."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import NOT_RUN
from tests.serving.page.browser import REMEDY
from tests.serving.page.shown import CLOSING, IMAGE, SCRIPT

PAGES = {
    "matrix": "/",
    "large": "/?zoom=large&show=predicted&sort=task&by=Maths",
    "small": "/?zoom=small&columns=name",
    "model": f"/models/{quote(SCRIPT, safe='')}",
    "task": f"/tasks/{quote(CLOSING, safe='')}",
    "try": "/try?name=mine&task=Maths&score=40",
    "cell": f"/cells?model={quote(SCRIPT)}&task={quote(CLOSING)}",
    "compare": f"/compare?a={quote(SCRIPT)}&b={quote(IMAGE)}",
    "next": f"/next?model={quote(SCRIPT)}",
    "probes": "/next?for=probes&target=ability:math&budget=2",
    "missing": "/models/famly1-2",
    "find": "/find?q=family",
}
#: sum of what moved after it was first shown, as browsers count it; 0.1 is called good
MOVED = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => resolve(sum), 50));
})"""


def axe() -> str:
    """Return axe-core, which a test dependency brings along."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip(f"{NOT_RUN}{REMEDY}")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "where"),
    [(name, "desk by day") for name in PAGES if name != "small"]
    + [(name, "phone by night") for name in PAGES if name not in ("large", "missing", "find")],
)
def test_it_stays_in_its_bounds_and_keeps_nobody_out(visit, name, where):
    phone = where == "phone by night"
    page = visit(PAGES[name], width=390 if phone else 1280, dark=phone).page
    if name == "try":
        page.locator("#said", has_text="predicted").wait_for()
    inner, outer = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert inner <= outer, "the page scrolls sideways"
    assert page.evaluate(MOVED) < 0.02, "things move after they are shown"
    page.evaluate(axe())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []
    _skips_to_the_content(page)


def _skips_to_the_content(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("Boolean(document.activeElement.closest('main, footer'))")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_a_measured_cell_is_filled_a_predicted_one_hollow_a_prior_dashed(visit):
    page = visit("/").page

    def look(selector):
        return page.locator(selector).first.evaluate(
            "c => { const s = getComputedStyle(c); return [s.backgroundColor, s.boxShadow, "
            "s.outlineStyle, getComputedStyle(document.body).backgroundColor]; }"
        )

    fill, ring, _, paper = look("#matrix td.o")
    assert fill != paper and ring == "none"
    fill, ring, _, paper = look("#matrix td.p")
    assert fill == paper and "inset" in ring
    fill, ring, outline, paper = look("#matrix td.u")
    assert fill == paper and ring == "none" and outline == "dashed"


def test_the_heads_stay_in_sight_when_the_matrix_scrolls(visit):
    page = visit("/", width=390).page
    page.locator(".box").evaluate("box => box.scrollTo(300, 200)")
    row, column = page.locator("#matrix tbody tr:last-child th"), page.locator("#matrix thead")
    box = page.locator(".box").bounding_box()
    assert row.bounding_box()["x"] == pytest.approx(box["x"], abs=2)
    heads = page.locator("#matrix .tasks th").last.bounding_box()
    assert heads["y"] < box["y"] + 60 and column.is_visible()


@pytest.mark.parametrize("name", ["large", "model", "task", "cell", "compare", "try"])
def test_everything_can_be_read_without_javascript(visit, name):
    page = visit(PAGES[name], javascript=False).page
    assert "model version 7" in page.locator(".state").inner_text()
    text = page.locator("main").inner_text()
    assert "needs JavaScript" in text if name == "try" else "~" in text
