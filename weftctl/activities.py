"""Activities for commands that run or check definitions here: the registered ones, and a user's own modules.

Layer: command line. A user's modules are looked for from the current directory, as `python -m` does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.activities.errors import ActivityModuleError
from weftctl.failures import UsageFailure

if TYPE_CHECKING:
    from chalicelib.activities.registry import ActivityRegistry


def load_activities(modules: Iterable[str]) -> ActivityRegistry:
    """What is registered here, by ``WEFT_ACTIVITY_MODULES`` and by ``modules`` (dotted names).

    Raises ``UsageFailure`` for a module that cannot be imported, ``SettingsError`` for a setting that cannot be read.
    """
    from chalicelib.activities import loading
    from chalicelib.settings import Settings

    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return loading.load_activities([*Settings.from_env(os.environ).activity_modules, *modules])
    except ActivityModuleError as error:
        raise UsageFailure(
            error.message,
            remedy=f"Give a module's dotted name, as in `import shop.billing`; it is looked for from {here}.",
        ) from error


def known_activities(modules: Iterable[str]) -> frozenset[str]:
    """The names of all activities that can run here, built-in ones included. Raises ``UsageFailure``."""
    from chalicelib.activities.registry import BUILT_IN_NAMES

    return frozenset({*load_activities(modules).names(), *BUILT_IN_NAMES})
