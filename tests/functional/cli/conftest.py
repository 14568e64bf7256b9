"""The command line as a user calls it. Layer: tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.functional.cli import runs
from tests.functional.cli.fake_service import FakeService, fake_service
from tests.functional.cli.runs import Called, Weft
from weftctl.main import app


@pytest.fixture
def weft() -> Weft:
    """Calls the command line in this process, without a terminal."""

    def call(*arguments: str, env: dict[str, str] | None = None, stdin: str | None = None) -> Called:
        result = CliRunner().invoke(app, [*arguments], env=env, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Called(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def service() -> Iterator[FakeService]:
    """A service that answers as it is told."""
    with fake_service() as running:
        yield running


@pytest.fixture
def weft_at(weft: Weft, service: FakeService) -> Weft:
    """Calls the command line with ``service`` as its endpoint."""

    def call(*arguments: str, env: dict[str, str] | None = None, stdin: str | None = None) -> Called:
        return weft(*arguments, env={"WEFT_ENDPOINT": service.url} | (env or {}), stdin=stdin)

    return call


@pytest.fixture
def run(weft: Weft, tmp_path: Path) -> runs.Run:
    """Runs a definition with mocks and signals given as values."""

    def call(definition: dict[str, Any], *options: str, mocks: Any = None, signals: Any = None) -> runs.Ran:
        arguments = [written("definition.json", definition), "--start-at", runs.START, "--execution-id", "e1"]
        if mocks is not None:
            arguments += ["--mock", written("mocks.json", mocks)]
        if signals is not None:
            arguments += ["--signals", written("signals.json", signals)]
        return runs.Ran(weft("run", *arguments, *options))

    def written(name: str, value: Any) -> str:
        path = tmp_path / name
        path.write_text(json.dumps(value))
        return str(path)

    return call
