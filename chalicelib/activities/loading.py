"""Imports the modules that hold activities, so that their decorators run.

Layer: activities. Three sources, in this order: the shipped examples, everything in ``chalicelib/activities/custom``,
and the modules named in the settings. A module that cannot be imported stops the start, by name: a worker without it
would fail every task of its activities.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator

from chalicelib.activities import custom
from chalicelib.activities.errors import ActivityModuleError
from chalicelib.activities.registry import REGISTRY, ActivityRegistry

EXAMPLES = ("chalicelib.activities.examples.greeting", "chalicelib.activities.examples.orders")


def load_activities(modules: Iterable[str] = ()) -> ActivityRegistry:
    """Import every module with activities (``modules`` are dotted names) and return what they registered.

    Raises ``ActivityModuleError`` for the first one that cannot be imported. Loading again is harmless.
    """
    for name in (*EXAMPLES, *custom_modules(custom.__path__, custom.__name__), *modules):
        _import(name)
    return REGISTRY


def custom_modules(path: Iterable[str], package: str) -> Iterator[str]:
    """The dotted names of all modules and packages in the directories ``path`` of ``package``, sorted."""
    yield from sorted(module.name for module in pkgutil.iter_modules(path, f"{package}."))


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise ActivityModuleError(
            f"The activity module {name!r} cannot be imported: {type(error).__name__}: {error}"
        ) from error
