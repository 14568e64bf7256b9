"""The first dialect gives the definition that its main form gives: people, events, monitoring."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.definitions.normalise import normalise
from tests.unit.definitions.samples import (
    Document,
    classic,
    definition,
    document,
    first_dialect,
    found,
    report,
    script,
    steps_of,
    work,
)


def with_point(**fields: Any) -> Document:
    """A human step of the first dialect with its intervention point."""
    point = {"id": "p", "step_id": "ask", "name": "Ask", "allowed_actions": ["Approve"], "user_groups": [], **fields}
    return first_dialect(classic("ask", "HumanTask", "late"), work("late"), human_intervention_points=[point])


def test_a_human_task_finds_its_point_by_its_step() -> None:
    assert steps_of(with_point())["ask"]["step_type"] == {"type": "human", "intervention_point_id": "p"}
    assert report(with_point()).findings == ()


def test_actions_have_one_main_form() -> None:
    field = {"name": "n", "field_type": "Number", "required": True, "default_value": None, "validation": "$ > 0"}
    actions = ["Approve", "reject", {"ModifyData": {"field_definitions": [field]}},
               {"Custom": {"id": "x", "name": "X"}},
               {"type": "custom", "id": "y", "field_definitions": [field]}]  # fmt: skip
    given = with_point(allowed_actions=actions)

    main = {**field, "field_type": {"type": "number"}}
    assert normalise(given)["human_intervention_points"][0]["allowed_actions"] == [
        {"type": "approve"},
        {"type": "reject"},
        {"type": "modify_data", "field_definitions": [main]},
        {"type": "custom", "id": "x", "name": "X"},
        {"type": "custom", "id": "y", "field_definitions": [main]},
    ]
    assert report(given).findings == ()


@pytest.mark.parametrize(
    ("action", "strategy"),
    [
        ("Approve", {"type": "auto_approve"}),
        ("Reject", {"type": "auto_reject", "reason": "nobody answered in time"}),
        ({"Reject": {"reason": "late"}}, {"type": "auto_reject", "reason": "late"}),
        ({"Custom": {"id": "late", "name": "Late"}}, {"type": "custom", "step_id": "late"}),
        ({"type": "custom", "id": "late"}, {"type": "custom", "step_id": "late"}),
        ({"type": "approve"}, {"type": "auto_approve"}),
    ],
)
def test_a_timeout_action_becomes_the_deadline(action: Any, strategy: Document) -> None:
    given = with_point(timeout={"secs": 5400, "nanos": 0}, timeout_action=action)

    assert normalise(given)["human_intervention_points"][0]["deadline"] == {
        "deadline_type": {"type": "relative", "hours": 1.5},
        "timeout_strategy": strategy,
    }
    assert report(given).findings == ()


@pytest.mark.parametrize("fields", [{"timeout_action": "Approve"}, {"timeout": 5, "timeout_action": {"ModifyData": {}}},
                                    {"timeout": 5, "timeout_action": 7}])  # fmt: skip
def test_a_timeout_action_is_refused_when_it_has_no_main_form(fields: Document) -> None:
    assert found(with_point(**fields)) == [("InvalidValue", "/human_intervention_points/0/timeout_action")]


def test_a_timeout_without_an_action_is_the_steps_own() -> None:
    given = with_point(timeout="PT1H", timeout_action=None)

    assert steps_of(given)["ask"]["step_type"]["timeout"] == 3600
    assert report(given).findings == ()
    assert found(with_point(timeout="soon")) == [("InvalidDuration", "/human_intervention_points/0/timeout")]
    assert ("UnknownField", "/human_intervention_points/0/timeout") in found(with_point(timeout=5, step_id="late"))
    assert ("UnknownField", "/human_intervention_points/0/timeout") in found(with_point(timeout=5, step_id=7))


@pytest.mark.parametrize(
    ("action", "handler"),
    [
        ("CancelWorkflow", {"type": "cancel_workflow"}),
        ("PauseWorkflow", {"type": "pause_workflow"}),
        ("ResumeWorkflow", {"type": "resume_workflow"}),
        ({"SkipStep": {"step_id": "a"}}, {"type": "skip_step", "step_id": "a"}),
        ({"RetryStep": {"step_id": "a"}}, {"type": "retry_step", "step_id": "a"}),
        ({"SetVariable": {"name": "n", "value": "$.event.x"}},
         {"type": "set_variable", "variable_mapping": {"n": "$.event.x"}}),
        ({"SetVariable": {"variable_mapping": {"n": 1}}}, {"type": "set_variable", "variable_mapping": {"n": 1}}),
        ({"StartWorkflow": {"workflow_id": "w", "input_mapping": {"a": "$.event.x"}}},
         {"type": "start_workflow", "workflow_id": "w", "input_mapping": {"a": "$.event.x"}}),
        ({"SendSignal": {"target_workflow_id": "t", "signal_name": "s", "payload": "p"}},
         {"type": "send_signal", "target": "t", "signal_name": "s", "payload": "p"}),
        ({"ExecuteScript": {"script": "1"}}, {"type": "execute_script", "script": "1"}),
        ({"type": "goto_step", "step_id": "a"}, {"type": "goto_step", "step_id": "a"}),
    ],
)  # fmt: skip
def test_an_event_handler_has_one_main_form(action: Any, handler: Document) -> None:
    given = {"id": "h", "event_type": "x", "filter_condition": "$.event.y", "action": action, "timeout": "PT5S",
             "priority": "Normal"}  # fmt: skip

    made = normalise(document(script("a"), event_handlers=[given]))["event_handlers"]

    assert made == [
        {
            "id": "h",
            "event_name": "x",
            "condition": "$.event.y",
            "handler_type": handler,
            "timeout": 5,
            "priority": "medium",
        }
    ]
    assert report(document(script("a"), event_handlers=[given])).errors == ()


def test_a_handler_is_reported_where_it_stands_when_it_is_none() -> None:
    def places(**fields: Any) -> list[tuple[str, str]]:
        return found(document(event_handlers=[{"id": "h", "event_type": "x", **fields}]))

    at = "/event_handlers/0"
    assert places(action={"SkipStep": {"step": "a"}}) == [
        ("MissingField", f"{at}/action"),
        ("UnknownField", f"{at}/action/SkipStep/step"),
    ]
    assert places(action={"SkipStep": {"step_id": "a"}}) == [("UnknownStep", f"{at}/action/SkipStep/step_id")]
    assert places(action="Explode") == [("WrongType", f"{at}/action")]
    assert places(action={"SetVariable": {"name": "$.output.x", "value": "1"}}) == [
        ("InvalidTarget", f"{at}/action/SetVariable/value")
    ]
    assert places(event_name="y", action="CancelWorkflow") == [("UnknownField", f"{at}/event_type")]


def test_a_subscription_is_told_apart_by_what_it_names() -> None:
    given = [{"event_name": "x"}, {"workflow_id": "w", "condition": "$.event.state = 'completed'"}, {"event_type": "y"}]

    made = definition(document(subscriptions=given)).subscriptions

    assert [(each.type, each.event_name, each.workflow_id) for each in made] == [
        ("event", "x", None), ("workflow", None, "w"), ("event", "y", None)
    ]  # fmt: skip
    assert found(document(subscriptions=[{}, 5])) == [
        ("MissingField", "/subscriptions/0"), ("WrongType", "/subscriptions/1")
    ]  # fmt: skip


def test_monitoring_has_one_main_form() -> None:
    config = {
        "enable_detailed_logging": True,
        "collect_performance_metrics": True,
        "trace_data_flow": True,
        "custom_metrics": ["orders"],
        "alert_rules": [
            {"id": "r", "name": "Slow", "condition": "$.execution.attempt > 1", "severity": "Critical",
             "notification_channels": ["ops@example.com", "https://example.com/hook", "+49 30 1234", "on-call"]},
            {"id": "q", "condition": "true", "severity": "Info", "notification_channels": []},
        ],
    }  # fmt: skip

    made = definition(document({**script("a"), "monitoring_config": config}, monitoring_config=config))

    monitoring = made.monitoring_config
    assert monitoring is not None
    assert made.steps[1].monitoring_config == monitoring
    assert monitoring.observability is not None
    assert monitoring.observability.detailed_logging is True
    assert monitoring.track_data_changes is True
    assert [(each.name, each.metric_type) for each in monitoring.metrics] == [
        ("orders", "counter"), ("execution_duration_seconds", "histogram"), ("step_duration_seconds", "histogram")
    ]  # fmt: skip
    slow, second = monitoring.alerts
    assert (slow.id, slow.name, slow.severity) == ("r", "Slow", "critical")
    assert slow.notification is not None
    assert [each.type for each in slow.notification.channels] == ["email", "webhook", "sms", "in_app"]
    assert (second.name, second.notification) == ("q", None)


@pytest.mark.parametrize(
    ("config", "places"),
    [
        (5, [("WrongType", "/monitoring_config")]),
        ({"custom_metrics": "x"}, [("UnknownField", "/monitoring_config/custom_metrics")]),
        ({"custom_metrics": [5]}, [("WrongType", "/monitoring_config/custom_metrics/0")]),
        ({"collect_performance_metrics": "yes"}, [("UnknownField", "/monitoring_config/collect_performance_metrics")]),
        ({"collect_performance_metrics": False}, []),
        ({"enable_detailed_logging": 5}, [("WrongType", "/monitoring_config/enable_detailed_logging")]),
        ({"trace_data_flow": 5}, [("WrongType", "/monitoring_config/trace_data_flow")]),
        ({"alert_rules": [5]}, [("WrongType", "/monitoring_config/alert_rules/0")]),
        ({"alert_rules": [{"name": "x", "condition": "(", "severity": "Info"}]},
         [("InvalidExpression", "/monitoring_config/alert_rules/0/condition")]),
        ({"alert_rules": [{"name": "x", "condition": "true", "severity": "bad", "notification_channels": [5]}]},
         [("UnknownField", "/monitoring_config/alert_rules/0/notification_channels"),
          ("InvalidValue", "/monitoring_config/alert_rules/0/severity")]),
        ({"metrics": [], "custom_metrics": ["x"]}, [("UnknownField", "/monitoring_config/custom_metrics")]),
        ({"observability": {}, "enable_detailed_logging": True},
         [("UnknownField", "/monitoring_config/enable_detailed_logging")]),
    ],
)  # fmt: skip
def test_monitoring_is_reported_where_it_stands_when_it_is_broken(config: Any, places: list[tuple[str, str]]) -> None:
    assert found(document(monitoring_config=config)) == places
