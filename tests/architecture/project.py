"""The project's own files, as the architecture tests see them.

Layer: tests. Reads the tree git knows (tracked, or new and not ignored); what builds leave behind does not count.
"""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project, relative to its root, in order of path."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = {Path(name) for name in listed.split("\0") if name}
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


def python_files(*tops: str) -> tuple[Path, ...]:
    """The Python modules under the given top-level names (all, without any), relative to the root."""
    return tuple(path for path in project_files() if path.suffix == ".py" and (not tops or path.parts[0] in tops))


@cache
def read(path: Path) -> str:
    """The text of a project file."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def syntax_tree(path: Path) -> ast.Module:
    """The parsed module at `path`."""
    return ast.parse(read(path), filename=str(path))


def imported_names(path: Path) -> set[str]:
    """Dotted names of all modules that `path` imports, at the top or late."""
    names: set[str] = set()
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names
