"""Figures over HTTP, as JSON and for Prometheus. Layer: tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chalicelib.api import prometheus
from tests.functional.api.definitions import hello
from tests.functional.api.service import Reply, Service
from tests.unit.execution.play import chain
from tests.unit.execution.test_waiting import wait

PATH = "/api/v1/metrics"


@pytest.fixture
def busy(service: Service) -> Service:
    """Two executions of ``hello`` that completed, one of ``w`` that has waited for a minute."""
    service.begin(hello(), "h-1", {"name": "Ann"})
    service.post("/hello/execute", {"input": {"name": "Bob"}, "execution_id": "h-2"})
    service.begin(chain(wait()))
    service.clock.advance_to(service.clock.now() + timedelta(minutes=1))
    return service


def asked(service: Service, query: str = "") -> Reply:
    return service.call("GET", f"{PATH}{query}")


def samples(service: Service, query: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What Prometheus' own parser reads."""
    reply = service.call("GET", f"{PATH}?format=prometheus{query}")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = list(text_string_to_metric_families(reply.text))
    assert families
    assert all(family.type == "gauge" and family.documentation for family in families)
    found = [(each.name, frozenset(each.labels.items())) for family in families for each in family.samples]
    assert len(found) == len(set(found)), "a sample stands twice"
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def labelled(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def test_the_system_is_told_when_nothing_else_is_asked_for(busy: Service) -> None:
    body = asked(busy).body

    assert body == asked(busy, "?type=system&format=json").body
    assert body["executions"]["recent"]["completed"] == 2
    assert body["executions"]["active"]["waiting_for_event"] == 1
    assert body["failures"] == []


def test_a_workflow_is_told_when_it_is_named(busy: Service) -> None:
    body = asked(busy, "?type=workflow&id=hello").body

    assert body["executions"]["by_state"]["completed"] == 2
    assert body["failure_rate"] == 0


def test_an_execution_is_told_step_by_step_when_it_is_named(busy: Service) -> None:
    body = asked(busy, "?type=execution&id=e-1").body

    assert (body["state"], body["duration_ms"], body["waited_ms"]) == ("waiting_for_event", 60_000, 60_000)
    (waiting,) = [step for step in body["steps"] if step["waited_ms"]]
    assert waiting["step_type"] == "wait"
    assert (waiting["runs"], waiting["attempts"], waiting["retries"]) == (1, 1, 0)
    assert waiting["runs_by_state"] == {"waiting_for_event": 1}


@pytest.mark.parametrize(
    ("query", "code", "status"),
    [
        ("?type=workflow&id=nothing", "WorkflowNotFound", 404),
        ("?type=execution&id=nothing", "ExecutionNotFound", 404),
        ("?type=workflow", "InvalidRequest", 400),
        ("?type=execution", "InvalidRequest", 400),
        ("?type=workflow&id=a/b", "InvalidRequest", 400),
        ("?type=execution&id=control", "InvalidRequest", 400),
        ("?id=hello", "InvalidRequest", 400),
        ("?type=everything", "InvalidRequest", 400),
        ("?format=xml", "InvalidRequest", 400),
    ],
)
def test_the_request_is_refused_when_it_names_nothing_that_is_there(
    service: Service, query: str, code: str, status: int
) -> None:
    reply = asked(service, query)

    assert (reply.status, reply.body["code"]) == (status, code)


def test_prometheus_reads_the_system_when_it_asks(busy: Service) -> None:
    read = samples(busy, "")

    assert read["weft_executions_recent", labelled(outcome="completed")] == 2
    assert read["weft_executions_active", labelled(state="waiting_for_event")] == 1
    task_queue = labelled(queue="tasks-high", kind="tasks", priority="high", state="visible")
    assert read["weft_queue_messages", task_queue] == 0
    assert read["weft_timers_overdue", frozenset()] == 0
    assert read["weft_execution_duration_seconds", labelled(quantile="0.5")] == 0
    assert read["weft_capped", labelled(of="executions_recent")] == 0


def test_prometheus_reads_no_duration_when_nothing_ended(service: Service) -> None:
    assert not [name for name, _ in samples(service, "") if "duration" in name]


def test_prometheus_reads_a_workflow_when_it_asks(busy: Service) -> None:
    read = samples(busy, "&type=workflow&id=hello")

    assert read["weft_workflow_executions", labelled(workflow_id="hello", state="completed")] == 2
    assert read["weft_workflow_failure_ratio", labelled(workflow_id="hello")] == 0


def test_prometheus_reads_an_execution_when_it_asks(busy: Service) -> None:
    read = samples(busy, "&type=execution&id=e-1")

    of = {"execution_id": "e-1", "workflow_id": "w"}
    assert read["weft_execution_seconds", labelled(**of)] == 60
    waited = {dict(labels)["step_id"]: value for (name, labels), value in read.items() if "step_waiting" in name}
    assert max(waited.values()) == 60


def test_a_label_comes_back_as_it_was_when_it_holds_odd_characters() -> None:
    odd = 'a "quoted" \\ back\nslash {x="y"} 织'
    figures: dict[str, Any] = {
        "workflow_id": "w",
        "executions": {"by_state": {}, "capped": True},
        "durations": {"p50_ms": None, "p95_ms": 1},
        "failures_by_code": {odd: 3},
        "failure_rate": None,
    }

    families = {each.name: each for each in text_string_to_metric_families(prometheus.exposition("workflow", figures))}

    assert families["weft_workflow_failures"].samples[0].labels == {"workflow_id": "w", "code": odd}
    assert set(families) == {"weft_workflow_duration_seconds", "weft_workflow_failures", "weft_capped"}
