"""Makes the machine ready for the local runtime: checks that its packages are there, fetches what ships to Lambda,
and builds the console.

`make install` calls it last, so that the first `make demo` or `make up` has nothing left to download.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec

from chalicelib.domain.errors import WeftError
from weftctl.local.errors import LocalRuntimeError, diagnose
from weftctl.packaging import console
from weftctl.packaging.artefact import PROJECT_ROOT
from weftctl.packaging.dependencies import dependencies
from weftctl.packaging.staging import REQUIREMENTS

# Modules that the local runtime starts or imports. MiniStack reads the last two only when it needs them: it expands the
# packaged template with the first, and checks signatures with the second.
_MODULES = (
    "boto3",
    "httpx",
    "ministack",
    "starlette",
    "uvicorn",
    "watchfiles",
    "websockets",
    "samtranslator",
    "cryptography",
)
_REQUIREMENTS = PROJECT_ROOT / "requirements-dev.txt"


def main() -> int:
    """Returns the exit code: 0 ready, 3 something is missing, said on stderr with its remedy."""
    try:
        missing = missing_modules(_MODULES)
        if missing:
            _install(missing)
        print("fetching what ships to Lambda", file=sys.stderr)
        dependencies(PROJECT_ROOT / REQUIREMENTS, PROJECT_ROOT / "build" / ".cache")
        console.build(PROJECT_ROOT, lambda text: print(text, file=sys.stderr))
    except WeftError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 3
    return 0


def missing_modules(modules: Iterable[str]) -> list[str]:
    """Those of ``modules`` that cannot be imported."""
    return [module for module in modules if find_spec(module) is None]


def _install(missing: list[str]) -> None:
    print(f"installing {', '.join(missing)}", file=sys.stderr)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--requirement", str(_REQUIREMENTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalRuntimeError(f"cannot install {', '.join(missing)}: {diagnose(done.stdout + done.stderr)}")


if __name__ == "__main__":
    sys.exit(main())
