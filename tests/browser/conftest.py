"""Chromium, driven by Playwright, on the console of the deployed application. Layer: tests.

A test asks for ``console``: a page of its own in a fresh profile. What the browser complains of meanwhile (an error in
the console, a violation of the Content-Security-Policy, a request to another host) fails the test at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.browser.console import Console
from tests.e2e.fixtures import keep_together
from tests.e2e.stack import Stack

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and keep them in the process that has the stack."""
    keep_together([item for item in items if HERE in item.path.parents], "browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser, started once for the tests of a module.

    Not for longer: while Playwright is at work an event loop runs in this thread, and other tests start their own.
    """
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS), headless=True)
        yield launched
        launched.close()


@pytest.fixture
def console(browser: Browser, stack: Stack) -> Iterator[Console]:
    """The console in a window of 1280 × 800, not yet opened. Further windows: ``console.beside()``."""
    opened = Console(browser, stack)
    yield opened
    troubles = opened.close()
    assert troubles == []
