"""moto's Step Functions: prints the steps per second of chains. Arguments: steps, executions.

Its interpreter runs in a thread of this process and keeps everything in memory. A step adds one by an
intrinsic function.
"""

import json
import sys
import time
import uuid
from typing import Any

import boto3
from moto import mock_aws
from moto.core.config import default_user_config

STEPS, EXECUTIONS = map(int, sys.argv[1:3])
ROLE = "arn:aws:iam::123456789012:role/bench"
STATES = {
    f"s{number}": {
        "Type": "Pass",
        "Parameters": {"n.$": "States.MathAdd($.n, 1)"},
        **({"End": True} if number == STEPS - 1 else {"Next": f"s{number + 1}"}),
    }
    for number in range(STEPS)
}


def run(machines: Any, machine: str) -> None:
    """One execution, to its end."""
    started = machines.start_execution(stateMachineArn=machine, name=uuid.uuid4().hex, input='{"n": 0}')
    execution = started["executionArn"]
    while (seen := machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.001)  # between two looks, so that the interpreter's thread gets its turn
    if seen["status"] != "SUCCEEDED" or json.loads(seen["output"]) != {"n": STEPS}:
        sys.exit(f"the chain ended {seen['status']} with {seen.get('output')}")


default_user_config["stepfunctions"] = {"execute_state_machine": True}
with mock_aws():
    client = boto3.client("stepfunctions", region_name="us-east-1")
    text = json.dumps({"StartAt": "s0", "States": STATES})
    arn = client.create_state_machine(name="chain", definition=text, roleArn=ROLE)["stateMachineArn"]
    run(client, arn)
    began = time.perf_counter()
    for _ in range(EXECUTIONS):
        run(client, arn)
    took = time.perf_counter() - began
print(json.dumps(STEPS * EXECUTIONS / took))
