"""One browser and one service for the tests of a file."""

from __future__ import annotations

import pytest

from tests.serving.page import browser, shown


@pytest.fixture(scope="module")
def chromium():
    with browser.browsing() as started:
        yield started


@pytest.fixture(scope="module")
def address():
    with browser.serving(shown.app()) as at:
        yield at


@pytest.fixture
def visit(chromium, address):
    """Return a function that opens a page; what it does wrong fails the test at its end."""
    opened = []

    def go(path: str, **more) -> browser.Visit:
        visit = browser.Visit(chromium, address, **more)
        opened.append(visit)
        visit.page.goto(path)
        return visit

    yield go
    for each in opened:
        each.context.close()
    assert [fault for each in opened for fault in each.faults] == []
