"""``python -m weftctl.packaging [--lint] STAGE``: builds the artefact of a stage, and checks it if asked."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from chalicelib.domain.errors import WeftError
from weftctl.packaging.artefact import STAGES, build


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit code: 0 built (and sound), 1 findings, 2 wrong usage or a failed build."""
    parser = argparse.ArgumentParser(prog="python -m weftctl.packaging", description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--lint", action="store_true", help="check the packaged template with cfn-lint")
    options = parser.parse_args(arguments)
    try:
        artefact = build(options.stage, say=_say)
    except WeftError as error:
        _say(f"error: {error.message}")
        return 2
    size = artefact.archive.stat().st_size
    print(f"{artefact.archive} ({size / 1e6:.1f} MB)\n{artefact.template}")
    return _lint(artefact.template) if options.lint else 0


def _lint(template: Path) -> int:
    from weftctl.packaging.lint import findings  # imports for a second

    found = findings(template)
    for line in found:
        _say(line)
    print(f"cfn-lint: {len(found)} findings")
    return 1 if found else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
