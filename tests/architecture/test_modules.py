"""Modules stay small, well named and explained.

Layer: tests. Engines of this kind drift into one god file; these limits are what keeps this one from it.
"""

from __future__ import annotations

import ast
import re
from itertools import chain

from tests.architecture.project import python_files, read, syntax_tree

MOST_LINES = 400
MOST_LINES_OF_APP = 150
# Words that say nothing about what a module is for, and so collect everything.
SHAPELESS = frozenset({"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"})


def words(name: str) -> set[str]:
    """The lower-case words of a snake_case or CamelCase name."""
    return set(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()))


def test_words_are_found_when_names_are_snake_or_camel_case() -> None:
    assert words("queue_utils") == {"queue", "utils"}
    assert words("LockManager") == {"lock", "manager"}


def test_no_module_is_longer_than_the_limit() -> None:
    lengths = {str(path): len(read(path).splitlines()) for path in python_files()}
    assert lengths, "no module was found, so none was measured"
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_app_only_registers_and_delegates() -> None:
    (app,) = python_files("app.py")
    assert len(read(app).splitlines()) <= MOST_LINES_OF_APP


def test_no_module_package_or_class_has_a_shapeless_name() -> None:
    modules = {part for path in python_files() for part in (*path.parent.parts, path.stem)}
    classes = {
        node.name for path in python_files() for node in ast.walk(syntax_tree(path)) if isinstance(node, ast.ClassDef)
    }
    assert sorted(name for name in chain(modules, classes) if words(name) & SHAPELESS) == []


def test_every_module_says_what_it_is_for() -> None:
    # An empty file only marks a package and has nothing to explain.
    silent = [str(path) for path in python_files() if read(path).strip() and not ast.get_docstring(syntax_tree(path))]
    assert silent == []
