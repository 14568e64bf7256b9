"""The dependency rule, and what importing the application may do.

Layer: tests. `api | events -> bootstrap -> engine | adapters -> ports -> domain`; the contracts are in `.importlinter`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.project import ROOT, imported_names, python_files

# Runs in a process of its own: imports the application where making a boto client or any connection is an error.
IMPORT_WITHOUT_AWS = """
import socket, sys
import botocore.session

def refuse(*args, **kwargs):
    raise AssertionError(f"done at import: {args[1:]} {kwargs}")

botocore.session.Session.create_client = refuse
socket.socket.connect = refuse
socket.getaddrinfo = refuse
import app
strays = {name.partition(".")[0] for name in sys.modules} & {"weftctl", "tests", "pytest", "moto", "ministack", "rich"}
assert not strays, f"imported with the application: {sorted(strays)}"
assert app.app.app_name == "weft"
"""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter at the project's root, with nothing of Weft's set in the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WEFT_", "COV_"))}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def top_names(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported_names(path)}


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "0 broken" in outcome.stdout


def test_app_imports_only_what_ships() -> None:
    (app,) = python_files("app.py")
    assert top_names(app) - sys.stdlib_module_names <= {"aws_lambda_powertools", "chalice", "chalicelib"}


def test_the_expression_engine_is_wrapped_in_one_place() -> None:
    users = {path.parent for path in python_files("chalicelib", "weftctl", "app.py") if "jsonatapy" in top_names(path)}
    assert users == {Path("chalicelib/domain/expressions")}


def test_the_machine_is_asked_for_time_and_chance_in_one_place() -> None:
    askers = {str(path) for path in python_files("chalicelib") if top_names(path) & {"random", "secrets", "time"}}
    assert {path for path in askers if not path.startswith("chalicelib/adapters/system")} == set()


def test_importing_the_app_makes_no_client_and_no_connection() -> None:
    outcome = run_python(IMPORT_WITHOUT_AWS)
    assert outcome.returncode == 0, outcome.stderr
