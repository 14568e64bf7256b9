"""What must not be in the tree: paths of a machine, package indexes, secrets, generated files, tests that cannot fail.

Layer: tests. This file quotes what it looks for, and is the one file that is not searched.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.project import ROOT, project_files, python_files, read

THIS_FILE = Path(__file__).resolve().relative_to(ROOT)
BINARY = frozenset({".gif", ".gz", ".ico", ".jpg", ".png", ".woff2", ".zip"})

# What is looked for; the samples below are made of it, and stand for nothing else in this file.
MACHINE_PATH = re.compile(r"(?<![\w.~$}*])/(?:work|root|home|Users|tmp/\w+)/")
PACKAGE_INDEX = re.compile(r"pypi\.|pythonhosted\.|registry\.npmjs\.|(?<!emit-)index-url|find-links")
SECRET = re.compile(r"\bA[KS]IA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b|\braise NotImplementedError\b|except(?: Exception)?: *pass\b")
SWITCHED_OFF = re.compile(r"\bpytest\.(?:skip|xfail|importorskip)\b|\bmark\.(?:skip|skipif|xfail)\b|\bunittest\.skip")
SLEEPS = re.compile(r"\btime\.sleep\(|from time import .*\bsleep\b")
GENERATED = re.compile(r"(^|/)(__pycache__|node_modules|build|dist|\.venv|\.weft|deployments)/|\.(pyc|zip|min\.js)$")

FORBIDDEN_LINES = {
    "path of a machine": (MACHINE_PATH, project_files()),
    "package index": (PACKAGE_INDEX, project_files()),
    "secret": (SECRET, project_files()),
    "unfinished code": (UNFINISHED, python_files()),
    "test switched off": (SWITCHED_OFF, python_files("tests")),
    # What waits for a program of its own looks again and again, and may pause in between; a test itself calls that.
    "sleep in a test": (SLEEPS, [path for path in python_files("tests") if path.name.startswith("test_")]),
}


@pytest.mark.parametrize(
    ("pattern", "line"),
    [  # each a sample of what is refused, and nothing that is used
        (MACHINE_PATH, "see /home/ann/notes"),
        (MACHINE_PATH, '"/tmp/scratch/x"'),
        (PACKAGE_INDEX, "pip install --index-url http://x"),
        (SECRET, "key = AKIAABCDEFGHIJKLMNOP"),
        (UNFINISHED, "# TODO later"),
        (SWITCHED_OFF, "@pytest.mark.xfail"),
        (SLEEPS, "time.sleep(1)"),
        (GENERATED, "console/node_modules/x.js"),
        (GENERATED, "a/b.pyc"),
    ],
)
def test_a_forbidden_line_is_found_when_there_is_one(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize("line", ["https://example.com/home/ann", "{id}/work/x", "$HOME/work/x", "../work/x", "/tmp"])
def test_a_line_passes_when_its_path_belongs_to_no_machine(line: str) -> None:
    assert not MACHINE_PATH.search(line)


@pytest.mark.parametrize("kind", FORBIDDEN_LINES)
def test_no_line_of_the_project_is_forbidden(kind: str) -> None:
    pattern, files = FORBIDDEN_LINES[kind]
    searched = [path for path in files if path.suffix not in BINARY and path != THIS_FILE]
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path in searched
        for number, line in enumerate(read(path).splitlines(), start=1)
        if pattern.search(line)
    ]
    assert searched, "no file was searched"
    assert found == []


def test_no_generated_file_is_tracked() -> None:
    assert [str(path) for path in project_files() if GENERATED.search(path.as_posix())] == []
