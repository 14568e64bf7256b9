"""People, on the deployed application: asked, told, and answering over HTTP. Layer: tests."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from tests.e2e.fixtures import WEBHOOK_SECRET
from tests.e2e.stack import Stack, eventually
from tests.unit.activities.built_in.calls import says
from tests.unit.activities.built_in.servers import http_server
from weftctl.local.stack import EmbeddedAws

ANN = {"Authorization": "Bearer dev:ann:sales"}
BOB = {"Authorization": "Bearer dev:bob:directors"}


def definition(url: str) -> dict[str, Any]:
    """A workflow that asks the group `sales`, tells it through every channel, and takes a discount."""
    channels = [
        {"type": "in_app", "user_groups": ["sales"]},
        {"type": "webhook", "url": url},
        {"type": "email", "recipients": ["sales@example.com"], "cc": ["audit@example.com"]},
        {"type": "sms", "recipients": ["+4915112345678"]},
    ]
    return {
        "id": "ask-sales",
        "name": "Ask sales",
        "version": "1.0.0",
        "steps": [
            {"id": "start", "step_type": {"type": "start"}},
            {
                "id": "approve",
                "step_type": {
                    "type": "human",
                    "intervention_point_id": "large-order",
                    "output_mapping": {"data": "$.output.data", "user": "$.output.by"},
                },
            },
            {"id": "end", "step_type": {"type": "end"}},
        ],
        "transitions": [
            {"from_step_id": "start", "to_step_id": "approve"},
            {"from_step_id": "approve", "to_step_id": "end"},
        ],
        "human_intervention_points": [
            {
                "id": "large-order",
                "step_id": "approve",
                "name": "A large order",
                "user_groups": ["sales"],
                "priority": "high",
                "allowed_actions": [
                    {"type": "approve"},
                    {
                        "type": "modify_data",
                        "field_definitions": [
                            {"name": "discount", "field_type": {"type": "number"}, "validation": "$ <= 100"}
                        ],
                    },
                ],
                "notification": {"channels": channels, "template": "{{ name }}: {{ task_id }}"},
            }
        ],
    }


def listed(stack: Stack, headers: dict[str, str], execution_id: str) -> list[dict[str, Any]]:
    rows = stack.ask("GET", "/tasks/human", headers=headers)["tasks"]
    return [row for row in rows if row["execution_id"] == execution_id]


def test_a_member_is_told_and_answers_when_a_task_waits(embedded: EmbeddedAws, stack: Stack) -> None:
    with http_server(says(200)) as hook:
        stack.register(definition(hook.url("/hook")))
        execution_id = stack.execute("ask-sales", {"order": 7})
        (row,) = eventually(lambda: listed(stack, ANN, execution_id) or None, what="the task in the inbox")
        task, place = row["task_id"], f"/tasks/human/{row['task_id']}"

        # The webhook is called and signed.
        eventually(lambda: hook.requests or None, what="the call of the webhook")
        (_, path, headers, body) = hook.requests[0]
        digest = hmac.new(WEBHOOK_SECRET.encode(), headers["x-weft-timestamp"].encode() + b"." + body, hashlib.sha256)
        assert (path, headers["x-weft-signature"]) == ("/hook", f"v1={digest.hexdigest()}")
        assert json.loads(body)["text"] == f"A large order: {task}"

        # E-mail and text message are with SES and SNS.
        mail = eventually(lambda: sent(embedded, "ses/messages", f"A large order: {task}"), what="the e-mail")
        assert "audit@example.com" in mail
        eventually(lambda: sent(embedded, "sns/sms-messages", f"A large order: {task}"), what="the text message")
        notices = eventually(
            lambda: (
                [
                    each
                    for each in stack.ask("GET", "/notifications", headers=ANN)["notifications"]
                    if each["execution_id"] == execution_id
                ]
                or None
            ),
            what="the notice",
        )
        assert len(notices) == len(hook.requests) == 1

    # Nobody else sees or answers it.
    assert listed(stack, BOB, execution_id) == []
    assert stack.api.get(place, headers=BOB).status_code == 403
    assert stack.api.post(f"{place}/submit", json={"action_type": "approve"}, headers=BOB).status_code == 403
    assert stack.ask("GET", place, headers=ANN)["context"]["input"] == {"order": 7}

    # A form that does not fit is refused, then a good one goes through; a second answer is too late.
    refused = answer(stack, place, {"action_type": "modify_data", "data": {"discount": 101}})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/data/discount")
    accepted = answer(stack, place, {"action_type": "modify_data", "data": {"discount": 10}})
    assert accepted.is_success, accepted.text
    status = stack.ended(execution_id)
    assert (status["state"], status["output"]) == ("completed", {"data": {"discount": 10}, "by": "ann"})
    assert answer(stack, place, {"action_type": "approve"}).status_code == 409
    eventually(lambda: listed(stack, ANN, execution_id) == [], what="the empty inbox")


def answer(stack: Stack, place: str, body: dict[str, Any]) -> httpx.Response:
    return stack.api.post(f"{place}/submit?wait=25", json=body, headers=ANN)


def sent(embedded: EmbeddedAws, kind: str, text: str) -> str | None:
    """What the emulator says it has sent of ``kind``, once ``text`` is in it."""
    found = httpx.get(f"{embedded.emulator.endpoint_url}/_ministack/{kind}", trust_env=False).text
    return found if text in found else None


@pytest.fixture(autouse=True)
def _sender(embedded: EmbeddedAws) -> None:
    embedded.client("sesv2").create_email_identity(EmailIdentity="weft@example.com")
