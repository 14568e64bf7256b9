"""Brings a CloudFormation stack to a template, by change set: in AWS, or in an emulator of it.

The clients come as arguments, so the same code deploys anywhere. A stack that already has the tag of the wanted
fingerprint is left alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from weftctl.packaging.errors import DeploymentFailed
from weftctl.packaging.fragments import Template

FINGERPRINT_TAG = "weft:fingerprint"

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]  # roles, and the SAM transform
_AS_WANTED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
_ROLLED_BACK = frozenset({"UPDATE_ROLLBACK_COMPLETE"})  # has the tags of the update that failed
_NEVER_CREATED = frozenset({"REVIEW_IN_PROGRESS"})
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Deployment:
    """What a stack is to become: the template at an S3 object's address, and parameters by name.

    ``fingerprint`` names the whole content. ``declared`` are the names of the template's parameters: one that is not in
    ``parameters`` keeps the value that the stack has for it.
    """

    stack: str
    template_url: str
    fingerprint: str
    declared: Collection[str]
    parameters: Mapping[str, str] = field(default_factory=dict)


def locate_code(template: Template, bucket: str, key: str) -> Template:
    """``template`` with every function's code at ``s3://bucket/key`` in place of the local archive."""
    located: Template = json.loads(json.dumps(template))
    for resource in located["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
    return located


def deploy_stack(
    client: Any, deployment: Deployment, *, poll_seconds: float, say: Callable[[str], None]
) -> dict[str, str]:
    """Creates or updates the stack, waits until it is there, and returns its outputs by key.

    ``client`` is a boto3 client of CloudFormation.

    Raises:
        DeploymentFailed: the stack is in a state that cannot be updated, or the change was refused or rolled back.
    """
    stack = describe(client, deployment.stack)
    status = stack["StackStatus"] if stack else None
    if status in _AS_WANTED and _tags(stack).get(FINGERPRINT_TAG) == deployment.fingerprint:
        say(f"stack {deployment.stack} is up to date")
        return outputs(stack)
    if status is not None and status not in _AS_WANTED | _ROLLED_BACK | _NEVER_CREATED:
        raise DeploymentFailed(
            f"stack {deployment.stack} is {status}, which cannot be updated: wait for it, or delete it and deploy again"
        )
    create = status is None or status in _NEVER_CREATED
    if _prepare(client, deployment, None if create else stack, poll_seconds):
        say(f"{'creating' if create else 'updating'} stack {deployment.stack}")
        client.execute_change_set(StackName=deployment.stack, ChangeSetName=_change_set(deployment))
        _settle(client, deployment.stack, poll_seconds)
    return outputs(describe(client, deployment.stack))


def describe(client: Any, stack: str) -> dict[str, Any] | None:
    """The stack's description, or None when there is no such stack."""
    try:
        found: dict[str, Any] = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return found


def outputs(stack: dict[str, Any] | None) -> dict[str, str]:
    """A description's outputs by key."""
    return {output["OutputKey"]: output["OutputValue"] for output in (stack or {}).get("Outputs", [])}


def _tags(stack: dict[str, Any] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in (stack or {}).get("Tags", [])}


def _change_set(deployment: Deployment) -> str:
    return f"weft-{deployment.fingerprint}"


def parameters_of(deployment: Deployment, present: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The parameters of a change set for a stack whose description is ``present`` (None for a new one)."""
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in deployment.parameters.items()]
    had = {parameter["ParameterKey"] for parameter in (present or {}).get("Parameters", [])}
    kept = sorted(had & set(deployment.declared) - set(deployment.parameters))
    return [*given, *({"ParameterKey": name, "UsePreviousValue": True} for name in kept)]


def _prepare(client: Any, deployment: Deployment, present: dict[str, Any] | None, poll_seconds: float) -> bool:
    """Makes the change set; False when it would change nothing."""
    stack, name = deployment.stack, _change_set(deployment)
    _forget(client, stack, name)
    client.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="CREATE" if present is None else "UPDATE",
        TemplateURL=deployment.template_url,
        Capabilities=_CAPABILITIES,
        Parameters=parameters_of(deployment, present),
        Tags=[{"Key": FINGERPRINT_TAG, "Value": deployment.fingerprint}],
    )
    while True:
        change_set = client.describe_change_set(StackName=stack, ChangeSetName=name)
        if change_set["Status"] == "CREATE_COMPLETE":
            return True
        if change_set["Status"] == "FAILED":
            reason = change_set.get("StatusReason", "no reason given")
            _forget(client, stack, name)
            if any(text in reason for text in _NO_CHANGES):
                return False
            raise DeploymentFailed(f"the change of stack {stack} was refused: {reason}")
        time.sleep(poll_seconds)  # between two looks: CloudFormation tells nobody


def _forget(client: Any, stack: str, name: str) -> None:
    """Removes a change set that an earlier attempt at the same content left behind."""
    try:
        client.delete_change_set(StackName=stack, ChangeSetName=name)
    except ClientError as error:
        if "does not exist" not in str(error) and "NotFound" not in str(error):
            raise


def _settle(client: Any, stack: str, poll_seconds: float) -> None:
    """Waits until the stack stopped changing.

    Raises:
        DeploymentFailed: it did not end as wanted.
    """
    while True:
        description = describe(client, stack) or {"StackStatus": "DELETE_COMPLETE"}
        status = description["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            break
        time.sleep(poll_seconds)  # between two looks: CloudFormation tells nobody
    if status not in _AS_WANTED:
        raise DeploymentFailed(f"stack {stack} ended as {status}:\n{_reasons(client, stack)}")


def _reasons(client: Any, stack: str) -> str:
    """Why resources failed, first failure first: later ones are mostly "cancelled because of another"."""
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    failures = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
    lines = [
        f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}" for event in failures
    ]
    return "\n".join(lines[:10]) or "  CloudFormation gave no reason"
