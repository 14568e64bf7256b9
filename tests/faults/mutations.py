"""What holds up the guarantees, taken away piece by piece: `python -m tests.faults.mutations`. Layer: tests.

Each piece is taken out of a copy of the tree, where the tests named for it must fail, all of them; in an unchanged copy
they pass. Prints a table; exits 1 if a test takes no notice.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

ROOT: Final = Path(__file__).parents[2]
COPIED: Final = ("chalicelib", "weftctl", "tests", "infra", "examples", "app.py", "pyproject.toml")
_FAILED: Final = re.compile(r"^FAILED (\S+)", re.MULTILINE)
_CRASHED: Final = "test_execution_ends_alike_when_any_call_of_a_port_is_the_last_of_its_process"
_LOST: Final = "test_lost_attempt_is_repeated_as_its_policy_says_and_its_late_outcome_is_ignored"


class Mutation(msgspec.Struct, frozen=True, kw_only=True):
    """``original`` in ``file`` becomes ``replacement``, and every one of ``tests`` must fail."""

    what: str
    file: str
    original: str
    replacement: str
    tests: tuple[str, ...]


MUTATIONS: Final = (
    Mutation(
        what="the condition of the commit's write",
        file="chalicelib/adapters/dynamodb/executions.py",
        original="self._commits.put(item, CommitItem.n.does_not_exist())",
        replacement="self._commits.put(item)",
        tests=(
            "tests/contract/test_execution_store.py::test_nothing_is_changed_when_a_number_is_appended_twice[moto]",
            "tests/faults/test_deciders.py::test_nothing_is_lost_when_two_deciders_commit_at_once",
        ),
    ),
    Mutation(
        what="the check of a request's command id",
        file="chalicelib/domain/execution/control.py",
        original="if not is_remembered(draft.state, request.command_id):",
        replacement="if request.command_id:",
        tests=(
            "tests/unit/execution/test_control.py::test_request_is_answered_once_when_it_comes_twice",
            "tests/faults/test_requests.py::test_request_counts_once_when_its_message_comes_again_and_again",
        ),
    ),
    Mutation(
        what="the check of an outcome's attempt, which names its command",
        file="chalicelib/domain/execution/state.py",
        original="run is not None and run.attempt == attempt and run.is_open",
        replacement="run is not None and run.is_open",
        tests=(f"tests/unit/execution/test_heartbeats.py::{_LOST}",),
    ),
    Mutation(
        what="the redispatch of what a redelivered command's commit caused",
        file="chalicelib/engine/advance.py",
        original="        if redelivered:\n",
        replacement="        if not group:\n",
        tests=(
            "tests/faults/test_deciders.py::test_tasks_are_sent_again_when_the_decider_dies_between_commit_and_tasks",
            f"tests/faults/test_crashes.py::{_CRASHED}[queued-before]",
        ),
    ),
)


def failing(tests: Collection[str], mutation: Mutation | None = None) -> set[str]:
    """Those of ``tests`` that fail in a copy of the tree that ``mutation`` was made in. Raises ``ValueError``."""
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        if mutation is not None:
            mutate(copy / mutation.file, mutation)
        options = ("-q", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider", "--rootdir", str(copy))
        environment = {"PYTHONPATH": str(copy), "PATH": str(Path(sys.executable).parent)}
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode not in {0, 1}:
        message = f"pytest could not run them:\n{run.stdout}{run.stderr}"
        raise ValueError(message)
    failed = _FAILED.findall(run.stdout)
    return {test for test in tests if any(each.startswith(test) for each in failed)}


def mutate(file: Path, mutation: Mutation) -> None:
    """Make the change. Raises ``ValueError`` when what it takes away is not there exactly once."""
    source = file.read_text()
    if source.count(mutation.original) != 1:
        message = f"{mutation.file} has {mutation.original.strip()!r} {source.count(mutation.original)} times"
        raise ValueError(message)
    file.write_text(source.replace(mutation.original, mutation.replacement))


def main() -> int:
    """Take everything away once; gives the exit code."""
    named = {test for mutation in MUTATIONS for test in mutation.tests}
    print(f"unchanged: {len(named)} tests", file=sys.stderr, flush=True)
    unsound = failing(named)
    print("| taken away | test | |\n|---|---|---|")
    unnoticed = 0
    for mutation in MUTATIONS:
        failed = failing(mutation.tests, mutation)
        for test in mutation.tests:
            outcome = "fails unchanged too" if test in unsound else "fails" if test in failed else "takes no notice"
            unnoticed += outcome != "fails"
            print(f"| {mutation.what} | `{test}` | {outcome} |", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
