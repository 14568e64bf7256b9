"""Pictures that are files: a browser shows them without any network, and lets them be moved. Layer: tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from weftctl.packaging.artefact import PROJECT_ROOT

ORDER = PROJECT_ROOT / "examples" / "order-fulfilment.yaml"
DRAW = "import sys; from weftctl.main import run; sys.argv = ['weft', *sys.argv[1:]]; run()"

SCROLLED = """() => new Promise((tell) => {
  if (scrollY > 0) tell();
  addEventListener('scroll', () => tell(), {once: true});
})"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a network. A request or a complaint fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: troubles.append(asked.url) if not asked.url.startswith("file:") else None)
    yield page
    context.close()
    assert troubles == []


def drawn(format: str, folder: Path) -> str:
    """The address of a picture of the order."""
    file = folder / f"order.{format}"
    subprocess.run([sys.executable, "-c", DRAW, "visualize", str(ORDER), "-o", str(file)], check=True)
    return file.as_uri()


def view_box(page: Page) -> list[float]:
    """Which part of the picture is shown: left, top, width, height."""
    found: str = page.evaluate("document.querySelector('.view svg').getAttribute('viewBox')")
    return [float(each) for each in found.split()]


def test_every_step_is_there_when_the_svg_is_opened(page: Page, tmp_path: Path) -> None:
    page.goto(drawn("svg", tmp_path))

    texts: str = page.evaluate("document.documentElement.textContent")
    assert page.evaluate("document.documentElement.getBoundingClientRect().height") > 0
    for name in ("Approval", "Charge the card", "Reserve one line", "Release one line", "Late"):
        assert name in texts


def test_the_picture_is_zoomed_and_moved_when_the_page_is_used(page: Page, tmp_path: Path) -> None:
    page.goto(drawn("html", tmp_path))
    before = view_box(page)

    page.locator("[data-do='in']").click()
    near = view_box(page)
    page.locator(".view").hover()
    page.mouse.wheel(0, 100)

    assert near[2] < before[2]
    assert view_box(page)[1] > near[1]


def test_the_wheel_moves_the_page_when_there_is_no_more_of_the_picture(page: Page, tmp_path: Path) -> None:
    page.goto(drawn("html", tmp_path))
    page.locator("[data-do='whole']").click()
    whole = view_box(page)

    page.locator(".view").hover()
    page.mouse.wheel(0, 200)

    page.evaluate(SCROLLED)
    assert view_box(page) == whole
