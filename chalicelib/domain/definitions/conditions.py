"""Conditions of transitions: ``error`` and ``error:<code>`` are words of the language, everything else an expression.

Layer: domain.
"""

from __future__ import annotations


def is_error_condition(condition: str | None) -> bool:
    """Whether a transition is taken only when its step has failed for good."""
    return condition is not None and (condition.strip() == "error" or condition.lstrip().startswith("error:"))


def matches_error(condition: str, code: str) -> bool:
    """Whether an error transition answers an error of this code, without regard to case and underscores."""
    _, colon, wanted = condition.partition(":")
    return not colon or _folded(wanted) == _folded(code)


def _folded(code: str) -> str:
    return code.strip().replace("_", "").casefold()
