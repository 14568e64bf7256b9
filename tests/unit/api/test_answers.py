"""Answers on their way out. Layer: tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.api import answers
from chalicelib.api.answers import Answer, Large, fit, fit_rows, to_response
from chalicelib.engine.queries import travelling_size

BIG = "x" * 4_000_000


def values(document: dict[str, Any], **links: str) -> list[Large]:
    return [
        Large(pointer=f"/{name}", holder=document, key=name, link=links.get(name)) for name in document if name != "id"
    ]


def test_numbers_keep_every_digit_when_they_leave() -> None:
    response = to_response(Answer(body=[2**70, Decimal("1E+400"), 0.1], status=201, headers={"X": "y"}))

    assert response.body == "[1180591620717411303424,1E+400,0.1]"
    assert (response.status_code, response.headers) == (201, {"Content-Type": "application/json", "X": "y"})


def test_nothing_is_left_out_when_the_document_fits() -> None:
    document = {"id": "a", "one": BIG}

    fit(document, values(document))
    fit_rows(document, "rows", lambda row: False, "/there")

    assert document == {"id": "a", "one": BIG}


def test_the_largest_is_left_out_when_that_is_enough() -> None:
    document: dict[str, Any] = {"id": "a", "small": "x" * 2_000, "one": BIG, "two": BIG + "x"}

    fit(document, values(document, two="/there"))

    assert document["truncated"] == [{"pointer": "/two", "bytes": len(BIG) + 3, "link": "/there"}]
    assert (document["two"], document["one"]) == (None, BIG)


def test_small_values_stay_when_leaving_them_out_would_not_help() -> None:
    document: dict[str, Any] = {"id": BIG + BIG, "one": "x" * 100, "two": 1, "three": ["y"] * 10}

    fit(document, values(document))

    assert (document["one"], document["two"], document["truncated"]) == ("x" * 100, 1, [])


@pytest.mark.parametrize(("character", "weight"), [("x", 1), ('"', 4), ("é", 6), ("猫", 6), ("😀", 12), ("\n", 3)])
def test_a_size_is_that_of_text_inside_a_text(character: str, weight: int) -> None:
    assert travelling_size(character * 100) == 100 * weight + travelling_size("")


def test_rows_to_keep_stay_when_others_are_left_out() -> None:
    rows = [{"n": number, "text": "x" * 1_000} for number in range(8_000)]
    document: dict[str, Any] = {"rows": rows}

    fit_rows(document, "rows", lambda row: row["n"] == 0, "/there")

    (entry,) = document["truncated"]
    assert document["rows"][0]["n"] == 0
    assert document["rows"][-1]["n"] == 7_999
    assert entry["rows"] == 8_000 - len(document["rows"])
    assert (entry["pointer"], entry["link"]) == ("/rows", "/there")
    assert travelling_size(document["rows"]) < answers.LIMIT_BYTES
