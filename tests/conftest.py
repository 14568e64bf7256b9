"""What every test runs under: no network but loopback, no real AWS account, one seed for all chance.

Layer: tests. pytest-randomly shuffles the order and seeds `random`, Hypothesis and Faker before each test, and prints
the seed; `--randomly-seed=N` repeats it, `-p no:randomly` switches it off. Tests run side by side in
several processes: those that share one emulated AWS belong to one group, `@pytest.mark.xdist_group("stack")`.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

from tests.e2e.fixtures import embedded, stack

__all__ = ["embedded", "stack"]

# A test must fail alike on a laptop and on a busy CI machine: how long an example took is no verdict. `thorough` is for
# a long search by hand: HYPOTHESIS_PROFILE=thorough.
settings.register_profile("default", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("default"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

FAKE_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
# A tester's own settings decide nothing; the end-to-end target's address is the one that `make` hands in.
KEPT_SETTINGS = frozenset({"WEFT_E2E_ENDPOINT"})


class NetworkBlockedError(RuntimeError):
    """A test reached for an address outside this machine."""


def pytest_configure() -> None:
    """Put the process under the rules before any test module is imported, since imports may read the environment."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "WEFT_")) and name not in KEPT_SETTINGS]:
        del os.environ[name]
    os.environ.update(FAKE_AWS)
    sys.addaudithook(_refuse_outside)


@pytest.fixture(autouse=True)
def _environment_restored() -> Iterator[None]:
    """Give the next test the environment this one found, whoever changed it and whether or not it failed."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


def allowed_host(host: str) -> bool:
    """Whether `host`, a name or a literal address, is this machine or the end-to-end target that `make` was given."""
    end_to_end = urlsplit(os.environ.get("WEFT_E2E_ENDPOINT", "")).hostname
    if host in {"", "localhost", end_to_end} or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: refuse connections, datagrams and name look-ups beyond loopback; Unix sockets have no host and pass.

    An audit hook sees every library, whatever it patched or imported early, and cannot be undone by a test.
    """
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if not allowed_host(name) and not (event == "socket.getaddrinfo" and _is_literal(name)):
        raise NetworkBlockedError(f"{event} to {name!r}: tests may only use loopback")


def _is_literal(host: str) -> bool:
    """Whether `host` is an address already, so that resolving it asks nobody."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
