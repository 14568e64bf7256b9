"""What can be wrong with an expression, when it is registered and when it is evaluated.

Layer: domain. Both kinds have the stable code ``ExpressionError``.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.domain.errors import WeftError


class ExpressionSyntaxError(WeftError):
    """An expression that is refused at registration.

    ``position`` is the character, from 0, where it goes wrong; ``hint`` the remedy; ``pointer`` (RFC 6901, relative to
    the mapping, empty for the mapping itself) the place of the expression in a mapping.
    """

    code = "ExpressionError"

    def __init__(self, message: str, *, position: int = 0, hint: str = "", pointer: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.hint = hint
        self.pointer = pointer


class ExpressionFailure(WeftError):
    """An evaluation that failed or exceeded a bound.

    ``expression`` is the text as written, ``cause`` one line of reason, ``position`` the character, from 0, where it is
    known.
    """

    code = "ExpressionError"

    def __init__(self, expression: str, cause: str, *, position: int | None = None) -> None:
        where = "" if position is None else f" at position {position}"
        super().__init__(f"{cause}{where} in the expression {expression}")
        self.expression = expression
        self.cause = cause
        self.position = position


def unknown_root(name: str, roots: Iterable[str], *, position: int) -> ExpressionSyntaxError:
    """A name sought in the context itself that is none of its parts."""
    return ExpressionSyntaxError(
        f"Unknown root {name}",
        position=position,
        hint=f"One of {', '.join(sorted(roots))}; a name with a dash or a dot goes in backquotes",
    )
