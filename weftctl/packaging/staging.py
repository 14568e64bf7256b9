"""Runs ``chalice package`` on an isolated copy of what ships, so that the checkout stays clean.

Chalice makes the template from the declarations in ``app.py``, and a zip of ``app.py``, ``chalicelib``, ``vendor``, its
own runtime and the wheels of ``requirements.txt``. It fetches the wheels again whenever a line of code changed, so the
application is packaged without requirements here and ``dependencies`` has them packaged on their own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from weftctl.packaging.errors import PackagingError
from weftctl.packaging.fragments import Template

REQUIREMENTS = "requirements.txt"

_CODE = ("app.py", "chalicelib", "vendor")
_OPTIONAL = frozenset({"vendor"})
_CONFIGURATION = ".chalice/config.json"
_POLICIES = ".chalice/policy-*.json"

_CHALICE = "import sys; from chalice.cli import main; sys.exit(main())"
_MISSING_WHEELS = "Could not install dependencies"  # Chalice says this and carries on without them

# Chalice makes AWS clients while it packages, and calls none of them; botocore insists on a region to make one.
_ANY_REGION = "us-east-1"


def shipped_files(root: Path) -> list[Path]:
    """Every file of the checkout ``root`` that Chalice reads, but the requirements: relative paths, sorted.

    Raises:
        PackagingError: ``app.py``, ``chalicelib`` or Chalice's configuration is not there.
    """
    names = (*_CODE, _CONFIGURATION)
    missing = [name for name in names if name not in _OPTIONAL and not (root / name).exists()]
    if missing:
        raise PackagingError(f"cannot package {root}: {', '.join(missing)} not found")
    found = [file for name in names for file in [root / name, *(root / name).rglob("*")] if file.is_file()]
    found += root.glob(_POLICIES)
    relative = (file.relative_to(root) for file in found)
    return sorted(path for path in relative if "__pycache__" not in path.parts and path.suffix != ".pyc")


def make_copy(root: Path, copy: Path) -> None:
    """Makes ``copy`` a project folder of exactly the files that ship, with no requirements."""
    shutil.rmtree(copy, ignore_errors=True)
    for path in shipped_files(root):
        target = copy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, target)
    (copy / REQUIREMENTS).write_text("", encoding="utf-8")


def run_chalice(copy: Path, stage: str, infrastructure: Template) -> tuple[Path, Template]:
    """Packages the project folder ``copy`` for ``stage``.

    Returns Chalice's archive, and its template with ``infrastructure`` merged in key by key.

    Raises:
        PackagingError: Chalice failed, or found no wheel for a requirement; the message holds what it said.
    """
    merged, output = copy / ".chalice" / "infrastructure.json", copy / ".out"
    merged.write_text(json.dumps(infrastructure), encoding="utf-8")
    command = [sys.executable, "-c", _CHALICE, "--project-dir", str(copy), "package", "--stage", stage]
    command += ["--template-format", "json", "--merge-template", str(merged), str(output)]
    done = subprocess.run(command, cwd=copy, env=_environment(), capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if done.returncode != 0:
        raise PackagingError(f"chalice package failed:\n{_ending(said)}")
    if _MISSING_WHEELS in said:
        raise PackagingError(f"a requirement has no wheel for Lambda (x86_64, manylinux):\n{_ending(said)}")
    template: Template = json.loads((output / "sam.json").read_text(encoding="utf-8"))
    return output / "deployment.zip", template


def _environment() -> dict[str, str]:
    """This process's environment without what would make two builds of the same sources differ."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith("WEFT_")}
    return {"AWS_DEFAULT_REGION": _ANY_REGION, **kept}


def _ending(output: str) -> str:
    """The last lines of what a program said: Chalice prints a traceback, whose end says what is wrong."""
    return "\n".join(output.strip().splitlines()[-15:]) or "(it said nothing)"
