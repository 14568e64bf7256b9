"""Findings as lines of text: place, message, code and remedy. Layer: command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from chalicelib.domain.errors import Finding


def lines_of(findings: Iterable[Finding]) -> list[str]:
    """A line for each finding."""
    return [line_of(msgspec.to_builtins(finding)) for finding in findings]


def line_of(finding: Mapping[str, Any]) -> str:
    """``/steps/3: message [Code] (hint)``; what the finding lacks is left out."""
    place = finding.get("pointer") or finding.get("path")
    code, hint = finding.get("code"), finding.get("hint")
    parts = (
        f"{place}:" if place else "",
        finding.get("message"),
        f"[{code}]" if code else "",
        f"({hint})" if hint else "",
    )
    return " ".join(str(part) for part in parts if part)
