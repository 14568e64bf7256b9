"""The archive holds all it needs: it is imported with nothing else there. Layer: tests.

On the developer's machine a package that is missing from ``requirements.txt`` would be found beside the application.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from weftctl.packaging import build

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("packaging")]

# -I and -S: no site-packages, no environment, no current directory. Every module is imported, also those that functions
# import when they are first needed.
CHECK = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import app
import chalicelib
for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
    importlib.import_module(module.name)
outside = sorted(
    name for name, module in sys.modules.items()
    if "site-packages" in (getattr(module, "__file__", None) or "")
)
print(len(sys.modules), outside)
"""


def test_every_module_can_be_imported_when_only_the_archive_is_there(tmp_path: Path) -> None:
    with zipfile.ZipFile(build("dev").archive) as archive:
        archive.extractall(tmp_path)

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CHECK, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split(maxsplit=1)[1].strip() == "[]"
