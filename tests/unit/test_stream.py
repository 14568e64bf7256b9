"""The publisher's batch: an execution's commits together, and what comes again after a failure. Layer: tests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.errors import Unavailable
from chalicelib.events import stream


class Publisher:
    """Notes what it is given; fails for one execution."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.published: list[tuple[str, list[int]]] = []

    def handle(self, execution_id: str, commits: list[Any]) -> None:
        if execution_id == self.broken:
            raise Unavailable("not now")
        self.published.append((execution_id, [commit.number for commit in commits]))


def record(sequence: int, execution_id: str, number: int) -> dict[str, Any]:
    image = {"execution_id": {"S": execution_id}, "n": {"N": str(number)}}
    change = {"Keys": image, "NewImage": image, "SequenceNumber": str(sequence)}
    return {"eventName": "INSERT", "dynamodb": change}


RECORDS = [record(1, "a", 1), record(2, "b", 1), record(3, "a", 2), record(4, "c", 1), record(5, "b", 2)]


def publish(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, records: list[dict[str, Any]] = RECORDS
) -> dict[str, Any]:
    def commit(image: dict[str, Any]) -> Any:
        return SimpleNamespace(number=int(image["n"]["N"]), events=())

    monkeypatch.setattr(bootstrap, "engine", lambda: SimpleNamespace(publish=publisher))
    monkeypatch.setattr(bootstrap, "decoders", lambda: SimpleNamespace(commit=commit))
    return stream.handle({"Records": records}, None)


def test_commits_of_an_execution_are_published_together_when_others_lie_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publisher = Publisher()

    assert publish(publisher, monkeypatch) == {"batchItemFailures": []}

    assert publisher.published == [("a", [1, 2]), ("b", [1, 2]), ("c", [1])]


@pytest.mark.parametrize(("broken", "comes_again"), [("a", "1"), ("b", "2"), ("c", "4")])
def test_everything_from_the_first_commit_not_published_comes_again_when_one_fails(
    monkeypatch: pytest.MonkeyPatch, broken: str, comes_again: str
) -> None:
    publisher = Publisher(broken)

    assert publish(publisher, monkeypatch) == {"batchItemFailures": [{"itemIdentifier": comes_again}]}

    sent_again = {each["dynamodb"]["Keys"]["execution_id"]["S"] for each in RECORDS[int(comes_again) - 1 :]}
    assert {execution_id for execution_id, _ in publisher.published} | sent_again == {"a", "b", "c"}


@pytest.mark.parametrize("keys", [None, {}, {"execution_id": {}}, {"execution_id": None}])
def test_everything_before_is_published_when_a_record_does_not_say_which_execution_it_is_of(
    monkeypatch: pytest.MonkeyPatch, keys: Any
) -> None:
    publisher = Publisher()
    odd = {"eventName": "INSERT", "dynamodb": {"Keys": keys, "SequenceNumber": "3"}}

    answer = publish(publisher, monkeypatch, [*RECORDS[:2], odd, *RECORDS[3:]])

    assert answer == {"batchItemFailures": [{"itemIdentifier": "3"}]}
    assert publisher.published == [("a", [1]), ("b", [1])]


def test_record_is_passed_over_when_it_tells_of_no_insertion(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = Publisher()

    answer = publish(publisher, monkeypatch, [{"eventName": "REMOVE"}, {}, *RECORDS[:1]])

    assert answer == {"batchItemFailures": []}
    assert publisher.published == [("a", [1])]
