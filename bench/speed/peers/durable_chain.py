"""The durable execution SDK's local runner: prints the steps per second of chains. Arguments: steps, executions."""

import json
import logging
import sys
import time
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python_testing.runner import DurableFunctionTestRunner

STEPS, EXECUTIONS = map(int, sys.argv[1:3])
logging.disable(logging.CRITICAL)


@durable_execution
def chain(
    event: Any,  # noqa: ARG001 - the SDK passes it
    context: DurableContext,
) -> int:
    """All steps."""
    n = 0
    for number in range(STEPS):
        n = context.step(lambda _, before=n: before + 1, name=f"s{number}")
    return n


with DurableFunctionTestRunner(handler=chain) as runner:
    runner.run(input="{}", execution_timeout=60)
    began = time.perf_counter()
    for _ in range(EXECUTIONS):
        if json.loads(runner.run(input="{}", execution_timeout=60).result) != STEPS:
            sys.exit("the chain gave a wrong number")
    took = time.perf_counter() - began
print(json.dumps(STEPS * EXECUTIONS / took))
