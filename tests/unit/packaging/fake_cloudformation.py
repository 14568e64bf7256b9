"""A CloudFormation of one stack, as far as deployments use it: change sets, their outcome, events. Layer: tests."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


def missing(operation: str, what: str) -> ClientError:
    """The error that AWS answers with for something that is not there."""
    return ClientError({"Error": {"Code": "ValidationError", "Message": f"{what} does not exist"}}, operation)


class FakeCloudFormation:
    """Every status is shown as in progress once, so that callers have to wait.

    ``refusal`` is why a change set fails, ``outcome`` how the stack ends once a change set is executed.
    """

    def __init__(
        self,
        status: str | None = None,
        *,
        refusal: str = "",
        outcome: str = "",
        parameters: dict[str, str] | None = None,
    ) -> None:
        self.status = status
        self.tags: list[dict[str, str]] = []
        self.parameters = parameters or {}
        self.executed: list[dict[str, Any]] = []
        self.prepared: dict[str, Any] | None = None
        self.outputs = {"RestAPIId": "abc"}
        self._refusal = refusal
        self._outcome = outcome
        self._waiting: list[str] = []

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        if self.status is None:
            raise missing("DescribeStacks", f"Stack with id {StackName}")
        status = self._waiting.pop() if self._waiting else self.status
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()]
        known = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        return {"Stacks": [{"StackStatus": status, "Tags": self.tags, "Outputs": outputs, "Parameters": known}]}

    def create_change_set(self, **request: Any) -> None:
        self.prepared = request
        self._waiting = ["CREATE_IN_PROGRESS"]

    def delete_change_set(self, StackName: str, ChangeSetName: str) -> None:  # noqa: N803 - AWS's names
        if self.prepared is None:
            raise missing("DeleteChangeSet", f"ChangeSet {ChangeSetName} of {StackName}")
        self.prepared = None

    def describe_change_set(self, **_: str) -> dict[str, str]:
        if self._waiting:
            return {"Status": self._waiting.pop()}
        if self._refusal:
            return {"Status": "FAILED", "StatusReason": self._refusal}
        return {"Status": "CREATE_COMPLETE"}

    def execute_change_set(self, **_: str) -> None:
        assert self.prepared is not None
        kind = self.prepared["ChangeSetType"]
        self.executed.append(self.prepared)
        self.tags = self.prepared["Tags"]
        self.status = self._outcome or f"{kind}_COMPLETE"
        self._waiting = [f"{kind}_IN_PROGRESS"]

    def describe_stack_events(self, **_: str) -> dict[str, Any]:
        newest_first = [
            {"LogicalResourceId": "Other", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "cancelled"},
            {"LogicalResourceId": "Queue", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "name taken"},
            {"LogicalResourceId": "Table", "ResourceStatus": "CREATE_COMPLETE"},
        ]
        return {"StackEvents": newest_first}
