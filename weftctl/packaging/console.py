"""Builds the console, from `console/` into `chalicelib/console_files/`, when its sources have changed.

Whatever packages does this first, so what is deployed always holds the console of the same checkout. A checkout without
`console/` is packaged without one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from chalicelib.api.built_console import ASSETS, MEDIA_TYPES, PAGE
from weftctl.packaging.errors import PackagingError
from weftctl.packaging.node import find_node

SOURCES: Final = "console"
OUTPUT: Final = "chalicelib/console_files"
# Read by the console's build from outside its folder.
_ELSEWHERE: Final = ("chalicelib/domain/definitions/definition.schema.json",)
_MARK: Final = "build/.cache/console"  # the sources that the output was built of
_LOCK: Final = "package-lock.json"
_INSTALLED: Final = "node_modules/.installed"  # the lock file that was installed
_NO_SOURCES: Final = frozenset({"node_modules", "coverage", "tests", "dist"})
_SAID_LINES: Final = 40

Say = Callable[[str], None]
Run = Callable[[Sequence[str], Path], None]


def build(root: Path, say: Say, run: Run | None = None) -> None:
    """Builds the console of the checkout ``root`` unless it is up to date. ``run`` performs an npm command in a folder.

    Raises:
        PackagingError: it cannot be installed or built, or something in it cannot be served.
    """
    console, output, mark = root / SOURCES, root / OUTPUT, root / _MARK
    if not (console / _LOCK).exists():
        return
    wanted = fingerprint_of(root)
    if (output / PAGE).exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    say("building the console")
    mark.unlink(missing_ok=True)  # what is left by a build that fails must not pass for the one that was wanted
    run = run or npm()
    install(console, run)
    shutil.rmtree(output, ignore_errors=True)
    run(["run", "build"], console)
    check(output)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(wanted, encoding="utf-8")


def fingerprint_of(root: Path) -> str:
    """A hash of all that the console is built of: 20 hexadecimal digits."""
    digest = hashlib.sha256()
    for file in [*_sources(root / SOURCES), *(root / name for name in _ELSEWHERE if (root / name).exists())]:
        digest.update(f"{file.relative_to(root)}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:20]


def install(console: Path, run: Run) -> None:
    """Installs what the lock file of the folder ``console`` names, unless it has been."""
    wanted, mark = hashlib.sha256((console / _LOCK).read_bytes()).hexdigest(), console / _INSTALLED
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    run(["ci", "--include=dev", "--no-audit", "--no-fund", "--prefer-offline"], console)
    mark.write_text(wanted, encoding="utf-8")


def check(output: Path) -> None:
    """Raises ``PackagingError`` for a build that the application could not serve as it is."""
    if not (output / PAGE).exists():
        raise PackagingError(f"the console's build left no {PAGE} in {OUTPUT}")
    files = [file.relative_to(output) for file in output.rglob("*") if file.is_file()]
    odd = [file for file in files if str(file) != PAGE and file.parent.as_posix() != ASSETS]
    if odd:
        raise PackagingError(f"only {PAGE} and what lies in {ASSETS}/ is served, not {_names(odd)}")
    unknown = [file for file in files if file.suffix not in MEDIA_TYPES]
    if unknown:
        raise PackagingError(f"chalicelib/api/built_console.py knows no media type that serves {_names(unknown)}")


def npm() -> Run:
    """Runs npm commands, without a word unless they fail."""
    node = find_node()
    environment = {**os.environ, "PATH": f"{node.folder}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "true"}

    def run(arguments: Sequence[str], console: Path) -> None:
        command = [*node.npm, *arguments]
        done = subprocess.run(command, cwd=console, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).strip().splitlines()[-_SAID_LINES:]
            raise PackagingError(f"npm {' '.join(arguments)} failed:\n" + "\n".join(lines))

    return run


def _sources(console: Path) -> list[Path]:
    found = (file for top in console.iterdir() if top.name not in _NO_SOURCES for file in [top, *top.rglob("*")])
    return sorted(file for file in found if file.is_file())


def _names(files: Sequence[Path]) -> str:
    return ", ".join(sorted(str(file) for file in files)[:5])
