"""A service that wants a key: a browser asks its user for it, and then everything works."""

from __future__ import annotations

from serving.config.service_settings import ServeSettings
from serving.middleware.api_keys import create_key
from serving.middleware.protection import protect
from tests.serving.page import browser, shown


def test_a_browser_asks_for_the_key_and_sends_it_along(chromium, tmp_path):
    key, _ = create_key(tmp_path / "api-keys.json", "reader", ["read"])
    settings = ServeSettings(home=tmp_path)
    with browser.serving(protect(shown.app(), settings)) as address:
        visit = browser.Visit(chromium, address, key=key)
        visit.page.goto("/try?name=mine&task=Maths&score=40")
        visit.page.locator("#said", has_text="5 predicted").wait_for()
        visit.page.get_by_role("link", name="Matrix").click()
        with visit.page.expect_download() as download:
            visit.page.get_by_role("link", name="CSV").click()
        assert download.value.suggested_filename == "benchcast-matrix.csv"
        visit.context.close()
        assert visit.faults == []
        stranger = browser.Visit(chromium, address, key="bc_no")
        assert stranger.page.goto("/").status == 401
        stranger.context.close()
