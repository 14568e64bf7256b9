"""Makes zip archives, with bytecode beside the modules: the same bytes whenever they are made from the same files.

Lambda's disk is read-only, so Python cannot keep the bytecode it compiles there: without ``.pyc`` files in the archive
every cold start compiles every module again. They are compiled here and marked as not to be checked against their
source, whose time stamp in a zip says nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from weftctl.packaging.errors import PackagingError
from weftctl.packaging.pruning import SELDOM_LOADED

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
_FILE_MODE = 0o644


def unpack(archive: Path, folder: Path, wanted: Callable[[str], bool]) -> None:
    """Unpacks the members of ``archive`` whose name ``wanted`` accepts, and compiles the modules among them.

    Raises:
        PackagingError: a module does not compile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive) as source:
        source.extractall(folder, [name for name in source.namelist() if wanted(name)])
    _compile(folder)


def append(folder: Path, archive: Path) -> None:
    """Adds every file under ``folder`` to ``archive``, which need not exist: sorted names, one time, one mode."""
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            member = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = _FILE_MODE << 16
            target.writestr(member, file.read_bytes())


def _compile(folder: Path) -> None:
    """Compiles the modules under ``folder``, in a process of its own whose hash seed makes the bytecode repeatable."""
    command = [
        sys.executable,
        "-I",
        "-m",
        "compileall",
        "-q",
        "-s",
        str(folder),
        "--invalidation-mode",
        "unchecked-hash",
        "-x",
        "/(" + "|".join(re.escape(prefix) for prefix in SELDOM_LOADED) + ")",
    ]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run([*command, str(folder)], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PackagingError(f"a module does not compile:\n{(done.stdout + done.stderr).strip()}")
