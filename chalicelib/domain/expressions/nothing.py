"""The value of an expression that has none, distinct from JSON's null.

Layer: domain.
"""

from __future__ import annotations

import enum
from typing import Literal


class Nothing(enum.Enum):
    """One member only; falsy."""

    NOTHING = "nothing"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING = Nothing.NOTHING
