"""What each function may do: one policy file each, nothing wider than its reason. Layer: tests.

A missing right shows in the end-to-end tests, where the embedded AWS enforces these policies.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from weftctl.packaging.artefact import PROJECT_ROOT
from weftctl.packaging.fragments import load_infrastructure

FOLDER = PROJECT_ROOT / ".chalice"
CONFIG = json.loads((FOLDER / "config.json").read_text())
RESOURCES = load_infrastructure(PROJECT_ROOT / "infra", "dev")["Resources"]
FILES = {path.stem.removeprefix("policy-"): path for path in sorted(FOLDER.glob("policy-*.json"))}

WORKERS = ("worker_highest", "worker_high", "worker_medium", "worker_low", "worker_lowest")
FUNCTIONS = {
    *("api_handler", "decider", "waker", "sweeper", "publisher", "ws_connect", "ws_message", "ws_disconnect"),
    "event_receiver",
    *WORKERS,
}
# Chalice's configuration calls the WebSocket functions by their route.
CONFIGURED_AS = {f"ws_{route}": f"websocket_{route}" for route in ("connect", "message", "disconnect")}

# Statements on every resource, each with the reason why it cannot be narrower.
ON_EVERYTHING = {
    "TracingHasNoResources": "X-Ray knows no resources for these two actions",
    "SendEmailsFromOneAddress": "an identity may be the address or its domain; the condition names the address",
    "ListingStreamsHasNoResources": "DynamoDB lists streams for all tables or none, and Lambda's poller lists them",
}
# Statements on a pattern of resources, each with what narrows it.
ON_PATTERNS = {
    "InvokeFunctionsTaggedForWeft": {"StringEquals": {"aws:ResourceTag/weft:invocable": "true"}},
}
# Statements on everything but a pattern: what they are about has no name of its own.
BUT_PATTERNS = {
    "SendTextMessagesAndPublishToNoTopic": {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"},  # a number has no ARN
}


def statements(function: str) -> list[dict[str, Any]]:
    document = json.loads(FILES[function].read_text())
    assert document["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = document["Statement"]
    return found


def resources(statement: dict[str, Any]) -> list[Any]:
    resource = statement.get("Resource", [])
    return resource if isinstance(resource, list) else [resource]


def test_every_function_has_one_policy_file_and_uses_it_when_it_is_configured() -> None:
    assert set(FILES) == FUNCTIONS
    assert CONFIG["autogen_policy"] is False
    for function in FUNCTIONS:
        settings = CONFIG["lambda_functions"][CONFIGURED_AS.get(function, function)]
        assert settings["iam_policy_file"] == FILES[function].name
    assert len(CONFIG["lambda_functions"]) == len(FUNCTIONS)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_actions_are_listed_one_by_one_when_a_policy_allows_something(function: str) -> None:
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        assert statement["Action"] == sorted(set(statement["Action"]))
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z]+", action) for action in statement["Action"])


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_reason_is_known_when_a_statement_is_about_every_resource(function: str) -> None:
    for statement in statements(function):
        if "*" in resources(statement):
            assert statement["Sid"] in ON_EVERYTHING


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_pattern_is_narrowed_when_a_statement_is_about_resources_by_pattern(function: str) -> None:
    for statement in statements(function):
        patterns = [
            entry["Fn::Sub"] for entry in resources(statement) if isinstance(entry, dict) and "Fn::Sub" in entry
        ]
        # The streams of the own log group, the objects of the bucket and the connections of the API are parts of one.
        parts_of_one = ("/aws/lambda/", "PayloadsBucket.Arn}/*", ":${WebsocketAPI}/*")
        wide = [text for text in patterns if text.endswith("*") and not any(part in text for part in parts_of_one)]
        if wide:
            assert statement["Condition"] == ON_PATTERNS[statement["Sid"]]


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_the_exception_is_known_when_a_statement_is_about_everything_else(function: str) -> None:
    for statement in statements(function):
        assert ("Resource" in statement) != ("NotResource" in statement)
        if "NotResource" in statement:
            assert statement["NotResource"] == BUT_PATTERNS[statement["Sid"]]


def test_only_functions_that_run_activities_tell_people_when_messages_are_sent() -> None:
    senders = {
        function
        for function in FUNCTIONS
        for statement in statements(function)
        if {"ses:SendEmail", "sns:Publish"} & set(statement["Action"])
    }

    assert senders == {"decider", *(function for function in FUNCTIONS if function.startswith("worker_"))}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_e_mails_come_from_the_address_of_the_stack_when_they_are_sent(function: str) -> None:
    for statement in statements(function):
        if "ses:SendEmail" in statement["Action"]:
            # Absent only where nothing asks for it: SES itself always says from whom.
            assert statement["Condition"] == {"StringEqualsIfExists": {"ses:FromAddress": {"Ref": "EmailSender"}}}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_resource_is_one_of_the_stack_when_a_statement_refers_to_it(function: str) -> None:
    text = json.dumps(statements(function))
    by_attribute = re.findall(r'"Fn::GetAtt": \["(\w+)"', text)
    by_text = re.findall(r"\$\{(\w+)\.Arn\}", text)

    assert set(by_attribute) | set(by_text) <= set(RESOURCES)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_writes_only_its_own_log_when_it_logs(function: str) -> None:
    (logs,) = [
        statement for statement in statements(function) if any(a.startswith("logs:") for a in statement["Action"])
    ]

    assert logs["Action"] == [
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ]  # the stack makes the group, with its retention
    assert logs["Resource"]["Fn::Sub"].endswith(f":log-group:/aws/lambda/weft-${{Stage}}-{function}:*")


def test_only_some_functions_append_when_commits_are_written() -> None:
    writers = {
        function
        for function in FUNCTIONS
        for statement in statements(function)
        if "dynamodb:PutItem" in statement["Action"] and {"Fn::GetAtt": ["CommitsTable", "Arn"]} in resources(statement)
    }

    # Starting an execution writes its first commit: by a request, a workflow, a subscription; deciding writes the rest.
    starters = {"api_handler", "publisher", "waker", "event_receiver", *WORKERS}
    assert writers == {"decider", "sweeper", *starters}


def test_nobody_changes_or_deletes_a_commit_when_it_is_written() -> None:
    for function in FUNCTIONS:
        for statement in statements(function):
            if {"Fn::GetAtt": ["CommitsTable", "Arn"]} in resources(statement):
                assert not {"dynamodb:UpdateItem", "dynamodb:DeleteItem"} & set(statement["Action"])
