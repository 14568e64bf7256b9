"""The application over memory adapters. Layer: tests."""

from __future__ import annotations

import pytest

from tests.functional.api.service import Service


@pytest.fixture
def service() -> Service:
    return Service()
