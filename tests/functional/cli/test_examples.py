"""Every example runs as it says, and so does every test that the documentation shows. Layer: tests."""

from __future__ import annotations

import inspect
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.functional.cli.runs import Json, Ran, Weft

pytestmark = pytest.mark.functional

ROOT = Path(__file__).resolve().parents[3]
TESTING = ROOT / "docs" / "testing.md"
FENCE = re.compile(r"^```python\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
Shown = Callable[[], None]


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def definitions() -> list[Path]:
    files = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in {".json", ".yaml"})
    return [path for path in files if not path.name.endswith((".signals.yaml", ".mocks.yaml"))]


def commands_in(path: Path) -> list[list[str]]:
    """The commands in the comments at the head of an example."""
    head = [line.removeprefix("#").strip() for line in path.read_text().splitlines() if line.startswith("#")]
    joined = "\n".join(head).replace("\\\n", " ")
    return [shlex.split(line)[1:] for line in joined.splitlines() if line.startswith("weft run ")]


WITH_COMMANDS = {path.name: commands_in(path) for path in definitions() if commands_in(path)}


@pytest.mark.parametrize("path", definitions(), ids=lambda path: path.name)
def test_an_example_is_valid(weft: Weft, path: Path) -> None:
    called = weft("validate", str(path))
    assert called.exit_code == 0, called.out


@pytest.mark.parametrize(
    ("name", "arguments"), [(name, each) for name, commands in WITH_COMMANDS.items() for each in commands]
)
def test_an_example_completes_when_it_is_run_as_it_says(weft: Weft, name: str, arguments: list[str]) -> None:
    ran = Ran(weft(*arguments))
    assert (ran.exit_code, ran.result["status"]) == (0, "completed"), ran.err
    assert ran.result["refused"] == []


def test_the_examples_with_commands_are_found() -> None:
    names = ("expense-approval", "payment-reminder", "payment-received", "retry-by-hand", "weekend-pause")
    assert WITH_COMMANDS.keys() >= {f"{name}.yaml" for name in names}
    assert len(WITH_COMMANDS["payment-received.yaml"]) == 2


ENDINGS: list[tuple[str, str | None, Any, float]] = [
    # example, input, output, days
    ("payment-reminder", '{"customer": "Ann", "invoice": "i-7"}', "Hello, Ann! Please remember invoice i-7.", 7),
    ("payment-received", '{"invoice": "i-7"}', "Invoice i-7 is overdue", 3),
    ("parcel-shipped", '{"order": "o-1"}', "Order o-1 has not shipped", 6),
    ("order-changes", '{"order": "o-1", "address": "Main Street 1"}', "o-1, Main Street 1", 3),
]


@pytest.mark.parametrize(("name", "given", "text", "days"), ENDINGS)
def test_an_example_ends_after_its_days(weft: Weft, name: str, given: str, text: str, days: float) -> None:
    result: Json = json.loads(weft("run", f"examples/{name}.yaml", "--input", given).out)
    assert text in result["output"].values()
    assert result["duration_seconds"] == days * 86_400


def shown_tests() -> list[Any]:
    """The tests in the documentation, each block of it in a namespace of its own."""
    found = []
    for number, block in enumerate(FENCE.findall(TESTING.read_text()), 1):
        namespace: dict[str, Any] = {"__name__": f"testing_md_{number}"}
        exec(compile(block, f"{TESTING.name}:{number}", "exec"), namespace)
        found += [
            pytest.param(value, id=name)
            for name, value in namespace.items()
            if name.startswith("test_") and inspect.isfunction(value)
        ]
    return found


SHOWN = shown_tests()


@pytest.mark.parametrize("shown", SHOWN)
def test_a_test_in_the_documentation_passes(shown: Shown) -> None:
    shown()


def test_the_tests_in_the_documentation_are_found() -> None:
    assert len(SHOWN) == 11
