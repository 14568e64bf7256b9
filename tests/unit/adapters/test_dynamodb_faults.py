"""The stores when DynamoDB throttles, fails, or answers into the void. Layer: tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.aws import AwsRefused
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Unavailable, VersionConflict
from chalicelib.domain.execution.events import Event
from chalicelib.ports.entries import Entry
from chalicelib.ports.executions import Snapshot, SummaryQuery
from tests.contract.backends import AwsBackend
from tests.contract.samples import AT, commit, definition, incompressible, summary
from tests.unit.adapters.faults import Step, hooked, losing_answers, losing_requests, scripted

SNAPSHOT = Snapshot(execution_id="execution-1", commit_number=1, evolve_version=1, state=b"{}")
ENTRY = Entry(partition="p", key="k", body={}, version=1)
THROTTLED = "ProvisionedThroughputExceededException"

CALLS: list[tuple[str, Callable[[AwsBackend], object]]] = [
    ("put_item", lambda aws: aws.executions().append(commit())),
    ("query", lambda aws: list(aws.executions().read("execution-1"))),
    ("get_item", lambda aws: aws.executions().load_snapshot("execution-1")),
    ("put_item", lambda aws: aws.executions().save_snapshot(SNAPSHOT)),
    ("update_item", lambda aws: aws.summaries().project(summary())),
    ("get_item", lambda aws: aws.summaries().get("execution-1")),
    ("get_item", lambda aws: aws.summaries().search(SummaryQuery(), page_size=1)),
    ("query", lambda aws: aws.summaries().any_open("orders")),
    ("get_item", lambda aws: aws.definitions().add(definition())),
    ("get_item", lambda aws: aws.definitions().get("orders")),
    ("query", lambda aws: aws.definitions().entries(page_size=1)),
    ("get_item", lambda aws: aws.definitions().delete("orders", at=AT)),
    ("put_item", lambda aws: aws.timers().set("execution-1", AT)),
    ("get_item", lambda aws: list(aws.timers().due(until=AT))),
    ("update_item", lambda aws: aws.timers().swept(until=AT)),
    ("put_item", lambda aws: aws.entries().put("p", "k", {})),
    ("put_item", lambda aws: aws.entries().add("p", "k", {})),
    ("put_item", lambda aws: aws.entries().replace(ENTRY, {})),
    ("get_item", lambda aws: aws.entries().get("p", "k")),
    ("query", lambda aws: list(aws.entries().read("p"))),
    ("delete_item", lambda aws: aws.entries().delete("p", "k")),
    ("delete_item", lambda aws: aws.entries().remove(ENTRY)),
]


@pytest.mark.parametrize(("operation", "call"), CALLS)
def test_the_store_is_unavailable_when_it_throttles(
    moto: AwsBackend, operation: str, call: Callable[[AwsBackend], object]
) -> None:
    moto.settings("commits", "snapshots", "summaries", "definitions", "timers", "entries")

    with scripted(moto.aws, "dynamodb", (operation, THROTTLED)), pytest.raises(Unavailable):
        call(moto)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("InternalServerError", 500, Unavailable),
        ("Unknown", 503, Unavailable),
        ("AccessDeniedException", 400, AwsRefused),
        ("ResourceNotFoundException", 400, AwsRefused),
        ("ConditionalCheckFailedException", 400, VersionConflict),
    ],
)
def test_the_error_says_whether_to_try_again_when_an_append_fails(
    moto: AwsBackend, code: str, status: int, expected: type[Exception]
) -> None:
    store = moto.executions()

    with scripted(moto.aws, "dynamodb", ("put_item", code), status=status), pytest.raises(expected):
        store.append(commit())


def test_timers_are_unavailable_when_their_deletion_or_the_scan_throttles(moto: AwsBackend) -> None:
    store = moto.timers()
    store.set("execution-1", AT)
    (timer,) = store.due(until=AT)

    with scripted(moto.aws, "dynamodb", ("delete_item", THROTTLED)), pytest.raises(Unavailable):
        store.delete(timer)
    no_cursor: Step = ("get_item", {})  # so the table is scanned
    with scripted(moto.aws, "dynamodb", no_cursor, ("scan", THROTTLED)), pytest.raises(Unavailable):
        list(store.due(until=AT))
    assert list(store.due(until=AT)) == [timer]


def test_every_page_is_scanned_when_the_table_was_never_swept(moto: AwsBackend) -> None:
    minutes = ["2026-03-30T11:59", "2026-03-30T11:58", "2026-03-30T12:01"]
    pages: list[Step] = []
    for n, minute in enumerate(minutes):
        key = {"bucket": {"S": f"{minute}#0"}, "due": {"S": f"{minute}:00.000000Z#a"}}
        more = {"LastEvaluatedKey": key} if n < len(minutes) - 1 else {}
        pages.append(("scan", {"Items": [key], **more}))
    nothing: Step = ("query", {"Items": []})

    store = moto.timers()

    # then the two minutes that have come are asked for, in each of four shards
    with scripted(moto.aws, "dynamodb", ("get_item", {}), *pages, *[nothing] * 8):
        assert list(store.due(until=AT)) == []


def test_the_cursor_stays_when_an_older_sweep_ends_later(moto: AwsBackend) -> None:
    # Going back would only cost queries, but for ever more of them if it went on.
    store = moto.timers()
    store.swept(until=AT)

    store.swept(until=AT - timedelta(hours=1))

    key = {"bucket": {"S": "#cursor"}, "due": {"S": "#"}}
    cursor = moto.aws.client("dynamodb").get_item(TableName="timers-unit", Key=key)["Item"]
    assert cursor["minute"] == {"S": "2026-03-30T12:00"}


# --- answers and requests that are lost -----------------------------------------------------------------------------


def test_the_command_ids_tell_the_outcome_when_an_append_s_answer_was_lost(moto: AwsBackend) -> None:
    # given
    store = moto.executions()
    ours = commit(command_ids=("task:charge#1:1",))

    # when the commit is written, but the call times out, so nobody knows
    with losing_answers(moto.aws, "dynamodb", "PutItem"), pytest.raises(Unavailable):
        store.append(ours)

    # then trying again conflicts with what is found to be ours
    with pytest.raises(VersionConflict):
        store.append(ours)
    (found,) = store.read("execution-1")
    assert found.command_ids == ours.command_ids


def test_nothing_is_written_when_an_append_s_request_was_lost(moto: AwsBackend) -> None:
    store = moto.executions()

    with losing_requests(moto.aws, "dynamodb", "PutItem"), pytest.raises(Unavailable):
        store.append(commit())

    assert list(store.read("execution-1")) == []
    store.append(commit())
    assert list(store.read("execution-1")) == [commit()]


def test_no_commit_refers_to_a_missing_blob_when_the_blob_could_not_be_kept(moto: AwsBackend) -> None:
    store = moto.executions()
    large = commit(events=(Event("StepCompleted", "charge#1", {"output": incompressible(300_000)}),))

    with losing_requests(moto.aws, "s3", "PutObject"), pytest.raises(Unavailable):
        store.append(large)

    assert list(store.read("execution-1")) == []


def test_a_snapshot_is_none_when_its_blob_is_gone_or_refused(moto: AwsBackend) -> None:
    # given
    store = moto.executions()
    large = msgspec.structs.replace(SNAPSHOT, state=incompressible(300_000).encode())
    store.save_snapshot(large)
    assert store.load_snapshot("execution-1") == large

    # when, then: S3 refuses those who may not list a bucket, instead of saying that a thing is not there
    for code in ("NoSuchKey", "AccessDenied"):
        with scripted(moto.aws, "s3", ("get_object", code)):
            assert store.load_snapshot("execution-1") is None
    with scripted(moto.aws, "s3", ("get_object", "SlowDown")), pytest.raises(Unavailable):
        store.load_snapshot("execution-1")


def test_a_row_s_month_is_known_when_its_row_could_not_be_written(moto: AwsBackend) -> None:
    # The month is written first: the other way round, a crash in between would hide the row from every search.
    store = moto.summaries()

    with losing_requests(moto.aws, "dynamodb", "PutItem"), pytest.raises(Unavailable):
        store.project(summary())

    assert store.search(SummaryQuery(), page_size=1).items == []
    assert store.project(summary())
    assert store.search(SummaryQuery(), page_size=1).items == [summary()]


# --- registering a definition ---------------------------------------------------------------------------------------


def test_nothing_is_registered_when_the_request_was_lost(moto: AwsBackend) -> None:
    store = moto.definitions()
    store.add(definition())

    with losing_requests(moto.aws, "dynamodb", "TransactWriteItems"), pytest.raises(Unavailable):
        store.add(definition(version="1.1.0", digest="lost"))

    assert [each.version for each in store.versions("orders")] == ["1.0.0"]
    assert store.get("orders", "1.1.0", deleted=True) is None
    assert store.add(definition(version="1.1.0", digest="another content"))


def test_everything_is_registered_when_the_answer_was_lost(moto: AwsBackend) -> None:
    store = moto.definitions()

    with losing_answers(moto.aws, "dynamodb", "TransactWriteItems"), pytest.raises(Unavailable):
        store.add(definition())

    assert store.get("orders") == definition()
    assert store.entry("orders") is not None
    assert not store.add(definition())


def test_nothing_is_registered_when_the_process_dies_after_keeping_the_document(moto: AwsBackend) -> None:
    # given a document so large that it is kept in S3 first
    store = moto.definitions()
    large = definition(document={"description": incompressible(500_000)})

    # when
    with losing_requests(moto.aws, "dynamodb", "TransactWriteItems"), pytest.raises(Unavailable):
        store.add(large)

    # then
    assert store.get("orders", "1.0.0", deleted=True) is None
    assert store.add(large)
    assert store.get("orders") == large


NOT_THERE: Step = ("get_item", {})
CANCELLED: Step = ("transact_write_items", "TransactionCanceledException")


def reasons(*codes: str) -> dict[str, object]:
    return {"CancellationReasons": [{"Code": code} for code in codes]}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("None", "ThrottlingError"), Unavailable),
        (("ProvisionedThroughputExceeded", "None"), Unavailable),
        (("ValidationError", "None"), AwsRefused),
    ],
)
def test_the_reasons_tell_whether_to_try_again_when_a_transaction_is_cancelled(
    moto: AwsBackend, codes: tuple[str, ...], expected: type[Exception]
) -> None:
    store = moto.definitions()

    with (
        scripted(moto.aws, "dynamodb", NOT_THERE, NOT_THERE, CANCELLED, details=reasons(*codes)),
        pytest.raises(expected),
    ):
        store.add(definition())


@pytest.mark.parametrize("code", ["ConditionalCheckFailed", "TransactionConflict"])
def test_registering_starts_over_when_another_transaction_wins(moto: AwsBackend, code: str) -> None:
    store = moto.definitions()
    done: Step = ("transact_write_items", {})

    with scripted(
        moto.aws, "dynamodb", NOT_THERE, NOT_THERE, CANCELLED, NOT_THERE, NOT_THERE, done, details=reasons("None", code)
    ):
        assert store.add(definition())


def test_registering_gives_up_when_others_always_win(moto: AwsBackend) -> None:
    store = moto.definitions()
    lost = [NOT_THERE, NOT_THERE, CANCELLED]

    with (
        scripted(moto.aws, "dynamodb", *lost * 10, details=reasons("None", "ConditionalCheckFailed")),
        pytest.raises(Unavailable, match="keep changing"),
    ):
        store.add(definition())


def test_deleting_starts_over_and_gives_up_when_others_keep_registering(moto: AwsBackend) -> None:
    store = moto.definitions()
    store.add(definition())
    key = {"workflow_id": {"S": "orders"}, "version": {"S": "#"}}
    item = moto.aws.client("dynamodb").get_item(TableName="definitions-unit", Key=key)["Item"]
    lost: list[Step] = [("get_item", {"Item": item}), ("put_item", "ConditionalCheckFailedException")]

    with scripted(moto.aws, "dynamodb", *lost * 10), pytest.raises(Unavailable, match="keep changing"):
        store.delete("orders", at=AT)
    with scripted(moto.aws, "dynamodb", *lost, lost[0], ("put_item", {})):
        assert store.delete("orders", at=AT)


# --- reading many at once -------------------------------------------------------------------------------------------


def test_rows_that_were_left_out_are_asked_for_again_when_a_batch_is_throttled_in_part(moto: AwsBackend) -> None:
    # given
    store = moto.summaries()
    for n in range(3):
        store.project(summary(f"execution-{n}"))
    taken = []

    def leave_one_out(parsed: dict[str, Any], **_: Any) -> None:
        rows = parsed["Responses"]["summaries-unit"]
        if len(rows) > 1:
            left = rows.pop()
            parsed["UnprocessedKeys"] = {"summaries-unit": {"Keys": [{"execution_id": left["execution_id"]}]}}
        taken.append(len(rows))

    # when
    with hooked(moto.aws, "after-call.dynamodb.BatchGetItem", leave_one_out):
        page = store.search(SummaryQuery(), page_size=10)

    # then
    assert len(page.items) == 3
    assert taken == [2, 1]


def test_a_search_is_unavailable_when_a_row_is_left_out_again_and_again(moto: AwsBackend) -> None:
    store = moto.summaries()
    store.project(summary())

    def leave_all_out(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Responses"] = {}
        parsed["UnprocessedKeys"] = {"summaries-unit": {"Keys": [{"execution_id": {"S": "execution-1"}}]}}

    with (
        hooked(moto.aws, "after-call.dynamodb.BatchGetItem", leave_all_out),
        pytest.raises(Unavailable, match="again and again"),
    ):
        store.search(SummaryQuery(), page_size=10)


def test_a_write_of_ours_counts_when_the_client_repeats_it_because_its_answer_was_lost(
    moto: AwsBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a client that sends a write that was done a second time: its condition then fails on our own item
    done = Table.put

    def twice(table: Table[Any], item: Any, condition: Any = None) -> None:
        done(table, item, condition)
        done(table, item, condition)

    store = moto.entries()
    with monkeypatch.context() as patch:
        patch.setattr(Table, "put", twice)
        added = store.add("p", "k", {"n": 1})
        (entry,) = store.read("p")
        replaced = store.replace(entry, {"n": 2})

    # then
    assert added
    assert replaced
    assert not store.add("p", "k", {"n": 3})
    assert [each.body for each in store.read("p")] == [{"n": 2}]
