"""The dependencies that ship: the wheels of ``requirements.txt`` for Lambda's platform, pruned, compiled and stripped.

Fetching them needs a package index and several seconds, so the result is kept in ``build/.cache`` until the
requirements, the Python version or these rules change.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from weftctl.packaging.archive import append, unpack
from weftctl.packaging.pruning import ships
from weftctl.packaging.staging import run_chalice
from weftctl.packaging.stripping import strip

# The smallest application that Chalice packages: what it zips beside it are its own runtime and the wheels.
_EMPTY_APP = """
from chalice import Chalice

app = Chalice(app_name="weft")


@app.lambda_function()
def nothing(event, context):
    pass
"""
_EMPTY_CONFIGURATION = '{"version": "2.0", "app_name": "weft"}'
_RULES = ("archive.py", "dependencies.py", "pruning.py", "stripping.py")


def dependencies(requirements: Path, cache: Path) -> Path:
    """The archive with the dependencies that the file ``requirements`` names, made unless ``cache`` has it.

    Raises:
        PackagingError: a requirement cannot be fetched, has no wheel for Lambda, or does not compile.
    """
    archive = cache / f"dependencies-{_key(requirements)}.zip"
    if archive.exists():
        return archive
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        project = Path(scratch) / "project"
        (project / ".chalice").mkdir(parents=True)
        (project / ".chalice" / "config.json").write_text(_EMPTY_CONFIGURATION, encoding="utf-8")
        (project / "app.py").write_text(_EMPTY_APP, encoding="utf-8")
        (project / requirements.name).write_bytes(requirements.read_bytes())
        packaged, _ = run_chalice(project, "dev", {})
        unpack(packaged, Path(scratch) / "unpacked", lambda name: name != "app.py" and ships(name))
        strip(Path(scratch) / "unpacked")
        draft = Path(scratch) / archive.name
        append(Path(scratch) / "unpacked", draft)
        for outdated in cache.glob("dependencies-*.zip"):
            outdated.unlink()
        draft.replace(archive)
    return archive


def _key(requirements: Path) -> str:
    digest = hashlib.sha256(f"{sys.version} {metadata.version('chalice')}".encode())
    for file in [requirements, *(Path(__file__).parent / name for name in _RULES)]:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:20]
