"""When the console is built, and what its build may leave. Layer: tests. npm is stood in for by a fake."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from weftctl.packaging import node
from weftctl.packaging.console import OUTPUT, build, check, fingerprint_of
from weftctl.packaging.console_command import main
from weftctl.packaging.errors import PackagingError
from weftctl.packaging.staging import shipped_files


class FakeNpm:
    """Does what npm does; ``asked`` are the commands it was given, ``failing`` those that fail."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.asked: list[str] = []
        self.failing: set[str] = set()
        self.made = {"index.html": "<title>Weft</title>", "assets/main.1a2b.js": "1"}

    def __call__(self, arguments: Sequence[str], console: Path) -> None:
        self.asked.append(" ".join(argument for argument in arguments if not argument.startswith("--")))
        if self.asked[-1] in self.failing:
            raise PackagingError(f"npm {self.asked[-1]} failed")
        if arguments[0] == "ci":
            (console / "node_modules").mkdir(exist_ok=True)
        if arguments[-1] == "build":
            write(self._root / OUTPUT, self.made)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def program(file: Path, script: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / "console", {"package-lock.json": "{}", "package.json": "{}", "src/main.ts": "1", "index.html": ""})
    return tmp_path


@pytest.fixture
def fake(root: Path) -> FakeNpm:
    return FakeNpm(root)


@pytest.fixture
def said() -> list[str]:
    return []


def test_it_is_installed_and_built_when_it_was_not(root: Path, fake: FakeNpm, said: list[str]) -> None:
    build(root, said.append, fake)

    assert fake.asked == ["ci", "run build"]
    assert said == ["building the console"]
    assert (root / OUTPUT / "index.html").exists()


def test_nothing_is_done_when_nothing_changed(root: Path, fake: FakeNpm, said: list[str]) -> None:
    build(root, said.append, fake)
    write(root / "console", {"tests/main.test.ts": "1", "node_modules/x/index.js": "1", "coverage/index.html": ""})

    build(root, said.append, fake)

    assert fake.asked == ["ci", "run build"]


@pytest.mark.parametrize("name", ["console/src/main.ts", "console/index.html", "console/src/new.ts"])
def test_it_is_built_again_when_a_source_changed(name: str, root: Path, fake: FakeNpm, said: list[str]) -> None:
    build(root, said.append, fake)
    write(root / OUTPUT, {"assets/old.5e6f.js": "1"})
    write(root, {name: "changed"})

    build(root, said.append, fake)

    assert fake.asked == ["ci", "run build", "run build"]
    assert not (root / OUTPUT / "assets" / "old.5e6f.js").exists()


def test_it_is_installed_again_when_the_lock_changed(root: Path, fake: FakeNpm, said: list[str]) -> None:
    build(root, said.append, fake)
    write(root / "console", {"package-lock.json": '{"name": "x"}'})

    build(root, said.append, fake)

    assert fake.asked == ["ci", "run build"] * 2


def test_it_is_built_again_when_the_last_build_failed(root: Path, fake: FakeNpm, said: list[str]) -> None:
    build(root, said.append, fake)
    write(root, {"console/src/main.ts": "wrong"})
    fake.failing = {"run build"}
    with pytest.raises(PackagingError):
        build(root, said.append, fake)
    fake.failing = set()

    write(root, {"console/src/main.ts": "1"})
    build(root, said.append, fake)

    assert fake.asked == ["ci", "run build", "run build", "run build"]


def test_it_is_installed_again_when_that_failed(root: Path, fake: FakeNpm, said: list[str]) -> None:
    fake.failing = {"ci"}
    with pytest.raises(PackagingError):
        build(root, said.append, fake)
    fake.failing = set()

    build(root, said.append, fake)

    assert fake.asked == ["ci", "ci", "run build"]


def test_nothing_is_done_when_the_checkout_has_no_console(tmp_path: Path, said: list[str]) -> None:
    build(tmp_path, said.append, FakeNpm(tmp_path))

    assert said == []


def test_the_schema_counts_when_the_sources_are_hashed(root: Path) -> None:
    before = fingerprint_of(root)
    write(root, {"chalicelib/domain/definitions/definition.schema.json": "{}"})

    assert fingerprint_of(root) != before


def test_what_was_built_ships_when_the_application_is_packaged(root: Path, fake: FakeNpm) -> None:
    write(root, {"app.py": "", ".chalice/config.json": "{}"})
    build(root, lambda _: None, fake)

    shipped = {str(path) for path in shipped_files(root)}

    assert {f"{OUTPUT}/index.html", f"{OUTPUT}/assets/main.1a2b.js"} <= shipped


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ({"assets/main.js": ""}, "index.html"),
        ({"index.html": "", "main.js": ""}, "main.js"),
        ({"index.html": "", "assets/deep/main.js": ""}, "assets/deep/main.js"),
        ({"index.html": "", "assets/letters.woff2": ""}, "assets/letters.woff2"),
    ],
)
def test_a_build_is_refused_when_something_of_it_could_not_be_served(
    made: dict[str, str], named: str, tmp_path: Path
) -> None:
    write(tmp_path, made)

    with pytest.raises(PackagingError, match=named):
        check(tmp_path)


# --- npm itself ---------------------------------------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the PATH with a `node` and an `npm` that says where it is and what it was asked for."""
    folder = tmp_path / "bin"
    program(folder / "node", "echo v22.1.0")
    program(folder / "npm", 'echo "$@" >> npm.log; case "$*" in *lint*) echo "1 problem"; exit 1;; esac')
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_the_scripts_run_when_they_are_named(root: Path, machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "console" / "node_modules").mkdir()

    assert main(["typecheck", "test"], root) == 0
    assert (root / "console" / "npm.log").read_text().splitlines()[1:] == ["run typecheck", "run test"]
    assert "typecheck passed" in capsys.readouterr().err


def test_all_scripts_run_when_one_of_them_fails(root: Path, machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "console" / "node_modules").mkdir()

    assert main(["lint", "test"], root) == 1
    said = capsys.readouterr().err
    assert "1 problem" in said
    assert "test passed" in said


def test_the_build_is_refused_when_npm_left_nothing(
    root: Path, machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "console" / "node_modules").mkdir()

    assert main([], root) == 2
    assert "index.html" in capsys.readouterr().err


def test_there_is_nothing_to_do_when_there_is_no_console(tmp_path: Path) -> None:
    assert main([], tmp_path) == 0


def test_the_node_of_the_machine_is_taken_when_it_is_new_enough(machine: Path) -> None:
    assert node.find_node().folder == machine


@pytest.mark.parametrize("says", ["echo v18.20.0", "echo v20.18.1", "echo unknown", "exit 1"])
def test_the_pinned_node_is_taken_when_that_of_the_machine_will_not_do(says: str, machine: Path) -> None:
    program(machine / "node", says)

    found = node.find_node()

    assert found.folder != machine
    assert node.version_of(found.folder / "node") >= node.LEAST
    assert subprocess.run([*found.npm, "--version"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("wheel", ["nothing_of_this_name", "json"])
def test_the_remedy_is_named_when_no_node_can_be_had(
    wheel: str, root: Path, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(machine / "node", "echo v18.20.0")
    monkeypatch.setattr(node, "_WHEEL", wheel)

    with pytest.raises(PackagingError, match="make install"):
        node.find_node()
    assert main(["lint"], root) == 2


def test_a_program_has_no_version_when_it_cannot_be_run(tmp_path: Path) -> None:
    assert node.version_of(tmp_path / "nothing") == (0,)
