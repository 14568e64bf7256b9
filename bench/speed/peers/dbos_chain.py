"""DBOS on SQLite: prints the steps per second of chains. Arguments: steps, executions."""

import json
import sys
import tempfile
import time

from dbos import DBOS

STEPS, EXECUTIONS = map(int, sys.argv[1:3])


@DBOS.step()
def increment(n: int) -> int:
    """The number after ``n``."""
    return n + 1


@DBOS.workflow()
def chain(n: int) -> int:
    """All steps."""
    for _ in range(STEPS):
        n = increment(n)
    return n


with tempfile.TemporaryDirectory() as folder:
    DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{folder}/dbos.sqlite", "log_level": "ERROR"})
    DBOS.launch()
    chain(0)
    began = time.perf_counter()
    for _ in range(EXECUTIONS):
        if chain(0) != STEPS:
            sys.exit("the chain gave a wrong number")
    took = time.perf_counter() - began
    DBOS.destroy()
print(json.dumps(STEPS * EXECUTIONS / took))
