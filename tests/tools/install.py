"""Installs the npm packages that tests ask for their judgement, unless they are there. Layer: tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from weftctl.packaging.artefact import PROJECT_ROOT
from weftctl.packaging.console import install, npm

TOOLS: Final = Path(__file__).resolve().parent


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    install(TOOLS, npm(PROJECT_ROOT, _say))
