"""The packaged application on an emulated AWS, started once for all tests of a process that ask for it.

Layer: tests. It is the embedded AWS, or with ``WEFT_E2E_ENDPOINT`` the one that answers there (`make e2e-localstack`).
The tests of `tests/e2e` and `tests/browser` share it. What it needs is imported when it is
started: most tests never do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.e2e.stack import Stack
    from weftctl.local.stack import EmbeddedAws

ENDPOINT_VARIABLE = "WEFT_E2E_ENDPOINT"

# Activities of the tests may call servers of the tests.
WEBHOOK_SECRET = "shared"
SETTINGS = {
    "WEFT_HTTP_ALLOWED_PRIVATE_HOSTS": '["127.0.0.1"]',
    "WEFT_EMAIL_SENDER": "weft@example.com",
    "WEFT_WEBHOOK_SECRET": WEBHOOK_SECRET,
}


def keep_together(items: list[pytest.Item], mark: str) -> None:
    """Mark tests that use the stack, and keep them in one process."""
    for item in items:
        item.add_marker(mark)
        item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """The embedded AWS itself: its worker processes can be listed and killed."""
    from weftctl.local.stack import EmbeddedAws
    from weftctl.packaging import build

    with EmbeddedAws(tmp_path_factory.mktemp("weft"), settings=SETTINGS) as embedded:
        embedded.deploy(build("local"))
        yield embedded


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The deployed application."""
    from tests.e2e.stack import Stack
    from weftctl.local.ports import ANY_PORT
    from weftctl.local.serving import Serving, client_of
    from weftctl.packaging import build

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
    import httpx

    return httpx.Client(base_url=f"{url}/api/v1", timeout=30.0, trust_env=False)


def _seen_from_functions(endpoint: str) -> str:
    """LocalStack runs functions in containers, where "localhost" is the container; it has a name of its own for
    that.
    """
    parts = urlsplit(endpoint)
    if parts.hostname != "localhost":
        return endpoint
    return f"{parts.scheme}://localhost.localstack.cloud:{parts.port or 4566}"
