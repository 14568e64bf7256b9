"""``http.request`` cannot be turned against the inside: names, forms of addresses, rebinding, redirects, certificates.

Layer: tests. Names resolve by a table; nothing here would reach the outside even if a check failed.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.activities import ActivityError
from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.http.activity import run
from chalicelib.activities.built_in.http.exchange import Exchange, Network, tls_context
from chalicelib.activities.built_in.http.targets import parse_target
from chalicelib.settings import Settings
from tests.unit.activities.built_in.networks import FakeNetwork
from tests.unit.activities.built_in.servers import answer, http_server
from tests.unit.activities.fakes import a_context

PUBLIC = "93.184.216.34"
OTHER_PUBLIC = "2606:2800:220:1::1"


def request(url: str, *, network: Network, allowed: list[str] | None = None, **input: Any) -> dict[str, Any]:
    settings = Settings(http_allowed_private_hosts=allowed or [])
    return run({"url": url, **input}, a_context(), Services(settings), network=network)


def refusal(url: str, *, network: Network, allowed: list[str] | None = None, **input: Any) -> ActivityError:
    with pytest.raises(ActivityError) as refused:
        request(url, network=network, allowed=allowed, **input)
    return refused.value


def as_the_system_would(host: str) -> str:
    """The C library takes short, decimal, octal and hexadecimal forms of IPv4 addresses."""
    return socket.inet_ntoa(socket.inet_aton(host))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "0",
        "10.1",
        "169.254.169.254",
        "2852039166",
    ],
)
def test_an_address_is_refused_when_it_is_private_in_any_form(host: str) -> None:
    network = FakeNetwork({host: [[as_the_system_would(host)]]})
    error = refusal(f"http://{host}/latest/meta-data/", network=network)
    assert (error.code, error.retryable, error.details) == ("AddressNotAllowed", False, {"host": host})
    assert "WEFT_HTTP_ALLOWED_PRIVATE_HOSTS" in error.message
    assert network.connected == []


@pytest.mark.parametrize(
    "host", ["[::1]", "[::ffff:127.0.0.1]", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]"]
)
def test_an_address_is_refused_when_it_is_private_in_ipv6(host: str) -> None:
    target = parse_target(f"http://{host}/")
    network = FakeNetwork({target.host: [[target.host]]})
    assert refusal(f"http://{host}/", network=network).code == "AddressNotAllowed"
    assert network.connected == []


@pytest.mark.parametrize("addresses", [["10.0.0.5"], [PUBLIC, "10.0.0.5"], ["::1", PUBLIC], ["fe80::1%eth0"]])
def test_a_name_is_refused_when_any_of_its_addresses_is_private(addresses: list[str]) -> None:
    network = FakeNetwork({"intern.example": [addresses]})
    assert refusal("https://intern.example/", network=network).code == "AddressNotAllowed"
    assert network.connected == []


def test_localhost_is_refused_when_the_system_resolves_it() -> None:
    with http_server(lambda handler, body: answer(handler)) as server:
        assert refusal(server.url(host="localhost"), network=Network()).code == "AddressNotAllowed"
    assert server.requests == []


@pytest.mark.parametrize("entry", ["localhost", "LocalHost", "localhost:{port}"])
def test_a_private_host_is_reached_when_the_setting_lists_it(entry: str) -> None:
    with http_server(lambda handler, body: answer(handler)) as server:
        allowed = [entry.format(port=server.port)]
        assert request(server.url(host="localhost"), network=Network(), allowed=allowed)["status"] == 200
    assert server.headers["host"] == f"localhost:{server.port}"


def test_a_private_host_is_refused_when_the_setting_lists_another_port() -> None:
    with http_server(lambda handler, body: answer(handler)) as server:
        assert refusal(server.url(), network=Network(), allowed=["127.0.0.1:1"]).code == "AddressNotAllowed"


def test_the_checked_address_is_the_one_connected_to_when_a_name_changes_its_mind() -> None:
    network = FakeNetwork({"rebinds.example": [[PUBLIC], ["127.0.0.1"]]}, connect_to="127.0.0.1")
    with http_server(lambda handler, body: answer(handler)) as server:
        request(server.url(host="rebinds.example"), network=network)
    assert network.resolved == ["rebinds.example"], "a second look-up would have given a private address"
    assert network.connected == [PUBLIC]
    assert server.headers["host"] == f"rebinds.example:{server.port}"


def test_a_redirect_is_checked_again_when_its_name_now_means_a_private_address() -> None:
    network = FakeNetwork({"rebinds.example": [[PUBLIC], ["169.254.169.254"]]}, connect_to="127.0.0.1")
    with http_server(lambda handler, body: answer(handler, 302, Location="/again")) as server:
        error = refusal(server.url(host="rebinds.example"), network=network)
    assert error.code == "AddressNotAllowed"
    assert network.connected == [PUBLIC]
    assert len(server.requests) == 1


def test_a_redirect_is_refused_when_it_leads_inside() -> None:
    network = FakeNetwork(
        {"good.example": [[PUBLIC]], "169.254.169.254": [["169.254.169.254"]]}, connect_to="127.0.0.1"
    )
    metadata = "http://169.254.169.254/latest/meta-data/iam/"
    with http_server(lambda handler, body: answer(handler, 302, Location=metadata)) as server:
        assert refusal(server.url(host="good.example"), network=network).code == "AddressNotAllowed"
    assert network.connected == [PUBLIC]


def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()[1]

    class Flaky(FakeNetwork):
        def connection(self, address: str, target: Any, connect_timeout: float) -> Any:
            connection = super().connection(address, target, connect_timeout)
            if len(self.connected) == 1:
                connection.port = dead
            return connection

    network = Flaky({"two.example": [[OTHER_PUBLIC, PUBLIC]]}, connect_to="127.0.0.1")
    with http_server(lambda handler, body: answer(handler)) as server:
        assert request(server.url(host="two.example"), network=network)["status"] == 200
    assert network.connected == [OTHER_PUBLIC, PUBLIC]


@pytest.mark.parametrize("names", [{}, {"gone.example": [[]]}])
def test_a_name_without_an_address_is_a_network_error(names: dict[str, list[list[str]]]) -> None:
    error = refusal("http://gone.example/", network=FakeNetwork(names))
    assert (error.code, error.retryable) == ("HttpNetworkError", True)


def test_nothing_is_sent_when_the_exchange_was_aborted_while_connecting() -> None:
    network = FakeNetwork({"late.example": [[PUBLIC]]}, connect_to="127.0.0.1")
    exchange = Exchange(network=network, allowed_hosts=[], max_bytes=10, timeout=5)
    exchange.abort()
    with http_server(lambda handler, body: answer(handler)) as server, pytest.raises(ActivityError, match="aborted"):
        exchange.send("GET", parse_target(server.url(host="late.example")), {}, None)
    assert server.requests == []


def test_aborting_is_harmless_when_the_connection_is_gone() -> None:
    network = FakeNetwork({"done.example": [[PUBLIC]]}, connect_to="127.0.0.1")
    exchange = Exchange(network=network, allowed_hosts=[], max_bytes=10, timeout=5)
    with http_server(lambda handler, body: answer(handler)) as server:
        assert exchange.send("GET", parse_target(server.url(host="done.example")), {}, None).status == 200
    exchange.abort()


# --- TLS ------------------------------------------------------------------------------------------------------------


class Certificate:
    """A self-signed certificate for ``service.example`` and 127.0.0.1, and the server names that were asked for."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "service.example")])
        names = [x509.DNSName("service.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + dt.timedelta(days=2))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.path = folder / "certificate.pem"
        self.path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        self.server_names: list[str | None] = []

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        context.sni_callback = lambda _socket, name, _context: self.server_names.append(name)
        return context


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Certificate]:
    """Trusted for the length of a test."""
    made = Certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    tls_context.cache_clear()
    yield made
    tls_context.cache_clear()


def test_name_and_certificate_are_the_urls_when_the_connection_goes_to_an_address(certificate: Certificate) -> None:
    network = FakeNetwork({"service.example": [[PUBLIC]]}, connect_to="127.0.0.1")
    with http_server(lambda handler, body: answer(handler), tls=certificate.server_context()) as server:
        given = request(server.url(host="service.example", scheme="https"), network=network)
    assert given["status"] == 200
    assert certificate.server_names == ["service.example"]
    assert server.headers["host"] == f"service.example:{server.port}"


def test_a_certificate_is_accepted_when_it_is_for_the_address_in_the_url(certificate: Certificate) -> None:
    with http_server(lambda handler, body: answer(handler), tls=certificate.server_context()) as server:
        given = request(server.url(scheme="https"), network=Network(), allowed=["127.0.0.1"])
    assert given["status"] == 200


def test_the_certificate_is_refused_when_it_is_for_another_name(certificate: Certificate) -> None:
    network = FakeNetwork({"other.example": [[PUBLIC, OTHER_PUBLIC]]}, connect_to="127.0.0.1")
    with http_server(lambda handler, body: answer(handler), tls=certificate.server_context()) as server:
        error = refusal(server.url(host="other.example", scheme="https"), network=network)
    assert (error.code, error.retryable) == ("HttpCertificateError", False)
    assert "'other.example'" in error.message
    assert server.requests == []
    assert network.connected == [PUBLIC], "another address would be no better"


def test_the_certificate_is_refused_when_nobody_trusts_it(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    tls_context.cache_clear()
    network = FakeNetwork({"service.example": [[PUBLIC]]}, connect_to="127.0.0.1")
    with http_server(lambda handler, body: answer(handler), tls=certificate.server_context()) as server:
        error = refusal(server.url(host="service.example", scheme="https"), network=network)
    assert error.code == "HttpCertificateError"
    assert server.requests == []


def test_a_network_error_is_told_when_the_other_side_speaks_no_tls(certificate: Certificate) -> None:
    network = FakeNetwork({"service.example": [[PUBLIC]]}, connect_to="127.0.0.1")
    with http_server(lambda handler, body: answer(handler)) as server:
        error = refusal(server.url(host="service.example", scheme="https"), network=network)
    assert (error.code, error.retryable) == ("HttpNetworkError", True)
