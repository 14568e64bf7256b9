"""URLs: taken apart strictly, put together exactly.

Layer: tests.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.activities.built_in.http.targets import BadTargetError, Target, parse_target


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path", "authority"),
    [
        ("http://a.example", "http", "a.example", 80, "/", "a.example"),
        ("https://A.Example/x?y=1#z", "https", "a.example", 443, "/x?y=1", "a.example"),
        ("HTTPS://a.example:8443/", "https", "a.example", 8443, "/", "a.example:8443"),
        ("https://a.example:443/", "https", "a.example", 443, "/", "a.example"),
        ("http://a.example:/", "http", "a.example", 80, "/", "a.example"),
        ("http://[2606:4700::1111]:81/", "http", "2606:4700::1111", 81, "/", "[2606:4700::1111]:81"),
        ("http://[::FFFF:1.2.3.4]/", "http", "::ffff:102:304", 80, "/", "[::ffff:102:304]"),
        ("http://bücher.example/", "http", "xn--bcher-kva.example", 80, "/", "xn--bcher-kva.example"),
        ("http://①②⑦.⓪.⓪.①/", "http", "127.0.0.1", 80, "/", "127.0.0.1"),
        ("http://a_b.example/", "http", "a_b.example", 80, "/", "a_b.example"),
        ("http://a.example./", "http", "a.example.", 80, "/", "a.example."),
        ("http://a.example/ü/%C3%BC?q=ü", "http", "a.example", 80, "/%C3%BC/%C3%BC?q=%C3%BC", "a.example"),
        ('http://a.example/"<>', "http", "a.example", 80, "/%22%3C%3E", "a.example"),
    ],
)
def test_a_url_is_taken_apart_when_it_is_sound(
    url: str, scheme: str, host: str, port: int, path: str, authority: str
) -> None:
    target = parse_target(url)
    assert (target.scheme, target.host, target.port, target.path) == (scheme, host, port, path)
    assert target.authority == authority


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must begin with http"),
        ("a.example/x", "must begin with http"),
        ("ftp://a.example/", "must begin with http"),
        ("file:///etc/passwd", "must begin with http"),
        ("gopher://a.example/", "must begin with http"),
        ("http://", "names no host"),
        ("http:///x", "names no host"),
        ("http://user:pass@a.example/", "user name or password"),
        ("http://user@a.example/", "user name or password"),
        ("http://a.example\\@b.example/", "backslash"),
        ("http://a.example/x y", "space"),
        ("http://a.example/\r\nHost: b", "control character"),
        ("http://a.\texample/", "control character"),
        ("http://a.example:0/", "port is 0"),
        ("http://a.example:65536/", "Port out of range"),
        ("http://a.example:x/", "Port could not be cast"),
        ("http://[::1/", "Invalid IPv6"),
        ("http://[zz::1]/", "no IPv6 address|valid IPv6|does not appear"),
        ("http://[v1.a:b]/", "no IPv6 address"),
        ("http://[fe80::1%25eth0]/", "has a zone|IPv6"),
        ("http://a%2e.example/", "no host name"),
        ("http://-a.example/", "no host name"),
        ("http://" + "ü" * 70 + ".example/", "no host name"),
        ("http://" + "a" * 64 + ".example/", "no host name"),
        ("http://" + "a." * 127 + "/", "no host name"),
        ("http://a..example/", "no host name"),
        ("http://.example/", "no host name"),
    ],
)
def test_a_url_is_refused_when_it_is_doubtful(url: str, reason: str) -> None:
    with pytest.raises(BadTargetError, match=reason):
        parse_target(url)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({}, "/x?y=1"),
        ({"a": "b c", "n": 1, "f": 1.5, "t": True, "no": False}, "/x?y=1&a=b+c&n=1&f=1.5&t=true&no=false"),
        ({"many": ["a", "b"]}, "/x?y=1&many=a&many=b"),
        ({"d": Decimal("1e400"), "u": "ü&="}, "/x?y=1&d=1E%2B400&u=%C3%BC%26%3D"),
    ],
)
def test_parameters_are_added_when_a_query_is_given(query: dict[str, Any], path: str) -> None:
    assert parse_target("http://a.example/x?y=1", query).path == path


@pytest.mark.parametrize("value", [None, {"a": 1}, [[1]], [None]])
def test_a_query_is_refused_when_a_value_is_no_scalar(value: Any) -> None:
    with pytest.raises(BadTargetError, match="query parameter 'q'"):
        parse_target("http://a.example/", {"q": value})


BASE = parse_target("https://a.example:8443/dir/page?x=1")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/other", "https://a.example:8443/other"),
        ("next?y=2", "https://a.example:8443/dir/next?y=2"),
        ("//b.example/z", "https://b.example/z"),
        ("https://c.example/#part", "https://c.example/"),
        ("/caf\u00c3\u00a9", "https://a.example:8443/caf%C3%A9"),  # UTF-8 as Latin-1, as headers are read
        ("/a b", "https://a.example:8443/a%20b"),
    ],
)
def test_a_redirect_is_resolved_against_where_it_came_from(location: str, url: str) -> None:
    assert BASE.redirected(location).url == url


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://a.example/", "from https to http"),
        ("file:///etc/passwd", "must begin with http"),
        ("javascript:alert(1)", "must begin with http"),
        ("https://user@b.example/", "user name"),
        ("https://b.example\\@c.example/", "user name"),
    ],
)
def test_a_redirect_is_refused_when_it_is_doubtful(location: str, reason: str) -> None:
    with pytest.raises(BadTargetError, match=reason):
        BASE.redirected(location)


def test_origins_are_equal_when_only_paths_differ() -> None:
    assert parse_target("https://a.example/x").origin == parse_target("https://A.example:443/y").origin
    assert parse_target("https://a.example/").origin != parse_target("http://a.example:443/").origin


def test_a_host_has_several_names_when_a_list_may_hold_it() -> None:
    target = Target(scheme="http", host="::1", port=80, path="/")
    assert target.names == {"::1", "[::1]", "[::1]:80"}
