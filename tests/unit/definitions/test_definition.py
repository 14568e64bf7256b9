"""Loading and checking as a whole: results, statistics, round trips, and what may run."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.domain.definitions.definition import (
    check_definition,
    content_hash,
    load_definition,
    to_document,
)
from chalicelib.domain.definitions.supported import FEATURES, STEP_TYPES, step_type_name
from chalicelib.domain.errors import InvalidDefinition, TooLarge
from tests.unit.definitions.samples import (
    POINT,
    Document,
    classic,
    definition,
    document,
    edge,
    first_dialect,
    found,
    only,
    report,
    script,
    step,
)


def test_a_definition_is_loaded_when_it_is_valid() -> None:
    given = document(script("a", timeout="PT1M30S"), timeout={"secs": 5, "nanos": 500_000_000}, tags={"team": "x"})

    loaded = load_definition(given)

    assert loaded.findings == ()
    assert loaded.definition.timeout == 5.5
    assert [each.id for each in loaded.definition.steps] == ["start", "a", "end"]
    assert loaded.definition.steps[1].timeout == 90.0
    assert loaded.definition.tags == {"team": "x"}


@pytest.mark.parametrize("media_type", [None, "application/json"])
def test_a_definition_is_the_same_when_it_comes_as_text(media_type: str | None) -> None:
    given = document(script("a"))
    text = json.dumps(given)

    assert load_definition(text, media_type=media_type) == load_definition(given)
    assert load_definition(text.encode(), media_type=media_type) == load_definition(given)


def test_the_document_is_not_changed_when_it_is_loaded() -> None:
    given = first_dialect(
        classic("a", "Parallel", "b", "c"),
        classic("b", "Decision", {"target_id": "d", "condition": "$.input.x"}, {"target_id": "e"}),
        classic("c", "Activity", "e", activity_type="x"),
        classic("d", "Activity", "e", activity_type="x"),
        classic("e", "HumanTask"),
        human_intervention_points=[
            {"id": "p", "step_id": "e", "name": "E", "allowed_actions": ["Approve"], "timeout": 5}
        ],
        event_handlers=[{"id": "h", "event_type": "x", "action": {"SetVariable": {"name": "a", "value": "1"}}}],
    )
    before = json.dumps(given)

    assert report(given).definition is not None
    assert json.dumps(given) == before


def test_the_error_says_how_much_is_wrong_when_there_is_more_than_one_thing() -> None:
    with pytest.raises(InvalidDefinition, match=r"^There is no field 'x' here at /x$"):
        load_definition(document(x=1))
    with pytest.raises(InvalidDefinition, match=r"^There is no field 'x' here at /x \(and 1 more\)$"):
        load_definition(document(x=1, y=2))
    with pytest.raises(InvalidDefinition, match=r"^A definition is an object, and this document is not$"):
        load_definition("[]")


def test_too_large_is_raised_when_a_definition_has_two_megabytes() -> None:
    text = json.dumps(document(description="x" * 2_000_000))

    for given in (text, text.encode(), json.loads(text)):
        with pytest.raises(TooLarge):
            load_definition(given)
        checked = check_definition(given)
        assert [(each.code, each.severity) for each in checked.findings] == [("PayloadTooLarge", "error")]
        assert checked.definition is None


@pytest.mark.parametrize("given", [{"id": {1, 2}}, {"id": "\ud800"}, {5: "x"}, [1], None, 5])
def test_a_finding_is_given_when_a_document_is_not_json(given: Any) -> None:
    checked = check_definition(given)

    assert [each.severity for each in checked.findings] == ["error"]
    assert checked.statistics.steps_by_type == {}


def test_statistics_count_what_was_understood() -> None:
    handler = {"id": "h", "event_name": "x", "handler_type": {"type": "pause_workflow"}}
    given = document(script("a"), script("b"), {"id": "c"}, event_handlers=[handler])

    statistics = report(given).statistics

    assert statistics.steps_by_type == {"end": 1, "script": 2, "start": 1}
    assert (statistics.transitions, statistics.handlers) == (4, 1)


def test_a_document_gives_the_same_definition_when_it_is_written_out() -> None:
    given = definition(document(script("a", retry_policy={"max_retries": 2, "retry_intervals": [1, "PT5S"]})))

    assert load_definition(to_document(given)).definition == given
    assert load_definition(json.dumps(to_document(given))).definition == given


def test_the_content_is_equal_when_only_the_form_differs() -> None:
    one = document(script("a", timeout=60, skippable=False))
    other = document(script("a", timeout="PT1M"))
    other["transitions"] = [{"from": each["from_step_id"], "to": each["to_step_id"]} for each in other["transitions"]]
    different = document(script("a", timeout=61))

    assert content_hash(definition(one)) == content_hash(definition(other))
    assert content_hash(definition(one)) != content_hash(definition(different))


@pytest.mark.parametrize("field", ["created_at", "updated_at", "$schema"])
def test_a_field_is_read_and_left_out_when_it_is_not_content(field: str) -> None:
    assert definition({**document(), field: "2030-01-01T00:00:00Z"}) == definition(document())


def test_a_step_type_is_refused_when_it_cannot_run() -> None:
    given = document(step("w", "wait", event_name="x"), script("a"))

    finding = only(given, runnable_step_types={"start", "end", "script"})

    assert (finding.code, finding.pointer) == ("UnsupportedStepType", "/steps/1/step_type")
    assert finding.hint == "These can: end, script, start."
    assert report(given).findings == ()


@pytest.mark.parametrize(
    ("feature", "pointer", "given"),
    [
        ("schedule", "/schedule", document(schedule={"cron": "0 9 * * *"})),
        ("subscriptions", "/subscriptions", document(subscriptions=[{"type": "event", "event_name": "x"}])),
        (
            "event_handlers",
            "/event_handlers",
            document(event_handlers=[{"id": "h", "event_name": "x", "handler_type": {"type": "pause_workflow"}}]),
        ),
        ("confirmation", "/steps/1/requires_confirmation", document(script("a", requires_confirmation=True))),
        ("compensation", "/compensate_on_cancel", document(compensate_on_cancel=True)),
        (
            "compensation",
            "/steps/1/compensation_step_id",
            document(script("a", compensation_step_id="b"), script("b"), edges=[edge("start", "a"), edge("a", "end")]),
        ),
        (
            "task_list",
            "/steps/1/step_type/task_list",
            document(step("a", "activity", activity_type="t", task_list="gpu")),
        ),
        (
            "heartbeat_timeout",
            "/steps/1/step_type/heartbeat_timeout",
            document(step("a", "activity", activity_type="t", heartbeat_timeout=5)),
        ),
        (
            "human_intervention",
            "/human_intervention_points",
            document(step("ask", "human", intervention_point_id="p"), human_intervention_points=[POINT]),
        ),
    ],
)
def test_a_feature_is_refused_when_it_cannot_run(feature: str, pointer: str, given: Document) -> None:
    others = set(FEATURES) - {feature}

    assert found(given, runnable_features=others) == [("UnsupportedFeature", pointer)]
    assert found(given, runnable_features={feature}) == []
    assert found(given) == []


def test_names_of_step_types_are_those_of_documents() -> None:
    assert set(STEP_TYPES) == {
        "start", "end", "activity", "decision", "parallel", "map", "wait", "timer", "human", "sub_workflow", "event",
        "data_mapping", "script",
    }  # fmt: skip
    assert step_type_name(definition(document()).steps[0].step_type) == "start"


@pytest.mark.parametrize(
    ("pointer", "given"),
    [
        ("/monitoring_config", document(monitoring_config={"track_data_changes": True})),
        ("/steps/1/monitoring_config", document(script("a", monitoring_config={"track_data_changes": True}))),
    ],
)
def test_a_monitoring_configuration_is_kept_with_a_warning_when_nothing_acts_on_it(
    pointer: str, given: Document
) -> None:
    (finding,) = report(given, runnable_features=()).findings

    assert (finding.code, finding.pointer, finding.severity) == ("NotActedOn", pointer, "warning")
    assert report(given, runnable_features={"monitoring"}).findings == ()


def test_a_long_definition_is_valid_however_many_warnings_it_has() -> None:
    ids = [f"a{number}" for number in range(600)]
    steps = [step(name, "activity", activity_type="nowhere") for name in ids]
    edges = [edge(source, target) for source, target in pairwise(["start", *ids, "end"])]

    checked = report(document(*steps, edges=edges), known_activities=["t"])

    assert checked.definition is not None
    assert {finding.severity for finding in checked.findings} == {"warning"}
    assert checked.findings[-1].message == "100 more findings were left out"
