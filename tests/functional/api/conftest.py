"""The application over memory adapters. Layer: tests."""

from __future__ import annotations

import pytest

from tests.functional.api.service import Service
from tests.unit.execution.play import chain
from tests.unit.execution.test_waiting import wait


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def waiting(service: Service) -> Service:
    """With an execution ``e-1`` that waits in ``w`` for the signal ``go``, whose payload becomes ``$.output.got``."""
    return service.begin(chain(wait(skippable=True, of={"output_mapping": {"$": "$.output.got"}})))
