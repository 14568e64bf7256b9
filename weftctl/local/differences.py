"""Every place where the emulator is not AWS, or a developer's machine not a data centre, each with its reason.

Pure functions on the packaged template and on MiniStack's saved state; the artefact on disk stays the one that
production deploys. Found with MiniStack 1.5.33; `docs/local-runtime.md` says how it behaves where nothing has to be
changed.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from weftctl.packaging.fragments import Template

# In AWS the right to an action covers its batch form, which is no action of its own. The emulator asks for each by its
# name.
_BATCHED = frozenset({"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:SendMessage"})

# The emulator has no API deployments: its stages serve the API's present routes once they deploy on their own (below).
# And it speaks no TLS, without which the bucket's policy denies everything.
_LEFT_OUT = frozenset({"AWS::ApiGatewayV2::Deployment", "AWS::S3::BucketPolicy"})

_BINARY_TYPES = "x-amazon-apigateway-binary-media-types"

# Defaults of parameters that stand for nothing.
_UNSET = frozenset({"", "[]"})

# AWS runs as many workers as the stage allows. Here each is a Python process of some 80 MB.
MAXIMUM_CONCURRENCY = 4


def adapt_template(template: Template, endpoint_url: str) -> Template:
    """The packaged template as the emulator can deploy it; its functions find the emulator at ``endpoint_url``.

    The address is what makes the stage ``local`` local: without it the application trusts nobody.
    """
    unset = {name for name, about in template.get("Parameters", {}).items() if about.get("Default") in _UNSET}
    resources = {
        name: _adapt_role(resource) if resource["Type"] == "AWS::IAM::Role" else _adapt_function(resource, unset)
        for name, resource in template["Resources"].items()
        if resource["Type"] not in _LEFT_OUT
    }
    for resource in resources.values():
        if resource["Type"] == "AWS::ApiGatewayV2::Stage":
            properties = {key: value for key, value in resource["Properties"].items() if key != "DeploymentId"}
            resource["Properties"] = {**properties, "AutoDeploy": True}
    adapted: Template = json.loads(json.dumps({**template, "Resources": resources}))
    _say_binary_types(adapted["Resources"])
    variables = adapted["Globals"]["Function"]["Environment"]["Variables"]
    variables |= {"WEFT_AWS_ENDPOINT_URL": endpoint_url, "AWS_ENDPOINT_URL": endpoint_url}
    return adapted


def _say_binary_types(resources: dict[str, Any]) -> None:
    """The emulator takes from a property of the API which answers are bytes, not from the API's description."""
    for resource in resources.values():
        description = resource.get("Properties", {}).get("DefinitionBody", {})
        if _BINARY_TYPES in description:
            resource["Properties"]["BinaryMediaTypes"] = description[_BINARY_TYPES]


def _adapt_function(resource: dict[str, Any], unset: Collection[str]) -> dict[str, Any]:
    """A copy of a resource that leaves to the environment what parameters that are ``unset`` would say.

    The environment of a function is added to that of the emulator, and what stands in it, even an empty text, counts:
    it would hide what was set for the emulator. Queues, if it is a function that reads some, are read with a number as
    concurrency.

    The emulator hands a parameter's value on as text and then compares it with a number, which ends its polling of
    queues.
    """
    adapted: dict[str, Any] = json.loads(json.dumps(resource))
    environment = adapted.get("Properties", {}).get("Environment", {})
    if "Variables" in environment:
        environment["Variables"] = {
            name: value
            for name, value in environment["Variables"].items()
            if not (isinstance(value, dict) and value.get("Ref") in unset)
        }
    for event in (adapted.get("Properties", {}).get("Events") or {}).values():
        if "ScalingConfig" in event.get("Properties", {}):
            event["Properties"]["ScalingConfig"] = {"MaximumConcurrency": MAXIMUM_CONCURRENCY}
    return adapted


def _adapt_role(role: dict[str, Any]) -> dict[str, Any]:
    """A copy of a role whose policies name the batch form beside each action that has one."""
    adapted: dict[str, Any] = json.loads(json.dumps(role))
    for policy in adapted["Properties"].get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            allowed = statement["Action"]
            statement["Action"] = [*allowed, *(f"{action}Batch" for action in allowed if action in _BATCHED)]
    return adapted


def release_messages(saved_queues: str) -> str:
    """MiniStack's saved queues (JSON text) with every message visible that was being worked on when it stopped.

    Its workers died with it. In AWS a stack does not stop; here a developer would wait for the visibility timeout, up
    to 15 minutes, until an activity in flight goes on. Messages that are delayed, and were never received, keep their
    time.
    """
    state = json.loads(saved_queues)
    for message in _messages(state):
        if message.get("receipt_handle") is not None:
            message["receipt_handle"] = None
            message["visible_at"] = message["sent_at"]
    return json.dumps(state)


def _messages(node: Any) -> list[dict[str, Any]]:
    """Every message in the saved state, however deep: the scopes above them (account, region, queue) do not matter
    here.
    """
    if isinstance(node, list):
        return [message for entry in node for message in _messages(entry)]
    if not isinstance(node, dict):
        return []
    if "visible_at" in node and "sent_at" in node:
        return [node]
    return [message for entry in node.values() for message in _messages(entry)]


def forget_stream_positions(saved_functions: str) -> str:
    """MiniStack's saved functions (JSON text) with no position in any stream, so that each is read from its beginning.

    It saves how far it has read, but not the records, which it counts from zero again: it would take as many new ones
    for read as there were before.
    """
    state = json.loads(saved_functions)
    positions = state.get("payload", {}).get("dynamodb_stream_positions")
    if not positions or not positions.get("data"):
        return saved_functions
    positions["data"] = {}
    return json.dumps(state)


def move_endpoint(saved: str, old: str, new: str) -> str:
    """A file of MiniStack's saved state with the address ``old`` replaced by ``new``, both as ``host:port``.

    Queues are kept under their address, and functions have it in their environment: after a change of the port the
    restored queues would be there, and nobody would read them.
    """
    return saved.replace(f"//{old}/", f"//{new}/")
