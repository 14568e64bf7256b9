"""Installs the npm packages that tests ask for their judgement, unless they are there. Layer: tests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from weftctl.packaging.console import install, npm

TOOLS: Final = Path(__file__).resolve().parent


if __name__ == "__main__":
    install(TOOLS, npm())
