"""What several suites of the engine begin with. Layer: tests."""

from __future__ import annotations

import pytest

from tests.unit.engine.watching_world import Scene


@pytest.fixture
def scene() -> Scene:
    """One commit was made, and published to nobody."""
    scene = Scene()
    scene.publish(scene.commit())
    return scene
