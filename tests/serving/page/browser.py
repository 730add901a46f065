"""A real browser for the tests of the pages: the system's Chromium, driven by playwright."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from tests.conftest import NOT_RUN

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
REMEDY = (
    "the pages are looked at in Chromium: apt-get install chromium (or name a browser in "
    "BENCHCAST_CHROMIUM), and pip install 'benchcast[test]'"
)
#: milliseconds within which something has to be seen
PATIENCE = 60_000


@contextmanager
def browsing() -> Iterator[Any]:
    """Start a browser; skips the test where there is none."""
    path = os.environ.get("BENCHCAST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = ""
    if not path:
        pytest.skip(f"{NOT_RUN}{REMEDY}")
    with sync_playwright() as playwright:
        # every launch has a profile of its own, which goes away with it
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port; give its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # who connects before the server is up waits in line
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()


def expect(what: Any) -> Any:
    """Return playwright's assertions of `what`, which wait until they hold."""
    from playwright.sync_api import expect as expected

    expected.set_options(timeout=PATIENCE)
    return expected(what)


class Visit:
    """A page in the browser, which notes what it must not do.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
    address : str
        Of the service.
    width : int
        Of the window, pixels.
    dark : bool
    javascript : bool
    key : str, optional
        What is typed when the browser asks for a password.

    Attributes
    ----------
    page : playwright.sync_api.Page
    faults : list of str
        Console errors, exceptions and requests to another host.
    """

    def __init__(
        self,
        browser: Any,
        address: str,
        *,
        width: int = 1280,
        dark: bool = False,
        javascript: bool = True,
        key: str = "",
    ) -> None:
        self.address = address
        self.context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            reduced_motion="reduce",
            http_credentials={"username": "any", "password": key} if key else None,
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        self.page.on("request", self._sent)
        self.page.on("dialog", lambda dialog: (self.faults.append("dialog"), dialog.dismiss()))

    def _heard(self, message: Any) -> None:
        # the browser says so itself of every answer that is an error; some are meant to be
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _sent(self, request: Any) -> None:
        if not request.url.startswith(f"{self.address}/"):
            self.faults.append(f"request to {request.url}")
