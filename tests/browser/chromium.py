"""Where Chromium is, and how it is started for tests. Layer: tests."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox",  # in a container there is none to be had
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """The browser's path. An ``AssertionError`` says how to get one."""
    found = next((path for path in map(shutil.which, NAMES) if path is not None), None)
    assert found is not None, "there is no Chromium: `make browser` installs it, or says how"
    return found
