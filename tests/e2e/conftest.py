"""The packaged application on an emulated AWS, started once for all end-to-end tests of a process.

Layer: tests. It is the embedded AWS, or with ``WEFT_E2E_ENDPOINT`` the one that answers there (`make e2e-localstack`);
then the tests that need to reach into the embedded one, by the fixture ``embedded``, are left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.stack import Stack
from weftctl.local.ports import ANY_PORT
from weftctl.local.serving import Serving, client_of
from weftctl.local.stack import EmbeddedAws
from weftctl.packaging import build

ENDPOINT_VARIABLE = "WEFT_E2E_ENDPOINT"
HERE = Path(__file__).parent

# Activities of the tests may call servers of the tests.
WEBHOOK_SECRET = "shared"
SETTINGS = {
    "WEFT_HTTP_ALLOWED_PRIVATE_HOSTS": '["127.0.0.1"]',
    "WEFT_EMAIL_SENDER": "weft@example.com",
    "WEFT_WEBHOOK_SECRET": WEBHOOK_SECRET,
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, keep them in one process, and leave out what the endpoint cannot offer."""
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker("e2e")
        item.add_marker(pytest.mark.xdist_group("stack"))
    if ENDPOINT_VARIABLE in os.environ:
        left_out = [item for item in mine if "embedded" in getattr(item, "fixturenames", ())]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """The embedded AWS itself: its worker processes can be listed and killed."""
    with EmbeddedAws(tmp_path_factory.mktemp("weft"), settings=SETTINGS) as embedded:
        embedded.deploy(build("local"))
        yield embedded


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The deployed application."""
    endpoint = os.environ.get(ENDPOINT_VARIABLE)
    if endpoint is None:
        embedded: EmbeddedAws = request.getfixturevalue("embedded")
        with _api(embedded.url) as api:
            yield Stack(embedded.url, api, embedded.client)
        return
    serving = Serving(ANY_PORT)
    try:
        serving.deploy(build("local"), endpoint, _seen_from_functions(endpoint))
        with _api(serving.url) as api:
            yield Stack(serving.url, api, lambda service: client_of(endpoint, service))
    finally:
        serving.stop()


def _api(url: str) -> httpx.Client:
    return httpx.Client(base_url=f"{url}/api/v1", timeout=30.0, trust_env=False)


def _seen_from_functions(endpoint: str) -> str:
    """LocalStack runs functions in containers, where "localhost" is the container; it has a name of its own for
    that.
    """
    parts = urlsplit(endpoint)
    if parts.hostname != "localhost":
        return endpoint
    return f"{parts.scheme}://localhost.localstack.cloud:{parts.port or 4566}"
