"""The console in a browser, as a person uses it. Layer: tests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.stack import Stack
from weftctl.packaging.artefact import PROJECT_ROOT

SCREENSHOTS = PROJECT_ROOT / "build" / "screenshots"
AXE = PROJECT_ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
SIZE = {"width": 1280, "height": 800}
PATIENCE_MS = 20_000.0
SERIOUS = frozenset({"serious", "critical"})

_TELL_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) => {
  console.error(`CSP: ${event.effectiveDirective} forbids ${event.blockedURI || event.sample}`);
});
"""
_RUN_AXE = """async (within) => {
  const found = await axe.run(within ?? document, {resultTypes: ['violations']});
  const where = (nodes) => nodes.map((node) => node.html);
  return found.violations.map(({id, impact, help, nodes}) => ({id, impact, help, where: where(nodes)}));
}"""


class Console:
    """A window on the console of ``stack``, as somebody. ``page`` is Playwright's.

    ``allow`` takes patterns of complaints that a test provokes on purpose.
    """

    def __init__(self, browser: Browser, stack: Stack, size: Mapping[str, int] = SIZE, **options: Any) -> None:
        self.stack = stack
        self._browser = browser
        self._context: BrowserContext = browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            locale=options.pop("locale", "en-GB"),
            reduced_motion="reduce",
            **options,
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self._context.add_init_script(_TELL_VIOLATIONS)
        self.page: Page = self._context.new_page()
        self._troubles: list[str] = []
        self._allowed: list[str] = []
        self._others: list[Console] = []
        self._listen()

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"{self.stack.url}/console"

    def sign_in(self, user: str, *groups: str) -> Console:
        """Be ``user`` of ``groups`` from the next opening on; else the window is that of `dev`, who may everything."""
        kept = json.dumps({"kind": "development", "token": f"dev:{user}:{','.join(groups)}"})
        self._context.add_init_script(f"sessionStorage.setItem('weft.credentials', {json.dumps(kept)});")
        return self

    def open(self, route: str = "") -> Console:
        """Open the page at a route of it, such as ``#/executions``, and wait until something is shown."""
        self.page.goto(self.url + route)
        self.page.wait_for_selector("#app > *")
        return self

    def beside(self, size: Mapping[str, int] = SIZE, **options: Any) -> Console:
        """A further window, in a profile of its own; ``options`` are those of a browser context of Playwright."""
        other = Console(self._browser, self.stack, size, **options)
        self._others.append(other)
        return other

    def allow(self, *patterns: str) -> None:
        """Let the browser complain of this, as regular expressions."""
        self._allowed += patterns

    def screenshot(self, name: str, *, whole: bool = False) -> Path:
        """Keep a picture of the window, or of the whole page, as build output."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        file = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=file, full_page=whole)
        return file

    def accessibility(self, within: str | None = None) -> list[str]:
        """What axe finds that is serious: one line each, empty if nothing is."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))  # by the debugger, which no policy concerns
        found: list[dict[str, Any]] = self.page.evaluate(_RUN_AXE, within)
        return [
            f"{each['impact']} {each['id']}: {each['help']}: {'; '.join(each['where'][:3])}"
            for each in found
            if each["impact"] in SERIOUS
        ]

    def close(self) -> list[str]:
        """Close the window, and those beside it; gives what the browser complained of, once."""
        troubles = [each for each in self._troubles if not any(re.search(allowed, each) for allowed in self._allowed)]
        self._troubles.clear()
        self._context.close()
        return troubles + [trouble for other in self._others for trouble in other.close()]

    def _listen(self) -> None:
        page, troubles = self.page, self._troubles
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("console", lambda said: troubles.append(f"{said.type}: {said.text}") if said.type == "error" else None)
        page.on("request", lambda request: self._judge(request.url))

    def _judge(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and parts.netloc != urlsplit(self.stack.url).netloc:
            self._troubles.append(f"request to another host: {address}")
