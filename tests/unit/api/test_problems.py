"""From errors to problems. Layer: tests."""

from __future__ import annotations

import pytest

from chalicelib.api import problems
from chalicelib.api.problems import MethodNotAllowed, UnknownRoute, from_error
from chalicelib.domain import errors
from chalicelib.domain.errors import Finding, WeftError
from chalicelib.domain.jsonvalue import JsonError


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidRequest("x"), 400, "InvalidRequest"),
        (errors.InvalidDefinition("x"), 400, "InvalidDefinition"),
        (errors.InvalidInput("x"), 400, "InvalidInput"),
        (errors.InvalidCursor("x"), 400, "InvalidCursor"),
        (JsonError("x"), 400, "InvalidJson"),
        (errors.Unauthorized("x"), 401, "Unauthorized"),
        (errors.Unauthorized("x", code="NoAuthorizer"), 401, "NoAuthorizer"),
        (errors.Forbidden("x"), 403, "Forbidden"),
        (errors.NotFound("x", code="ExecutionNotFound"), 404, "ExecutionNotFound"),
        (UnknownRoute("x"), 404, "UnknownRoute"),
        (MethodNotAllowed("x", ["GET"]), 405, "MethodNotAllowed"),
        (errors.Conflict("x", code="VersionExists"), 409, "VersionExists"),
        (errors.VersionConflict("x"), 409, "VersionConflict"),
        (errors.TooLarge("x"), 413, "PayloadTooLarge"),
        (problems.UnsupportedMediaType("x"), 415, "UnsupportedMediaType"),
        (problems.NotOffered("x"), 501, "NotOffered"),
        (errors.Unavailable("x"), 503, "Unavailable"),
    ],
)
def test_a_problem_has_the_status_of_its_error(error: WeftError, status: int, code: str) -> None:
    problem = from_error(error)

    assert problem is not None
    assert (problem.status, problem.code, problem.detail) == (status, code, "x")


def test_every_public_error_has_a_status() -> None:
    public = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, WeftError)} - {
        WeftError
    }

    assert [each for each in public if not set(each.__mro__) & problems.STATUSES.keys()] == []


def test_an_error_is_no_problem_of_the_caller_when_nothing_lists_it() -> None:
    assert from_error(WeftError("inside")) is None


def test_the_document_has_the_standard_s_fields_and_the_earlier_ones() -> None:
    error = errors.InvalidInput("bad", [Finding(code="WrongType", pointer="$.input", message="m", hint="h")])
    problem = from_error(error)

    assert problem is not None
    assert problem.to_dict("r-1") == {
        "type": "urn:weft:problem:InvalidInput",
        "title": "Invalid input",
        "status": 400,
        "detail": "bad",
        "code": "InvalidInput",
        "errors": [{"code": "WrongType", "pointer": "$.input", "message": "m", "hint": "h", "severity": "error"}],
        "error": "InvalidInput",
        "message": "bad",
        "request_id": "r-1",
    }
