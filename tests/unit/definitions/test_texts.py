"""Texts with a meaning: calendars, time zones, cron expressions, timers, variables; and single shapes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.domain.definitions.definition import (
    load_definition,
)
from chalicelib.domain.definitions.validation import validate
from tests.unit.definitions.samples import (
    POINT,
    Document,
    definition,
    document,
    edge,
    found,
    parallel,
    script,
    step,
)


@pytest.mark.parametrize("calendar", ["CN", "US-NY", "DE-BY", "house"])
def test_a_calendar_is_known_when_it_is_a_country_a_region_or_registered(calendar: str) -> None:
    deadline = {
        "deadline_type": {"type": "business_days", "days": 2, "calendar_id": calendar},
        "timeout_strategy": {"type": "auto_approve"},
    }
    given = document(
        step("ask", "human", intervention_point_id="p"), human_intervention_points=[{**POINT, "deadline": deadline}]
    )

    assert found(given, known_calendars={"house"}) == []


@pytest.mark.parametrize("calendar", ["cn", "China", "US-XX", "US-", "XX", "../US", "house", ""])
def test_a_calendar_is_unknown_when_nobody_knows_it(calendar: str) -> None:
    deadline = {
        "deadline_type": {"type": "business_days", "days": 2, "calendar_id": calendar},
        "timeout_strategy": {"type": "auto_approve"},
    }
    given = document(
        step("ask", "human", intervention_point_id="p"), human_intervention_points=[{**POINT, "deadline": deadline}]
    )

    assert [code for code, _ in found(given)] == ["UnknownCalendar"]


@pytest.mark.parametrize(
    "zone", ["", "Mars", "/etc/passwd", "../UTC", "europe/berlin", "America", "\x00", "x" * 5_000, "UTC\n"]
)
def test_a_time_zone_is_unknown_when_the_database_lacks_it(zone: str) -> None:
    assert found(document(schedule={"cron": "0 9 * * *", "timezone": zone})) == [
        ("UnknownTimezone", "/schedule/timezone")
    ]


@pytest.mark.parametrize("cron", ["", "* * * *", "x", "0 0 30 2 *", "61 * * * *", "* " * 300, "1,2-", "@daily"])
def test_a_cron_expression_is_refused_when_it_is_none(cron: str) -> None:
    assert found(document(schedule={"cron": cron})) == [("InvalidCron", "/schedule/cron")]


@pytest.mark.parametrize("cron", ["0 9 * * MON-FRI", "*/5 * * * *", "0 0 29 2 *", "0 0 L * *", "*/10 * * * * *"])
def test_a_cron_expression_is_accepted_when_it_fires(cron: str) -> None:
    assert found(document(schedule={"cron": cron, "timezone": "Europe/Berlin"})) == []


@pytest.mark.parametrize(
    "config",
    [
        {"type": "delay", "seconds": "$.input.wait"},
        {"type": "delay", "seconds": "PT5M"},
        {"type": "delay", "seconds": {"secs": 5, "nanos": 0}},
        {"type": "delay", "seconds": 0},
        {"type": "cron", "expression": "{% $.input.cron %}", "timezone": "$.input.zone"},
        {"type": "datetime", "datetime": "$.context.when"},
        {"type": "datetime", "datetime": "2030-01-31T09:00:00+08:00"},
    ],
)
def test_a_value_of_a_timer_may_be_an_expression(config: Document) -> None:
    assert found(document(step("t", "timer", timer_config=config))) == []


def test_a_handler_may_set_variables_by_name_or_path() -> None:
    def with_variables(names: list[str]) -> Document:
        mapping = dict.fromkeys(names, "$.event.x")
        handler = {"type": "set_variable", "variable_mapping": mapping}
        return document(event_handlers=[{"id": "h", "event_name": "x", "handler_type": handler}])

    assert found(with_variables(["a", "$.context.b", "c.d"])) == []
    at = "/event_handlers/0/handler_type/variable_mapping"
    assert found(with_variables(["$.output.b", "a b", ""])) == [
        ("InvalidTarget", f"{at}/"),
        ("InvalidTarget", f"{at}/$.output.b"),
        ("InvalidTarget", f"{at}/a b"),
    ]


def test_validating_a_definition_gives_the_findings_of_its_document() -> None:
    given = document(step("a", "decision", conditions=[{"condition": "$.input.x", "transition_to": "end"}]),
                     edges=[edge("start", "a")])  # fmt: skip
    loaded = load_definition(given)

    assert validate(loaded.definition) == list(loaded.findings)
    assert [each.code for each in validate(loaded.definition, runnable_step_types=())] == [
        "NoDefault", *["UnsupportedStepType"] * 3
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "places"),
    [
        (document(step("t", "timer", timer_config={"type": "delay", "seconds": [5]})),
         [("InvalidDuration", "/steps/1/step_type/timer_config/seconds")]),
        (document({"id": "a", "step_type": 5}), [("WrongType", "/steps/1/step_type")]),
        (document({"id": "a", "step_type": {"type": 5}}), [("WrongType", "/steps/1/step_type/type")]),
        (document(name="x" * 257), [("InvalidValue", "/name")]),
        (document(name=True), [("WrongType", "/name")]),
        (document(retry_policy={"max_attempts": Decimal("3.5")}), [("WrongType", "/retry_policy/max_attempts")]),
        (document(retry_policy={"max_attempts": Decimal("3e400")}), [("InvalidValue", "/retry_policy/max_attempts")]),
        (document(retry_policy={"max_attempts": 3, "jitter": "x"}), [("WrongType", "/retry_policy/jitter")]),
        (document(edges=[edge("start", "end"), None]), [("WrongType", "/transitions/1")]),  # type: ignore[list-item]
        (document(event_handlers=[{"id": "h", "event_name": "x"}]), [("MissingField", "/event_handlers/0")]),
        (
            document(step("ask", "human", intervention_point_id="p"), human_intervention_points=[{"id": "p"}]),
            [("MissingField", "/human_intervention_points/0")] * 3,
        ),
        (
            document(
                parallel("fork", ("one", "a", "c"), ("two", "b", "d")), *map(script, "abcd"),
                edges=[edge("start", "fork"), edge("fork", "end"), edge("a", "c"), edge("b", "d"), edge("b", "c")],
            ),
            [("BranchesShareStep", "/transitions/4")],
        ),
    ],
)  # fmt: skip
def test_each_finding_is_reported_when_a_shape_is_wrong(given: Document, places: list[tuple[str, str]]) -> None:
    assert found(given) == places


def test_whole_numbers_may_have_a_point() -> None:
    made = definition(document(retry_policy={"max_attempts": 3.0, "jitter": Decimal("0.5")}))

    assert made.retry_policy is not None
    assert (made.retry_policy.max_attempts, made.retry_policy.jitter) == (3, 0.5)
