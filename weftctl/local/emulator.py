"""MiniStack, the embedded AWS, as a child process: started, waited for, stopped, and never left behind.

The child is in a session of its own, so Ctrl-C in a terminal reaches only us, and all its Lambda workers are in one
process group. It holds one end of a pipe of which we hold the other: when we end, whatever the reason, the child stops
(``emulator_main``).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from weftctl.local.differences import forget_stream_positions, move_endpoint, release_messages
from weftctl.local.errors import LocalRuntimeError, diagnose
from weftctl.local.ports import ANY_PORT, LOOPBACK, free_port
from weftctl.local.serving import REGION, ROOT_KEY
from weftctl.packaging.artefact import PROJECT_ROOT

START_SECONDS = 30.0
STOP_SECONDS = 30.0  # more than emulator_main gives MiniStack to save its state
POLL_SECONDS = 0.02
NEEDED_BYTES = 500 * 1024 * 1024

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no HTTP_PROXY for this machine itself

# Shared by all emulators of this checkout: what is unpacked is named after its content.
UNPACKED_FOLDER = PROJECT_ROOT / "build" / ".cache" / "unpacked"

_MAIN = Path(__file__).with_name("emulator_main.py")

# Of our own environment, what a program needs to run at all. Not the rest: AWS_PROFILE and the like must not reach the
# functions.
_INHERITED = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TZ", "USER", "VIRTUAL_ENV")


class Emulator:
    """One MiniStack with its data in ``folder``.

    ``persist`` keeps the data over an orderly stop. ``settings`` are further environment variables of all functions.
    """

    def __init__(self, folder: Path, *, persist: bool, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.state_folder = folder / "state"
        self.log = folder / "emulator.log"
        self._persist = persist
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def endpoint_url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of MiniStack, which is also the id of the process group of its workers."""
        if self._process is None:
            raise LocalRuntimeError("the embedded AWS is not running")
        return self._process.pid

    def start(self) -> None:
        """Starts MiniStack and returns when it answers.

        Raises:
            LocalRuntimeError: too little disk space, or MiniStack does not start; the message holds the remedy.
        """
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        self._check_disk()
        # The same port again if it is free: other programs may have the address, of a queue or a table, from the last
        # time.
        remembered = self.folder / "emulator-port"
        previous = int(remembered.read_text(encoding="utf-8")) if remembered.exists() else ANY_PORT
        self._port = free_port(previous)
        restore(self.state_folder, f"{LOOPBACK}:{previous}", f"{LOOPBACK}:{self._port}")
        remembered.write_text(str(self._port), encoding="utf-8")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_MAIN)],
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:
            self.stop()
            raise

    def check(self) -> None:
        """Raises LocalRuntimeError if MiniStack ended although nobody stopped it."""
        if self._process is None or self._process.poll() is not None:
            raise LocalRuntimeError(f"the embedded AWS ended unexpectedly: {diagnose(self._said())}")

    def stop(self) -> None:
        """Stops MiniStack in order, so that it saves its data, and its workers with it. Stopping twice is fine."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101 - we asked for the pipe
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _kill_group(process.pid)
            process.wait()
        _kill_group(process.pid)  # the workers, should MiniStack itself have been killed

    def _check_disk(self) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < NEEDED_BYTES:
            raise LocalRuntimeError(
                f"only {free // 2**20} MB are free on the disk of {self.folder}; the local runtime needs "
                f"{NEEDED_BYTES // 2**20} MB"
            )

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return {
            **inherited,
            **self._settings,
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_HOST": LOOPBACK,
            # The functions run with the rights of their roles: an action missing from a policy fails here, not in
            # production.
            "AUTH": "true",
            "PERSIST_STATE": "1" if self._persist else "0",
            "STATE_DIR": str(self.state_folder),
            "S3_PERSIST": "1" if self._persist else "0",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "TMPDIR": str(self.folder / "tmp"),
            "UNPACKED_FOLDER": str(UNPACKED_FOLDER),
            # Listeners on ports of their own, for services that Weft does not use.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }

    def _said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _wait_until_it_answers(self, process: subprocess.Popen[Any]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise LocalRuntimeError(f"the embedded AWS does not start: {diagnose(self._said())}")
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                _DIRECT.open(f"{self.endpoint_url}/_ministack/health", timeout=1).close()
                return
            time.sleep(POLL_SECONDS)  # between two tries; it does not say when it is ready
        raise LocalRuntimeError(f"the embedded AWS does not answer after {START_SECONDS:.0f} s; see {self.log}")


def restore(state: Path, old: str, new: str) -> None:
    """Adjusts the saved state in the folder ``state`` before MiniStack reads it; ``old`` and ``new`` are ``host:port``.

    Each file is replaced as a whole: a crash leaves the state as it was or as it should be, and doing it again changes
    nothing.
    """
    for file in state.glob("*.json"):
        saved = file.read_text(encoding="utf-8")
        adjusted = move_endpoint(saved, old, new)
        if file.name == "sqs.json":
            adjusted = release_messages(adjusted)
        if file.name == "lambda.json":
            adjusted = forget_stream_positions(adjusted)
        if adjusted != saved:
            draft = file.with_suffix(".draft")
            draft.write_text(adjusted, encoding="utf-8")
            draft.replace(file)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
