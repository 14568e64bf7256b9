"""SpiffWorkflow: prints the steps per second of chains. Arguments: steps, executions, "saved" or "unsaved"."""

import json
import sqlite3
import sys
import tempfile
import time

from SpiffWorkflow.serializer.dict import DictionarySerializer
from SpiffWorkflow.specs.Transform import Transform
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.workflow import Workflow

STEPS, EXECUTIONS, FORM = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

sys.setrecursionlimit(100_000)  # it follows a chain by calling itself
spec = WorkflowSpec("chain", addstart=True)
last = spec.start
for number in range(STEPS):
    following = Transform(spec, f"s{number}", transforms=["my_task.data['n'] = my_task.data.get('n', 0) + 1"])
    last.connect(following)
    last = following


def run(database: sqlite3.Connection) -> None:
    """One execution; saved, the whole workflow is written after every step."""
    workflow = Workflow(spec)
    serializer = DictionarySerializer()
    while not workflow.is_completed():
        if not workflow.run_next():
            sys.exit("the chain came to a halt")
        if FORM == "saved":
            state = serializer.serialize_workflow(workflow, include_spec=False)  # the definition never changes
            database.execute("INSERT OR REPLACE INTO saved VALUES (1, ?)", (json.dumps(state, default=str),))
            database.commit()
    if workflow.last_task.data["n"] != STEPS:
        sys.exit("the chain gave a wrong number")


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
