"""The rules of the root `conftest.py` hold: no test leaves the machine or acts on a real AWS account.

Layer: tests. The addresses are of the ranges kept for documentation, so nothing would answer were the guard missing.
"""

from __future__ import annotations

import os
import socket

import boto3
import pytest

OUTSIDE = "192.0.2.1"


def test_connecting_is_refused_when_the_address_is_outside() -> None:
    with socket.socket() as client, pytest.raises(RuntimeError, match="only use loopback"):
        client.connect((OUTSIDE, 80))


def test_sending_is_refused_when_the_address_is_outside() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(RuntimeError, match="only use loopback"):
        client.sendto(b"x", (OUTSIDE, 9))


@pytest.mark.parametrize("name", ["weft.example", b"weft.example"])
def test_resolving_is_refused_when_the_name_is_not_this_machine(name: str | bytes) -> None:
    with pytest.raises(RuntimeError, match="only use loopback"):
        socket.getaddrinfo(name, 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_connecting_works_when_the_address_is_loopback(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((host, port)) as client:
            assert client.getpeername()[1] == port


def test_credentials_are_fake_when_a_client_asks_for_them() -> None:
    credentials = boto3.Session().get_credentials()
    assert credentials is not None
    assert credentials.access_key == "testing"


# Whichever turn comes second would find what the first one left; the group keeps both in one process.
@pytest.mark.xdist_group("environment")
@pytest.mark.parametrize("turn", ["one", "other"])
def test_the_environment_is_restored_when_a_test_changed_it(turn: str) -> None:
    assert "LEFT_BEHIND" not in os.environ
    assert os.environ["AWS_REGION"] == "us-east-1"
    os.environ["LEFT_BEHIND"] = turn
    os.environ["AWS_REGION"] = "eu-west-1"
