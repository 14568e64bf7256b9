"""``notify.send``: what it takes, and that each delivery is made once. Layer: tests."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.activities import ActivityError
from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.notify.activity import run
from chalicelib.domain.errors import Unavailable
from chalicelib.settings import Settings
from tests.unit.activities.built_in.notifying import NOTIFICATION, TARGETS, Office
from tests.unit.activities.fakes import NOON, Attempts, a_context, a_runner, a_task, error_of


def said(input: dict[str, Any]) -> dict[str, Any]:
    """What the one delivery of ``input`` says."""
    office = Office()
    office.send(input)
    (row,) = office.notifier.outbox
    return row


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_notice_is_posted_when_the_channel_is_in_app() -> None:
    office = Office()

    output = office.send({"channel": "in_app", "user_groups": ["warehouse"], "text": "Order 7 has not shipped"})

    assert office.shown("warehouse") == ["Order 7 has not shipped"]
    assert [(row["channel"], row["target"]) for row in output["sent"]] == [("in_app", "warehouse")]


def test_every_channel_gets_its_deliveries_when_a_notification_has_several() -> None:
    office = Office()

    output = office.send({"notification": NOTIFICATION, "subject": "Approve", "text": "Please look"})

    rows = office.notifier.outbox
    assert [row["channel"] for row in rows] == ["email", "sms", "sms", "in_app", "in_app", "webhook"]
    assert rows[0]["to"] == ["a@example.com"]
    assert (rows[0]["cc"], rows[0]["bcc"]) == (["c@example.com"], ["b@example.com"])
    assert [row.get("number") for row in rows[1:3]] == ["+4915112345678", "+8613812345678"]
    assert rows[5]["headers"] == {"X-Team": "sales"}
    assert rows[5]["content"] == {"subject": "Approve", "text": "Please look", "data": {}}
    assert {row["sent_at"] for row in rows} == {NOON}
    assert len(output["sent"]) == TARGETS


def test_one_target_may_be_a_text_when_a_channel_stands_alone() -> None:
    row = said({"channel": "email", "recipients": "a@example.com", "cc": "c@example.com", "text": "hello"})

    assert (row["to"], row["cc"]) == (["a@example.com"], ["c@example.com"])


@pytest.mark.parametrize("mailbox", ["a@example.com", "Ann Lee <a.b+c@mail.example.com>", "x@localhost"])
def test_an_address_is_taken_when_ses_would_take_it(mailbox: str) -> None:
    assert said({"channel": "email", "recipients": [mailbox], "text": "hello"})["to"] == [mailbox]


def test_a_target_named_twice_is_told_once() -> None:
    assert said({"channel": "in_app", "user_groups": ["a", "a"], "text": "hello"})["group"] == "a"


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({"text": "\nFirst line \nsecond"}, "First line"),
        ({"subject": "Given", "text": "x"}, "Given"),
        ({"subject": "  ", "text": "x"}, "x"),
        ({"subject": "forged\r\nBcc: e@example.com", "text": "x"}, "forged Bcc: e@example.com"),
        ({"subject": "s" * 300, "text": "x"}, "s" * 199 + "…"),
    ],
)
def test_the_subject_is_one_line(given: dict[str, Any], subject: str) -> None:
    assert said({"channel": "in_app", "user_groups": ["a"], **given})["subject"] == subject


def test_the_data_are_the_text_when_there_is_none() -> None:
    data = {"name": "Approve", "count": 2, "deadline": None}

    assert said({"channel": "in_app", "user_groups": ["a"], "data": data})["text"] == "name: Approve\ncount: 2"


def test_a_template_makes_the_text_when_there_is_one() -> None:
    template = "{{ name }}: {{ subject }} / {{ $.input.text }}{{ missing }}"
    channels = [{"type": "in_app", "user_groups": ["a"]}]
    asked = {"subject": "S", "text": "T", "data": {"name": "N"}}

    own = said({"channel": "in_app", "user_groups": ["a"], "template": template, **asked})
    nested = said({"notification": {"channels": channels, "template": template}, **asked})

    assert own["text"] == nested["text"] == "N: S / T"


@pytest.mark.parametrize(
    ("text", "sent"),
    [("x" * 1_600, "x" * 1_600), ("x" * 1_601, "x" * 1_597 + "…"), ("字" * 600, "字" * 532 + "…")],
)
def test_a_text_message_is_cut_when_it_is_too_long(text: str, sent: str) -> None:
    row = said({"channel": "sms", "recipients": ["+4915112345678"], "text": text})

    assert row["text"] == sent
    assert len(row["text"].encode()) <= 1_600


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({"text": "x"}, "channel"),
        ({"channel": "in_app", "notification": NOTIFICATION, "text": "x"}, "channel"),
        ({"channel": "pigeon", "text": "x"}, "channel"),
        ({"channel": "in_app", "text": "x", "txt": "y"}, "txt"),
        ({"channel": "in_app", "text": "x"}, "user_groups"),
        ({"channel": "in_app", "user_groups": [" "], "text": "x"}, "user_groups"),
        ({"channel": "in_app", "user_groups": ["g" * 129], "text": "x"}, "user_groups"),
        ({"channel": "in_app", "user_groups": ["a"]}, "text"),
        ({"channel": "in_app", "user_groups": ["a"], "text": " "}, "text"),
        ({"channel": "in_app", "user_groups": ["a"], "text": "x" * 100_001}, "text"),
        ({"channel": "in_app", "user_groups": ["a"], "text": "x", "template": "{{ "}, "template"),
        ({"channel": "email", "text": "x"}, "recipients"),
        ({"channel": "email", "recipients": ["a b@example.com"], "text": "x"}, "recipients"),
        ({"channel": "email", "recipients": ["a@example.com\r\nBcc: b@example.com"], "text": "x"}, "recipients"),
        ({"channel": "email", "recipients": ["a@example.com"], "cc": ["nobody"], "text": "x"}, "cc"),
        ({"channel": "email", "recipients": [f"a{n}@example.com" for n in range(51)], "text": "x"}, "recipients"),
        ({"channel": "sms", "recipients": ["015112345678"], "text": "x"}, "recipients"),
        ({"channel": "webhook", "text": "x"}, "url"),
        ({"notification": {"channels": []}, "text": "x"}, "notification.channels"),
        ({"notification": {"channels": [{"type": "sms"}]}, "text": "x"}, "notification.channels[0].recipients"),
        ({"notification": NOTIFICATION, "url": "https://example.com", "text": "x"}, "url"),
    ],
)
def test_the_field_is_named_when_the_input_does_not_fit(input: dict[str, Any], field: str) -> None:
    office = Office()
    error = office.refusal(input)

    assert (error.code, error.retryable, error.details) == ("InvalidInput", False, {"field": field})
    assert office.notifier.outbox == []


def test_it_is_refused_when_there_are_too_many_deliveries() -> None:
    groups = [f"g{number}" for number in range(101)]

    error = Office().refusal({"channel": "in_app", "user_groups": groups, "text": "x"})

    assert (error.code, error.retryable) == ("InvalidInput", False)
    assert "101" in error.message


def test_an_expression_error_is_final_when_a_template_cannot_be_rendered() -> None:
    input = {"channel": "in_app", "user_groups": ["a"], "text": "x", "template": "{{ $number('x') }}"}

    error = Office().refusal(input)

    assert (error.code, error.retryable, error.details) == ("ExpressionError", False, {"field": "template"})


def test_it_is_not_configured_when_nothing_keeps_messages() -> None:
    _, runner = a_runner()

    error = error_of(
        runner.run(
            a_task("notify.send", {"channel": "in_app", "user_groups": ["a"], "text": "x"}), still_open=Attempts()
        )
    )

    assert (error.code, error.retryable) == ("NotConfigured", False)


# --- once -------------------------------------------------------------------------------------------------------------


def test_only_what_failed_is_sent_again_when_an_attempt_is_repeated() -> None:
    office = Office()
    office.notifier.errors = {"+86": ActivityError("Throttling", "slow down", retryable=True)}
    input = {"notification": NOTIFICATION, "text": "x"}

    error = office.refusal(input)
    office.notifier.errors = {}
    office.clock.advance(60)
    output = office.send(input, attempt=2)

    assert (error.code, error.retryable) == ("Throttling", True)
    assert len(error.details["sent"]) == TARGETS - 1
    assert [(row["channel"], row["target"], row["code"]) for row in error.details["failed"]] == [
        ("sms", "+8613812345678", "Throttling")
    ]
    assert len(output["sent"]) == TARGETS
    sent = [str(row.get("to") or row.get("number") or row.get("group") or row["url"]) for row in office.notifier.outbox]
    assert len(sent) == len(set(sent)) == TARGETS
    assert office.shown("sales") == ["x"]


def test_an_attempt_is_repeated_when_one_of_its_failures_may_pass() -> None:
    office = Office()
    office.notifier.errors = {
        "a@example.com": ActivityError("MessageRejected", "never", retryable=False),
        "+86": ActivityError("Throttling", "slow down", retryable=True),
    }
    input = {"notification": NOTIFICATION, "text": "x"}

    first = office.refusal(input)
    del office.notifier.errors["+86"]
    second = office.refusal(input, attempt=2)

    assert (first.code, first.retryable, len(first.details["failed"])) == ("Throttling", True, 2)
    assert (second.code, second.retryable, len(second.details["sent"])) == ("MessageRejected", False, TARGETS - 1)


def test_a_notice_stays_one_when_its_receipt_was_lost() -> None:
    office = Office()
    input = {"channel": "in_app", "user_groups": ["a"], "text": "x"}
    office.send(input)
    (notice,) = office.notices.page(["a"], page_size=10).items
    office.notices.mark_read(notice.notice_id, reader="ann", groups=["a"])
    (entry,) = [each for each in office.entries.read(_partition_of_receipts(office)) if each.key != "@first"]

    office.entries.delete(entry.partition, entry.key)
    office.clock.advance(60)
    office.send(input, attempt=2)

    (kept,) = office.notices.page(["a"], page_size=10).items
    assert (kept.created_at, kept.read_by) == (NOON, ("ann",))


def _partition_of_receipts(office: Office) -> str:
    from chalicelib.engine.notices import _receipts

    return _receipts(office.context().idempotency_key)


def test_it_may_be_tried_again_when_what_has_been_sent_cannot_be_looked_up() -> None:
    office = Office()

    def throttled(*arguments: Any, **options: Any) -> Any:
        message = "slow down"
        raise Unavailable(message)

    office.entries.add = throttled  # type: ignore[method-assign]
    error = office.refusal({"channel": "in_app", "user_groups": ["a"], "text": "x"})

    assert (error.code, error.retryable) == ("Unavailable", True)
    assert office.notifier.outbox == []


def test_every_step_run_is_told_by_itself() -> None:
    office = Office()
    input = {"channel": "in_app", "user_groups": ["a"], "text": "x"}
    office.send(input)
    services = Services(Settings(), None, _post_office(office))

    run(input, a_context(a_task("notify.send", run_id="work#2"), clock=office.clock), services)

    assert office.shown("a") == ["x", "x"]


def _post_office(office: Office) -> Any:
    from chalicelib.ports.notifications import PostOffice

    return PostOffice(log=office.notices, board=office.notices, notifier=office.notifier)
