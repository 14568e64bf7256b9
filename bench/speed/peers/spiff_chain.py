"""SpiffWorkflow: prints the steps per second of chains. Arguments: steps, executions, "saved" or "unsaved"."""

import json
import sqlite3
import sys
import tempfile
import time

from SpiffWorkflow.serializer.json import JSONSerializer
from SpiffWorkflow.specs.Simple import Simple
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.workflow import Workflow

STEPS, EXECUTIONS, FORM = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

spec = WorkflowSpec("chain", addstart=True)
last = spec.start
for number in range(STEPS):
    following = Simple(spec, f"s{number}")
    last.connect(following)
    last = following


def run(database: sqlite3.Connection) -> None:
    """One execution; saved, the whole workflow is written after every step."""
    workflow = Workflow(spec)
    serializer = JSONSerializer()
    n = 0
    while not workflow.is_completed():
        if not workflow.run_next():
            sys.exit("the chain came to a halt")
        n += 1
        if FORM == "saved":
            text = workflow.serialize(serializer)
            database.execute("INSERT OR REPLACE INTO saved VALUES (1, ?)", (str(text),))
            database.commit()
    if n < STEPS:
        sys.exit("the chain ended early")


with tempfile.TemporaryDirectory() as folder:
    database = sqlite3.connect(f"{folder}/spiff.sqlite")
    database.execute("CREATE TABLE saved (id INTEGER PRIMARY KEY, text TEXT)")
    run(database)
    began = time.perf_counter()
    for _ in range(EXECUTIONS):
        run(database)
    took = time.perf_counter() - began
    database.close()
print(json.dumps(STEPS * EXECUTIONS / took))
