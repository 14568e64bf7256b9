"""The ground that rewriting stands on: where things came from, what was found wrong, and how names are compared.

Layer: domain.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.definitions.findings import error
from chalicelib.domain.definitions.origins import Origins
from chalicelib.domain.errors import Finding


class Rewriting:
    """What one normalisation gathers: origins of moved places, and findings (their pointers as in the given text)."""

    def __init__(self) -> None:
        self.origins = Origins()
        self.findings: list[Finding] = []

    def refuse(self, code: str, pointer: str, message: str, hint: str = "") -> None:
        """Report a construct that has no form in the main dialect. ``pointer`` is one of the normalised document."""
        self.findings.append(error(code, self.origins.original(pointer), message, hint))


def folded(name: str) -> str:
    """A name without regard to case, underscores, hyphens and spaces: ``SubWorkflow`` and ``sub_workflow`` are one."""
    return name.translate(_IGNORED).casefold()


_IGNORED = str.maketrans("", "", "_- ")


def externally_tagged(value: Any) -> tuple[str, Any] | None:
    """Name and body of ``"Name"`` or ``{"Name": body}``, folded; None for anything else."""
    if isinstance(value, str):
        return folded(value), {}
    if isinstance(value, dict) and len(value) == 1 and "type" not in value:
        name, body = next(iter(value.items()))
        return folded(name), body
    return None


def rename(body: dict[str, Any], old: str, new: str, pointer: str, rewriting: Rewriting) -> None:
    """Give a field its name in the main dialect, unless that one is there too (then the old one is reported)."""
    if old in body and new not in body:
        body[new] = body.pop(old)
        rewriting.origins.record(f"{pointer}/{new}", f"{rewriting.origins.original(pointer)}/{old}")
