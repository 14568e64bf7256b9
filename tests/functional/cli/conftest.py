"""The command line as a user calls it. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from tests.functional.cli.fake_service import FakeService, fake_service
from weftctl.main import app


class Called(NamedTuple):
    """What a call gave."""

    exit_code: int
    out: str
    err: str


Weft = Callable[..., Called]


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
