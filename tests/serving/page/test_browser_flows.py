"""What people do with the pages, done in a real browser."""

from __future__ import annotations

import re

import pytest

from tests.serving.page.browser import expect
from tests.serving.page.shown import CLOSING, SCRIPT, SLASH


def cell(page, model, task):
    """Return the cell of a model and task in the matrix."""
    heads = page.locator("#matrix .tasks .name").all_inner_texts()
    names = page.locator("#matrix tbody th").all_inner_texts()
    return (
        page.locator("#matrix tbody tr")
        .nth(names.index(model))
        .locator("td")
        .nth(heads.index(task))
    )


def predicted(page):
    """Return a predicted cell with its model and task."""
    found = page.locator("#matrix td.p").first
    at = found.evaluate("c => [c.parentElement.cells[0].innerText, c.cellIndex]")
    return found, at[0], page.locator("#matrix .tasks .name").nth(at[1] - 1).inner_text()


def test_a_cell_says_what_it_is_under_the_mouse(visit, address):
    page = visit("/").page
    tip = page.locator("#tip")
    assert not tip.is_visible()
    found, model, task = predicted(page)
    found.hover()
    said = tip.inner_text()
    answer = page.request.post(
        f"{address}/v1/predictions", data={"cells": [{"model": model, "task": task}]}
    ).json()["cells"][0]
    assert model in said and task in said and "predicted" in said
    assert answer["reason"] in said and "90 % interval: " in said
    ends = re.search(r"interval: (-?[\d.]+) to (-?[\d.]+)", said)
    low, high = answer["lower"], answer["upper"]
    assert float(ends[1]) == pytest.approx(low, abs=0.51 if high > 1 else 0.006)
    assert float(ends[2]) == pytest.approx(high, abs=0.51 if high > 1 else 0.006)
    page.locator("#matrix td.o").first.hover()
    assert "measured" in tip.inner_text() and "interval" not in tip.inner_text()
    page.mouse.move(5, 5)
    assert not tip.is_visible()


def test_the_arrow_keys_walk_through_the_matrix(visit):
    page = visit("/").page
    page.locator("summary").focus()
    page.keyboard.press("Tab")  # the whole table is one stop
    at = "[document.activeElement.parentElement.sectionRowIndex, document.activeElement.cellIndex]"
    assert page.evaluate(at) == [0, 1]
    for key, place in [
        ("ArrowRight", [0, 2]),
        ("ArrowDown", [1, 2]),
        ("End", [1, 6]),
        ("ArrowRight", [1, 6]),
        ("Control+End", [12, 6]),
        ("ArrowUp", [11, 6]),
        ("Control+Home", [0, 1]),
        ("PageDown", [10, 1]),
        ("PageUp", [0, 1]),
    ]:
        page.keyboard.press(key)
        assert page.evaluate(at) == place, key
    name = "document.activeElement.className || document.activeElement.parentElement.tagName"
    for key, what in [("ArrowUp", "sort"), ("ArrowUp", "name"), ("ArrowUp", "name")]:
        page.keyboard.press(key)
        assert page.evaluate(name) == what
    for key in ("ArrowDown", "ArrowDown", "Home"):
        page.keyboard.press(key)
    assert page.evaluate(name) == "TH"  # the model's link
    page.keyboard.press("ArrowRight")
    assert page.locator("#tip").is_visible()
    told = page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    assert told == "tip"
    page.keyboard.press("Tab")
    assert page.evaluate("Boolean(document.activeElement.closest('footer'))")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    assert not page.locator("#tip").is_visible()
    model = page.evaluate("document.activeElement.parentElement.cells[0].innerText")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(f"{model} on ")


def test_a_second_click_on_a_cell_says_how_it_comes_about(visit):
    page = visit("/").page
    cell = page.locator("#matrix tbody td.p").first
    model = cell.evaluate("cell => cell.parentElement.cells[0].innerText")
    cell.click()
    assert page.locator("#tip").is_visible()
    cell.click()
    expect(page.locator("h1")).to_contain_text(f"{model} on ")
    assert page.get_by_role("heading", name="How it adds up").is_visible()


def test_typing_filters_the_matrix_without_another_page(visit):
    page = visit("/").page
    page.evaluate("window.same = true")
    rows = page.locator("#matrix tbody tr")
    assert rows.count() == 13
    page.get_by_label("Model", exact=True).fill("family2")
    page.wait_for_url("**/?model=family2*")
    page.locator("#result", has_not_text="Nobody").wait_for()
    assert rows.count() == 4
    page.get_by_label("Zoom").select_option("large")
    page.wait_for_url("**zoom=large*")
    page.locator("#matrix.large").wait_for()
    page.locator("summary").click()
    page.get_by_label("Cells").select_option("observed")
    page.wait_for_url("**show=observed*")
    page.locator("#matrix td.x").first.wait_for()
    assert page.locator("#matrix td.p").count() == 0
    page.go_back()
    page.locator("#matrix td.p").first.wait_for()
    assert page.get_by_label("Cells").input_value() == "all"
    assert page.evaluate("window.same") is True
    page.get_by_role("link", name="Reset").click()
    page.wait_for_url(re.compile(r"/$"))
    assert rows.count() == 13


