"""A worker outside is killed in the middle of a task; another takes over, and the effect is had once. Layer: tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.stack import Stack, eventually

ROOT = Path(__file__).parents[2]
WEFT = [sys.executable, "-c", "import sys; from weftctl.main import run; sys.exit(run())"]
ACTIVITIES = """\
import os, threading
from pathlib import Path
from chalicelib.activities import activity

FOLDER = Path(os.environ["STUDIO_FOLDER"])

@activity("studio.Render")
def render(input, context):
    (FOLDER / f"began-{os.getpid()}").touch()
    effect = FOLDER / f"effect-{context.execution_id}-{context.run_id.replace('#', '-')}"
    try:
        effect.open("x").close()
    except FileExistsError:
        pass  # had already, by an attempt before this one: the key is the same
    if "STUDIO_HANGS" in os.environ:
        threading.Event().wait()
    context.heartbeat({"progress_percentage": 100})
    return {"frames": 240}
"""
DEFINITION = {
    "id": "external-worker",
    "name": "Render outside",
    "version": "1.0.0",
    "steps": [
        {"id": "start", "name": "Start", "step_type": {"type": "start"}},
        {
            "id": "render",
            "name": "Render",
            "step_type": {
                "type": "activity",
                "activity_type": "studio.Render",
                "task_list": "studio",
                "heartbeat_timeout": 4,
                "retry_policy": {"max_attempts": 3, "initial_interval": 0},
                "output_mapping": {"frames": "$.output.frames"},
            },
        },
        {"id": "end", "name": "End", "step_type": {"type": "end"}},
    ],
    "transitions": [
        {"from_step_id": "start", "to_step_id": "render"},
        {"from_step_id": "render", "to_step_id": "end"},
    ],
}
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start_worker(stack: Stack, tmp_path: Path) -> Iterator[Start]:
    """Starts workers of the list ``studio``, which work in ``tmp_path``."""
    (tmp_path / "studio_activities.py").write_text(ACTIVITIES)
    workers: list[subprocess.Popen[bytes]] = []

    def start(name: str, **environment: str) -> subprocess.Popen[bytes]:
        known = {"PYTHONPATH": str(ROOT), "STUDIO_FOLDER": str(tmp_path), "WEFT_ENDPOINT": stack.url}
        options = ["--task-list", "studio", "--activities", "studio_activities", "--worker-id", name]
        workers.append(
            subprocess.Popen([*WEFT, "worker", *options], cwd=tmp_path, env={**os.environ, **known, **environment})
        )
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


def test_another_worker_completes_the_step_when_the_first_was_killed(
    stack: Stack, start_worker: Start, tmp_path: Path
) -> None:
    stack.register(DEFINITION)
    first = start_worker("studio-1", STUDIO_HANGS="1")
    execution_id = stack.execute("external-worker", {"scene": 3})
    eventually((tmp_path / f"began-{first.pid}").exists, what="the beginning of the first attempt")
    eventually(lambda: node_of(stack, execution_id) == "studio-1", what="the record of its beginning")

    start_worker("studio-2")
    first.kill()

    status = stack.ended(execution_id)
    assert (status["state"], status["output"]) == ("completed", {"frames": 240})
    (step,) = [step for step in status["steps"] if step["step_id"] == "render"]
    assert (step["attempts"], step["node"]) == (2, "studio-2")
    assert step["retry_info"]["last_error"]["code"] == "HeartbeatTimeout"
    assert len(list(tmp_path.glob("effect-*"))) == 1
    assert (
        stack.ask("POST", "/tasks/poll", {"task_list": "studio", "worker_id": "late", "wait_seconds": 0})["tasks"] == []
    )


def node_of(stack: Stack, execution_id: str) -> str | None:
    return next((step["node"] for step in stack.status(execution_id)["steps"] if step["step_id"] == "render"), None)
