"""What the shell is offered at a press of Tab. Layer: tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.functional.cli.fake_service import FakeService
from tests.functional.cli.runs import Weft

pytestmark = pytest.mark.functional

Offered = Callable[..., list[str]]
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def offered(weft: Weft, service: FakeService) -> Offered:
    """The words that bash is offered for the last of the given ones."""

    def offer(*words: str, env: dict[str, str] | None = None) -> list[str]:
        asked = {
            "WEFT_ENDPOINT": service.url,
            "_WEFT_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(["weft", *words]),
            "COMP_CWORD": str(len(words)),
        }
        called = weft(env=asked | (env or {}))
        assert called.err == ""
        return called.out.split()

    return offer


@pytest.fixture(autouse=True)
def _known(service: FakeService) -> None:
    """Two workflows, two executions, two tasks."""
    workflows = [{"workflow_id": name, "name": name.title()} for name in ("hello", "orders")]
    executions = [
        {"execution_id": name, "workflow_id": "orders", "state": "running"} for name in ("order-1", "order-2", "x")
    ]
    tasks = [{"task_id": name, "workflow_id": "orders", "step_id": "approve"} for name in ("t1", "t2")]
    steps = [{"step_id": name, "state": "completed"} for name in ("charge", "charge", "ship")]
    service.on("GET", "/workflows", {"workflows": workflows})
    service.on("GET", "/workflows/executions", {"executions": executions})
    service.on("GET", "/workflows/executions/order-1", {"steps": steps})
    service.on("GET", "/workflows/orders/versions", {"versions": [{"version": "1.1.0"}, {"version": "1.0.0"}]})
    service.on("GET", "/tasks/human", {"tasks": tasks})


@pytest.mark.parametrize("command", ["status", "history", "watch", "pause", "resume", "cancel", "set", "visualize"])
def test_executions_are_offered_when_a_command_takes_one(offered: Offered, command: str) -> None:
    assert offered(command, "ord") == ["order-1", "order-2"]
    assert offered(command, "") == ["order-1", "order-2", "x"]


@pytest.mark.parametrize("command", ["workflow", "delete", "execute"])
def test_workflows_are_offered_when_a_command_takes_one(offered: Offered, command: str) -> None:
    assert offered(command, "o") == ["orders"]


@pytest.mark.parametrize("command", ["skip", "retry", "rerun", "confirm"])
def test_the_steps_of_the_execution_are_offered_when_a_command_takes_one(offered: Offered, command: str) -> None:
    assert offered(command, "order-1", "") == ["charge", "ship"]
    assert offered(command, "unknown", "") == []


@pytest.mark.parametrize("command", ["task", "submit"])
def test_tasks_are_offered_when_a_command_takes_one(offered: Offered, command: str) -> None:
    assert offered(command, "t") == ["t1", "t2"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["st"], {"status"}),
        (["status", "--format", ""], {"table", "json", "yaml"}),
        (["--format", "j"], {"json"}),
        (["list", "--state", "wait"], {"waiting_for_event", "waiting_for_human_intervention"}),
        (["list", "--workflow", "o"], {"orders"}),
        (["history", "order-1", "--type", "WorkflowP"], {"WorkflowPauseRequested", "WorkflowPaused"}),
        (["history", "order-1", "--step", ""], {"charge", "ship"}),
        (["execute", "orders", "--priority", "low"], {"low", "lowest"}),
        (["execute", "orders", "--version", "1.1"], {"1.1.0"}),
        (["tasks", "--priority", "high"], {"high", "highest"}),
        (["submit", "t1", "--action", "a"], {"approve"}),
        (["visualize", "--format", "m"], {"mermaid"}),
        (["visualize", "--workflow", "orders", "--version", ""], {"1.0.0", "1.1.0"}),
    ],
)
def test_names_are_offered_when_an_option_takes_one_of_several(
    offered: Offered, words: list[str], names: set[str]
) -> None:
    assert set(offered(*words)) == names


def test_files_are_offered_when_an_input_is_one(
    offered: Offered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inputs").mkdir()
    for name in ("order.json", "other.json", "inputs/deep.json"):
        (tmp_path / name).write_text("{}")
    monkeypatch.chdir(tmp_path)

    assert offered("execute", "orders", "--input", "@o") == ["@order.json", "@other.json"]
    assert offered("run", "flow.yaml", "--input", "@") == ["@inputs/", "@order.json", "@other.json"]
    assert offered("signal", "order-1", "--data", "@inputs/") == ["@inputs/deep.json"]
    assert offered("publish", "paid", "--data", f"@{tmp_path}/or") == [f"@{tmp_path}/order.json"]
    assert offered("submit", "t1", "--data", "@nothing/") == []


@pytest.mark.parametrize(
    "words", [["validate", "ex"], ["register", ""], ["execute", "orders", "--input", "or"], ["run", ""]]
)
def test_the_shell_s_own_files_are_left_to_it_when_a_command_takes_one(offered: Offered, words: list[str]) -> None:
    assert offered(*words) == []


def test_the_service_is_asked_where_and_as_the_options_say_when_they_are_typed(
    offered: Offered, service: FakeService
) -> None:
    elsewhere = {"WEFT_ENDPOINT": NOBODY, "WEFT_TOKEN": "dev:bob:"}

    assert offered("--endpoint", service.url, "--token", "dev:ann:a", "status", "x", env=elsewhere) == ["x"]
    assert offered("status", "--endpoint", service.url, "x", env=elsewhere) == ["x"]
    assert [asked.headers["authorization"] for asked in service.asked] == ["Bearer dev:ann:a", "Bearer dev:bob:"]


@pytest.mark.parametrize("endpoint", [NOBODY, "no address", "http://127.0.0.1:9/stage"])
@pytest.mark.parametrize("words", [["status", ""], ["execute", ""], ["skip", "order-1", ""], ["submit", ""]])
def test_nothing_is_offered_or_said_when_no_service_answers(offered: Offered, words: list[str], endpoint: str) -> None:
    assert offered(*words, env={"WEFT_ENDPOINT": endpoint}) == []


@pytest.mark.parametrize("status", [401, 500, 503])
def test_nothing_is_offered_and_the_service_asked_once_when_it_refuses(
    offered: Offered, service: FakeService, status: int
) -> None:
    service.on("GET", "/workflows", {"code": "No", "detail": "No."}, status=status)

    assert offered("execute", "") == []
    assert len(service.asked) == 1


def test_nothing_is_offered_when_the_answer_is_no_list(offered: Offered, service: FakeService) -> None:
    service.on("GET", "/workflows", ["what is this"])

    assert offered("execute", "") == []


def in_a_shell(*arguments: str, home: Path) -> str:
    """What a command prints, in an environment in which the shell has to be named."""
    command = [str(Path(sys.executable).parent / "weft"), *arguments]
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("shell", "words"), [("bash", "complete -o default"), ("zsh", "#compdef weft"), ("fish", "complete --command weft")]
)
def test_the_shell_is_told_how_to_ask_when_the_completion_is_shown(tmp_path: Path, shell: str, words: str) -> None:
    assert words in in_a_shell("--show-completion", shell, home=tmp_path)


def test_it_is_there_in_every_shell_to_come_when_it_was_installed(tmp_path: Path) -> None:
    in_a_shell("--install-completion", "bash", home=tmp_path)

    assert "weft.sh" in (tmp_path / ".bashrc").read_text()
    assert "_WEFT_COMPLETE=complete_bash" in (tmp_path / ".bash_completions" / "weft.sh").read_text()