def test_a_click_on_a_task_sorts_by_it_and_another_one_turns_it(visit):
    page = visit("/").page
    sort = page.get_by_role("link", name="Sort by Maths")
    head = page.locator("#matrix .tasks th", has_text="Maths").first
    sort.focus()
    page.keyboard.press("Enter")
    page.locator("#matrix th[aria-sort=descending]").wait_for()
    column = page.locator("#matrix .tasks .name").all_inner_texts().index("Maths") + 1
    values = (
        "[...document.querySelectorAll('#matrix tbody tr')].map("
        f"r => parseFloat(r.cells[{column}].textContent.replace(/[~?]/, '')))"
    )
    down = page.evaluate(values)
    assert all(a >= b - 1 for a, b in zip(down, down[1:], strict=False))  # shown in whole points
    assert "Sort by Maths" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.locator("#matrix th[aria-sort=ascending]").wait_for()
    assert page.evaluate(values) == down[::-1] or sorted(down) == sorted(page.evaluate(values))
    assert head.get_attribute("aria-sort") == "ascending"


def test_from_the_matrix_to_a_model_a_task_and_a_comparison(visit):
    page = visit("/").page
    page.get_by_role("link", name=SCRIPT).click()
    expect(page.locator("h1")).to_have_text(SCRIPT)
    page.get_by_role("link", name="strongest first").click()
    page.locator(".profile").get_by_role("link", name=CLOSING).click()
    expect(page.locator("h1")).to_have_text(CLOSING)
    assert page.locator(".tie").count() > 0
    page.locator(".ranking").get_by_role("link", name=SLASH).click()
    expect(page.locator("h1")).to_have_text(SLASH)
    page.get_by_role("link", name="Compare with another model").click()
    page.get_by_label("Second model").fill(SCRIPT)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("h1")).to_have_text(f"{SLASH} against {SCRIPT}")
    before = page.locator(".versus tbody tr").first.inner_text()
    page.get_by_role("link", name="Swap").click()
    expect(page.locator("h1")).to_have_text(f"{SCRIPT} against {SLASH}")
    assert page.locator(".versus tbody tr").last.inner_text() != before
    page.get_by_role("searchbox").fill("maths")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Maths")


def test_a_row_is_filled_in_while_it_is_typed(visit, address):
    page = visit("/try").page
    page.get_by_label("Name of the model").fill("mine")
    page.get_by_label("Task of score 1").fill("maths")  # in any case
    page.get_by_label("Score 1", exact=True).fill("40")
    page.locator("#said", has_text="mine: 5 predicted, 1 measured").wait_for()
    row = page.locator("#row tbody tr", has=page.get_by_role("link", name="Code"))
    answer = page.request.post(
        f"{address}/v1/complete", data={"model": "mine", "scores": {"Maths": 40}}
    ).json()
    known = {c["task"]: c for c in answer["cells"]}
    shown = row.locator("td.num b").inner_text()
    assert shown == f"~{known['Code']['prediction']:.2f}"
    mine = page.locator("#row tbody tr", has=page.get_by_role("link", name="Maths"))
    assert "40.0" in mine.inner_text() and "measured" in mine.inner_text()
    page.get_by_label("Score 1", exact=True).fill("55")
    row.locator("b", has_not_text=shown).wait_for()
    page.reload()  # what was typed stands in the address
    page.locator("#said", has_text="mine: 5 predicted, 1 measured").wait_for()
    assert page.get_by_label("Score 1", exact=True).input_value() == "55"
    page.get_by_role("button", name="Start again").click()
    page.locator("#said", has_text="Add a score").wait_for()


def test_faults_are_told_at_their_fields_and_the_rest_is_filled_in(visit):
    page = visit("/try").page
    page.get_by_label("Task of score 1").fill("Maths")
    first = page.get_by_label("Score 1", exact=True)
    first.fill("140")
    page.get_by_text("This task goes from 0 to 100.").wait_for()
    assert first.get_attribute("aria-invalid") == "true"
    page.get_by_label("Task of score 2").fill("Reading")
    page.get_by_label("Score 2", exact=True).fill("60")
    page.locator("#said", has_text="5 predicted, 1 measured").wait_for()
    first.fill("sixty")
    page.get_by_text("A number, such as 70.").wait_for()
    first.fill("60")
    page.locator("#said", has_text="4 predicted, 2 measured").wait_for()
    assert first.get_attribute("aria-invalid") is None
    page.get_by_label("Task of score 3").fill("Math")
    page.get_by_label("Score 3", exact=True).fill("1")
    fault = page.locator("#score-3-fault")
    fault.wait_for()
    assert "did you mean 'Maths'" in fault.inner_text()
    page.get_by_role("button", name="Remove score 3").click()
    page.get_by_text("Factors of the model").click()
    page.get_by_label("Parameters", exact=True).fill("-3")
    fault = page.locator("#f-params-fault")
    fault.wait_for()
    assert "greater than 0" in fault.inner_text()
    page.get_by_label("Parameters", exact=True).fill("7B")
    page.get_by_label("Open weights").select_option("true")
    page.locator("#f-params-fault").wait_for(state="hidden")
    page.locator("#said", has_text="4 predicted, 2 measured").wait_for()


def test_an_unknown_address_leads_to_what_is_there(visit):
    page = visit("/models/famly1-2").page
    page.get_by_role("link", name="family1-2").click()
    expect(page.locator("h1")).to_have_text("family1-2")
