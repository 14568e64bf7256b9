"""Requests that make no sense, each with a clear answer. Layer: tests."""

from __future__ import annotations

import pytest

from tests.functional.api.definitions import hello
from tests.functional.api.service import BASE, Service, segment

STRANGE_IDS = ["a/b", "..", ".", "-a", "😀", "a b", "x" * 1000, "a%b", "a\nb", "%2e%2e", "a;b", "é"]


@pytest.mark.parametrize("name", STRANGE_IDS)
@pytest.mark.parametrize(
    "path",
    ["/{}", "/{}/versions", "/{}/versions/1.0.0", "/executions/{}", "/executions/{}/history"],
)
def test_a_name_is_refused_when_nothing_can_have_it(service: Service, path: str, name: str) -> None:
    reply = service.get(path.format(segment(name)))

    assert (reply.status, reply.body["code"]) == (400, "InvalidRequest")
    assert "must be 1 to 128 letters" in reply.body["errors"][0]["message"]
    assert len(reply.body["detail"]) < 400


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nothing_changes_when_the_name_is_strange(service: Service, method: str) -> None:
    service.post("", hello())

    reply = service.call(method, f"{BASE}/{segment('hello/..')}", hello())

    assert reply.status == 400
    assert service.get("/hello").status == 200


@pytest.mark.parametrize("version", ["1", "v1.0.0", "1.0", "latest", "01.0.0", "1.0.0-", "9" * 300])
def test_a_version_is_refused_when_it_is_none(service: Service, version: str) -> None:
    reply = service.get(f"/hello/versions/{segment(version)}")

    assert (reply.status, reply.body["errors"][0]["code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize("path", ["", "/executions", "/executions/e-1/history"])
@pytest.mark.parametrize("size", ["0", "-1", "1000000000", "x", "", "1.5", "1e3", "٣", "9" * 5000])
def test_a_page_size_is_refused_when_no_page_can_have_it(service: Service, path: str, size: str) -> None:
    reply = service.get(f"{path}?page_size={segment(size)}")

    assert (reply.status, reply.body["code"]) == (400, "InvalidRequest")
    assert "page_size must be a whole number from 1 to 1000" in reply.body["detail"]
    assert len(reply.body["detail"]) < 300


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("page=0", "page must be a whole number"),
        ("page=2&cursor=abc", "cursor or page, not both"),
        ("page=1000&page_size=1000", "at most 10,000 entries"),
        ("page_size=5&page_size=6", "page_size must stand once"),
        ("pagesize=5", "Did you mean 'page_size'?"),
        ("cursor=", "cursor must be 1 to 4096 characters"),
        ("states=finished", "states must be one of pending"),
        ("states=", None),
        ("workflow_id=a/b", "workflow_id must be"),
        ("created_from=yesterday", "created_from must be an RFC 3339 time"),
        ("created_from=0001-01-01T00:00:00%2B12:00", "created_from must be an RFC 3339 time"),
        ("min_duration_ms=-1", "min_duration_ms must be a whole number"),
        ("tags=team", "tags must be of the form key=value"),
        ("tags==x", "tags must be of the form key=value"),
        ("", None),
    ],
)
def test_a_query_is_refused_with_the_parameter_when_one_is_wrong(
    service: Service, query: str, words: str | None
) -> None:
    reply = service.get(f"/executions?{query}")

    if words is None:
        assert reply.status == 200
        return
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequest")
    findings = [f"{finding['message']} {finding['hint']}" for finding in reply.body["errors"]]
    assert words in " ".join([reply.body["detail"], *findings])


def test_every_parameter_is_told_when_several_are_wrong(service: Service) -> None:
    reply = service.get("/executions/e-1/history?page_size=0&event_type=StepFailed&start_time=x")

    assert len(reply.body["errors"]) == 3
    assert "event_types" in str(reply.body["errors"])


def test_a_parameter_is_refused_when_the_route_has_none(service: Service) -> None:
    reply = service.call("POST", f"{BASE}/start?force=true", {})

    assert reply.body["errors"][0]["hint"] == "This route has none."


@pytest.mark.parametrize(("force", "status"), [("", 404), ("true", 404), ("FALSE", 404), ("maybe", 400)])
def test_a_flag_is_read_when_it_says_yes_or_no(service: Service, force: str, status: int) -> None:
    assert service.call("DELETE", f"{BASE}/hello?force={force}").status == status


def test_a_trailing_slash_is_ignored_when_there_is_one(service: Service) -> None:
    service.post("/", hello())

    assert service.get("/hello/").status == 200
    assert service.get("/executions/?page_size=1").status == 200


def test_a_literal_segment_wins_when_a_name_could_stand_there(service: Service) -> None:
    assert "executions" in service.get("/executions").body
    assert service.get("/executions/history").body["code"] == "ExecutionNotFound"
    assert service.get("/executions/versions").body["code"] == "ExecutionNotFound"
    assert service.call("GET", f"{BASE}/validate").status == 405
