"""Builds the artefact of a stage, and skips that when nothing it is made of has changed.

What it is made of is hashed: the files that ship, the requirements, the fragments of ``infra/``, the code of this
package, and the Python that compiles. Builds of one checkout wait for each other (a lock file), so tests, ``weft dev``
and a shell may all ask for one at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from weftctl.packaging import console
from weftctl.packaging.archive import append, unpack
from weftctl.packaging.dependencies import dependencies
from weftctl.packaging.errors import PackagingError
from weftctl.packaging.fragments import Template, load_infrastructure
from weftctl.packaging.staging import REQUIREMENTS, make_copy, run_chalice, shipped_files

STAGES = ("local", "dev", "prod")
PROJECT_ROOT = Path(__file__).resolve().parents[2]
MAX_ARCHIVE_BYTES = 20_000_000

_CODE_URI = "./deployment.zip"
_OWN_CODE = ("app.py", "chalicelib/")


@dataclass(frozen=True)
class Artefact:
    """What deploys: ``template`` refers to ``archive`` as ``./deployment.zip``; ``fingerprint`` names their content."""

    stage: str
    archive: Path
    template: Path
    fingerprint: str


def build(stage: str, *, root: Path = PROJECT_ROOT, say: Callable[[str], None] = lambda _: None) -> Artefact:
    """Builds ``build/<stage>/`` under ``root``, or returns the one already there if it is up to date.

    ``say`` is told when there is something to build.

    Raises:
        PackagingError: unknown stage, broken sources, a console that cannot be built, a requirement without a wheel, or
            an archive that is too large.
    """
    if stage not in STAGES:
        raise PackagingError(f"there is no stage {stage!r}; .chalice/config.json has {', '.join(STAGES)}")
    folder = root / "build" / stage
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(root / "build" / ".lock"):
        console.build(root, say)
        fingerprint = fingerprint_of(root, stage)
        artefact = Artefact(stage, folder / "deployment.zip", folder / "template.json", fingerprint)
        mark = folder / "fingerprint"
        complete = artefact.archive.exists() and artefact.template.exists() and mark.exists()
        if complete and mark.read_text(encoding="utf-8") == fingerprint:
            return artefact
        say(f"packaging stage {stage}")
        mark.unlink(missing_ok=True)  # a build that fails half-way must not pass for the one before it
        _make(root, artefact)
        mark.write_text(fingerprint, encoding="utf-8")
        return artefact


def fingerprint_of(root: Path, stage: str) -> str:
    """A hash of everything the artefact of ``stage`` is made of: 20 hexadecimal digits."""
    digest = hashlib.sha256(f"{stage}\n{sys.version}\n{metadata.version('chalice')}\n".encode())
    sources = [root / path for path in shipped_files(root)] + [root / REQUIREMENTS]
    sources += sorted((root / "infra").glob("*.yaml")) + sorted(Path(__file__).parent.glob("*.py"))
    for file in sources:
        name = file.relative_to(root) if file.is_relative_to(root) else file.name
        digest.update(f"{name}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:20]


def check_handlers(template: Template) -> None:
    """Refuses a template with a function whose handler is outside ``app.py``.

    Chalice names an event handler of a blueprint after the blueprint's module, and Lambda would then never import
    ``app.py``, where adapters and routes are put together.
    """
    for name, resource in template["Resources"].items():
        handler = resource.get("Properties", {}).get("Handler")
        if handler is not None and not str(handler).startswith("app."):
            raise PackagingError(f"the handler of {name} is {handler}: event handlers have to be declared in app.py")


def _make(root: Path, artefact: Artefact) -> None:
    with tempfile.TemporaryDirectory(dir=artefact.archive.parent) as scratch:
        project, code, draft = (Path(scratch) / name for name in ("project", "code", "draft.zip"))
        make_copy(root, project)
        infrastructure = load_infrastructure(root / "infra", artefact.stage)
        packaged, template = run_chalice(project, artefact.stage, infrastructure)
        check_handlers(template)
        shutil.copyfile(dependencies(root / REQUIREMENTS, root / "build" / ".cache"), draft)
        unpack(packaged, code, lambda name: name.startswith(_OWN_CODE))
        append(code, draft)
        _check_size(draft)
        draft.replace(artefact.archive)
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = _CODE_URI
    artefact.template.write_text(json.dumps(template, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _check_size(archive: Path) -> None:
    size = archive.stat().st_size
    if size > MAX_ARCHIVE_BYTES:
        raise PackagingError(
            f"the archive has {size:,} bytes, more than {MAX_ARCHIVE_BYTES:,}: see weftctl/packaging/pruning.py"
        )


@contextmanager
def _alone(lock_file: Path) -> Iterator[None]:
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed, also by a crash
        yield
