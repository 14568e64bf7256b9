"""Which tests need the deployed application. Layer: tests. The fixtures are in ``tests/e2e/fixtures.py``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.fixtures import ENDPOINT_VARIABLE, keep_together

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, keep them in one process, and leave out what the endpoint cannot offer."""
    mine = [item for item in items if HERE in item.path.parents]
    keep_together(mine, "e2e")
    if ENDPOINT_VARIABLE in os.environ:
        left_out = [item for item in mine if "embedded" in getattr(item, "fixturenames", ())]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
