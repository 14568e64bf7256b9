"""The backends, started as late and as rarely as can be. Layer: tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from moto import mock_aws

from chalicelib.adapters.aws import Aws
from chalicelib.settings import Settings
from tests.contract.backends import AwsBackend, Backend, MemoryBackend
from weftctl.local.emulator import Emulator
from weftctl.local.serving import ROOT_KEY

_SUFFIXES = count(1)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded AWS, one for each test process."""
    embedded = Emulator(tmp_path_factory.mktemp("emulator"), persist=False, settings={})
    embedded.start()
    yield embedded.endpoint_url
    embedded.stop()


@pytest.fixture(scope="session")
def moto_clients() -> Aws:
    """Clients for moto, which looks after every client that is made once moto has been imported."""
    return Aws(Settings())


@pytest.fixture(scope="session")
def emulator_clients(emulator: str) -> Aws:
    """Clients for the embedded AWS, signed with its root key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", ROOT_KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", ROOT_KEY)
        patch.delenv("AWS_SESSION_TOKEN", raising=False)
        clients = Aws(Settings(aws_endpoint_url=emulator))
        for service in ("dynamodb", "sqs", "s3", "events"):  # made now, while the environment has the key
            clients.client(service)
    return clients


@pytest.fixture
def memory_backend() -> Backend:
    return MemoryBackend()


@pytest.fixture
def moto_backend(moto_clients: Aws) -> Iterator[Backend]:
    with mock_aws():
        yield AwsBackend(moto_clients, Settings(), f"test-{next(_SUFFIXES)}")


@pytest.fixture
def emulator_backend(emulator_clients: Aws, emulator: str) -> Backend:
    return AwsBackend(emulator_clients, Settings(aws_endpoint_url=emulator), f"test-{next(_SUFFIXES)}")


@pytest.fixture(params=["memory", "moto", "emulator"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Every backend in turn."""
    found: Backend = request.getfixturevalue(f"{request.param}_backend")
    return found


@pytest.fixture(params=["memory", "emulator"])
def racing_backend(request: pytest.FixtureRequest) -> Backend:
    """The backends whose conditions hold under threads. moto's do not, nor does it know message groups."""
    found: Backend = request.getfixturevalue(f"{request.param}_backend")
    return found
