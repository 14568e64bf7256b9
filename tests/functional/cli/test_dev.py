"""`weft dev` hands over to the local stack. Layer: tests."""

from __future__ import annotations

import pytest

from tests.functional.cli.runs import Weft

pytestmark = pytest.mark.functional


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ([], {"port": 8080, "reload": False}),
        (["--port", "9000", "--reload"], {"port": 9000, "reload": True}),
    ],
)
@pytest.mark.parametrize("exit_code", [0, 3])
def test_the_stack_is_run_with_the_options_given(
    weft: Weft,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    given: dict[str, object],
    exit_code: int,
) -> None:
    called: list[dict[str, object]] = []

    def main(**options: object) -> int:
        called.append(options)
        return exit_code

    monkeypatch.setattr("weftctl.local.dev.main", main)
    assert weft("dev", *options).exit_code == exit_code
    assert called == [given]


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_a_port_is_refused_when_there_is_none_such(weft: Weft, port: str) -> None:
    called = weft("dev", "--port", port)
    assert called.exit_code == 2
    assert "--port" in called.err
