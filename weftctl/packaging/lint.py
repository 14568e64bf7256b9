"""Checks a packaged template with cfn-lint, AWS's own linter, after its SAM transform."""

from __future__ import annotations

from pathlib import Path

from cfnlint.api import lint_file
from cfnlint.config import ManualArgs

# Regions whose resource specifications the template is checked against.
_REGIONS = ["us-east-1", "eu-central-1"]

# W3002: the template refers to the archive as a local file until it is deployed, which is what `aws cloudformation
# package`, and here deploy.py, replaces.
_IGNORED = ["W3002"]


def findings(template: Path) -> list[str]:
    """What cfn-lint has against ``template``, one line each; empty when it passes."""
    matches = lint_file(template, ManualArgs(regions=_REGIONS, ignore_checks=_IGNORED))
    return [f"{match.rule.id} at {'.'.join(str(part) for part in match.path)}: {match.message}" for match in matches]
