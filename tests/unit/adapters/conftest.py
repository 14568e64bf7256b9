"""Clients that reach nothing, and resources in moto. Layer: tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from chalicelib.adapters.aws import Aws
from chalicelib.adapters.memory import MemoryBlobs
from chalicelib.settings import Settings
from tests.contract.backends import AwsBackend


@pytest.fixture(scope="session")
def aws() -> Aws:
    """Clients that a test may stub, as long as it puts them right again: making new ones takes long."""
    return Aws(Settings())


@pytest.fixture
def moto(aws: Aws) -> Iterator[AwsBackend]:
    with mock_aws():
        yield AwsBackend(aws, Settings(), "unit")


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()
