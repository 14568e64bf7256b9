"""``python -m weftctl.packaging.console_command [SCRIPT …]``: builds the console, or runs scripts of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from chalicelib.domain.errors import WeftError
from weftctl.packaging.artefact import PROJECT_ROOT
from weftctl.packaging.console import SOURCES, Run, build, install, npm
from weftctl.packaging.errors import PackagingError


def main(scripts: Sequence[str], root: Path) -> int:
    """Builds the console, or runs ``scripts`` of it; returns the exit code: 0 done, 1 a script failed, 2 no build."""
    try:
        if not scripts:
            build(root, _say)
            return 0
        run = npm()
        install(root / SOURCES, run)
    except WeftError as error:
        _say(f"error: {error.message}")
        return 2
    return max(_script(script, run, root / SOURCES) for script in scripts)


def _script(name: str, run: Run, console: Path) -> int:
    try:
        run(["run", name], console)
    except PackagingError as error:
        _say(error.message)
        return 1
    _say(f"console: {name} passed")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], PROJECT_ROOT))
