"""What leaves for SES, SNS and webhooks. Layer: tests."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from chalicelib.activities import ActivityError
from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.notify import webhook
from chalicelib.ports.notifications import Sending, WebhookCall
from chalicelib.settings import Settings
from tests.unit.activities.built_in.calls import says
from tests.unit.activities.built_in.networks import FakeNetwork
from tests.unit.activities.built_in.notifying import Office
from tests.unit.activities.built_in.servers import answer, http_server
from tests.unit.activities.fakes import NOON

SETTINGS = Settings(
    email_sender="weft@example.com",
    sms_sender_id="WEFT",
    webhook_secret="shared",
    http_allowed_private_hosts=["127.0.0.1"],
)
EMAIL = {"channel": "email", "recipients": ["a@example.com"], "bcc": ["b@example.com"], "subject": "S", "text": "Ünï"}
SMS = {"channel": "sms", "recipients": ["+4915112345678"], "text": "hello"}
HOOK = {"channel": "webhook", "url": "https://hooks.example.com", "text": "hello"}


@contextmanager
def stubbed(service: str) -> Iterator[Stubber]:
    with Stubber(boto3.client(service)) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def send(input: dict[str, Any], client: Any = None, *, settings: Settings = SETTINGS) -> dict[str, Any]:
    return Office().send(input, really=True, settings=settings, client=lambda service: client)


def refusal(input: dict[str, Any], client: Any = None, *, settings: Settings = SETTINGS) -> ActivityError:
    return Office().refusal(input, really=True, settings=settings, client=lambda service: client)


# --- e-mail and text messages -----------------------------------------------------------------------------------------


def test_ses_is_given_everything_when_an_e_mail_is_sent() -> None:
    with stubbed("sesv2") as ses:
        ses.add_response(
            "send_email",
            {"MessageId": "m-1"},
            {
                "FromEmailAddress": "weft@example.com",
                "Destination": {"ToAddresses": ["a@example.com"], "BccAddresses": ["b@example.com"]},
                "Content": {
                    "Simple": {
                        "Subject": {"Data": "S", "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": "Ünï", "Charset": "UTF-8"}},
                    }
                },
            },
        )
        (sent,) = send(EMAIL, ses.client)["sent"]

    assert sent["message_id"] == "m-1"
    assert sent["target"] == {"to": ["a@example.com"], "cc": [], "bcc": ["b@example.com"]}


@pytest.mark.parametrize("sender_id", ["WEFT", ""])
def test_sns_is_given_everything_when_a_text_message_is_sent(sender_id: str) -> None:
    attributes = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    if sender_id:
        attributes["AWS.SNS.SMS.SenderID"] = {"DataType": "String", "StringValue": sender_id}
    expected = {"PhoneNumber": "+4915112345678", "Message": "hello", "MessageAttributes": attributes}
    with stubbed("sns") as sns:
        sns.add_response("publish", {"MessageId": "m-2"}, expected)
        output = send(SMS, sns.client, settings=Settings(sms_sender_id=sender_id))

    assert output["sent"][0]["message_id"] == "m-2"


@pytest.mark.parametrize(
    ("code", "status", "retryable"), [("MessageRejected", 400, False), ("TooManyRequestsException", 429, True)]
)
def test_the_services_code_is_kept_when_ses_refuses(code: str, status: int, retryable: bool) -> None:
    with stubbed("sesv2") as ses:
        ses.add_client_error("send_email", code, "why", status)
        error = refusal(EMAIL, ses.client)

    assert (error.code, error.retryable) == (code, retryable)
    assert "why" in error.message


def test_the_message_arrives_when_ses_and_sns_are_emulated() -> None:
    office = Office()
    with mock_aws():
        boto3.client("sesv2").create_email_identity(EmailIdentity="weft@example.com")
        for input in (EMAIL, SMS):
            assert Office().send(input, really=True, settings=SETTINGS)["sent"][0]["message_id"]
    assert office.notifier.outbox == []


@pytest.mark.parametrize(("input", "setting"), [(EMAIL, "WEFT_EMAIL_SENDER"), (HOOK, "WEFT_WEBHOOK_SECRET")])
def test_the_setting_is_named_when_it_is_missing(input: dict[str, Any], setting: str) -> None:
    error = refusal(input, settings=Settings())

    assert (error.code, error.retryable, error.details["failed"][0]["code"]) == (
        "NotConfigured",
        False,
        "NotConfigured",
    )
    assert setting in error.message


def test_a_notice_is_posted_when_senders_are_real() -> None:
    office = Office()

    output = office.send({"channel": "in_app", "user_groups": ["a"], "text": "x"}, really=True)

    assert office.shown("a") == ["x"]
    assert output["sent"] == [{"channel": "in_app", "target": "a", "posted": True}]


# --- webhooks ---------------------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_when_it_is_called() -> None:
    office = Office()
    with http_server(says(202)) as server:
        input = {**HOOK, "url": server.url("/hook?x=1"), "headers": {"X-Team": "sales"}, "data": {"n": 1}}
        output = office.send(input, really=True, settings=SETTINGS)

    ((method, path, headers, body),) = server.requests
    digest = hmac.new(b"shared", headers["x-weft-timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    content = json.loads(body)
    assert (method, path) == ("POST", "/hook?x=1")
    assert headers["x-weft-signature"] == f"v1={digest}"
    assert headers["x-weft-timestamp"] == str(int(NOON.timestamp()))
    assert (headers["x-team"], headers["content-type"]) == ("sales", "application/json")
    assert headers["idempotency-key"] == content["id"]
    assert content["id"].startswith("exec-1:work#1:")
    assert {name: content[name] for name in ("execution_id", "step_id", "text", "data", "created_at")} == {
        "execution_id": "exec-1",
        "step_id": "work",
        "text": "hello",
        "data": {"n": 1},
        "created_at": "2026-03-01T12:00:00.000Z",
    }
    assert output["sent"] == [{"channel": "webhook", "target": server.url("/hook?x=1"), "status": 202}]


def test_the_body_and_the_key_stay_when_a_webhook_is_called_again() -> None:
    office = Office()
    statuses = iter([503, 200])
    with http_server(lambda handler, body: answer(handler, next(statuses))) as server:
        input = {**HOOK, "url": server.url()}
        error = office.refusal(input, really=True, settings=SETTINGS)
        office.clock.advance(30)
        office.send(input, attempt=2, really=True, settings=SETTINGS)

    (_, _, first, first_body), (_, _, second, second_body) = server.requests
    assert (error.code, error.retryable) == ("HttpStatusError", True)
    assert first_body == second_body
    assert first["idempotency-key"] == second["idempotency-key"]
    assert int(second["x-weft-timestamp"]) - int(first["x-weft-timestamp"]) == 30
    assert first["x-weft-signature"] != second["x-weft-signature"]


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (404, False), (410, False), (408, True), (429, True), (500, True), (503, True)],
)
def test_the_status_says_whether_to_try_again_when_a_webhook_fails(status: int, retryable: bool) -> None:
    with http_server(says(status)) as server:
        error = refusal({**HOOK, "url": server.url()})

    assert (error.code, error.retryable) == ("HttpStatusError", retryable)
    assert error.message.startswith("notify.send: webhook: ")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_when_a_webhook_answers_with_one(status: int) -> None:
    with http_server(says(200)) as inside, http_server(says(status, Location=inside.url("/inside"))) as server:
        error = refusal({**HOOK, "url": server.url()})

    assert (error.code, error.retryable) == ("HttpStatusError", False)
    assert inside.requests == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_a_private_address_is_refused_when_a_webhook_names_it(address: str) -> None:
    error = refusal({**HOOK, "url": f"http://{address}:9/"}, settings=Settings(webhook_secret="shared"))

    assert (error.code, error.retryable) == ("AddressNotAllowed", False)


def test_a_private_address_is_refused_when_a_name_leads_there() -> None:
    network = FakeNetwork({"hooks.example.com": [["192.168.1.1"]]})
    call = WebhookCall(url="https://hooks.example.com/", content={"text": "x"})
    sending = Sending(key="k", delivery_id="d", execution_id="e", step_id="s", first_at=NOON, now=NOON)

    with pytest.raises(ActivityError) as refused:
        webhook.send(call, sending, Services(Settings(webhook_secret="shared")), network=network)

    assert refused.value.code == "AddressNotAllowed"
    assert network.connected == []


@pytest.mark.parametrize("header", ["X-Weft-Signature", "x-weft-timestamp", "Idempotency-Key", "Content-Type"])
def test_a_header_is_refused_when_it_is_ours(header: str) -> None:
    error = refusal({**HOOK, "headers": {header: "forged"}})

    assert (error.code, error.retryable) == ("InvalidInput", False)
    assert header in error.message


@pytest.mark.parametrize("url", ["ftp://example.com", "https://user:secret@example.com", "nothing"])
def test_a_url_is_refused_when_it_cannot_be_called(url: str) -> None:
    error = refusal({**HOOK, "url": url})

    assert (error.code, error.retryable) == ("InvalidInput", False)
