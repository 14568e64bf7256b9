"""Which methods a path has, and which origins are let in. Layer: tests."""

from __future__ import annotations

import pytest

from chalicelib.api.gateway import GREEDY, allowed_origin, methods_of

ROUTES = {
    "/": {"GET": None},
    GREEDY: {"GET": None, "OPTIONS": None},
    "/a": {"POST": None, "GET": None},
    "/a/{x}": {"DELETE": None},
    "/a/b": {"GET": None},
}


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/a", ["GET", "POST"]),
        ("/a/", ["GET", "POST"]),
        ("/a/c", ["DELETE"]),
        ("/a/b", ["GET", "DELETE"]),
        ("/", []),
        ("/b", []),
        ("/a/b/c", []),
        ("/{proxy+}", []),
        ("", []),
    ],
)
def test_a_path_has_the_methods_of_the_routes_that_take_it(path: str, methods: list[str]) -> None:
    assert methods_of(path, ROUTES) == methods


@pytest.mark.parametrize(
    ("origin", "allowed", "expected"),
    [
        (None, ["*"], None),
        ("https://a", [], None),
        ("https://a", ["https://b"], None),
        ("https://a", ["https://b", "https://a"], "https://a"),
        ("https://a", ["*"], "https://a"),
    ],
)
def test_an_origin_is_let_in_when_the_setting_names_it(
    origin: str | None, allowed: list[str], expected: str | None
) -> None:
    assert allowed_origin(origin, allowed) == expected
