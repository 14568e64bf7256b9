"""Who is calling, and what they may. Layer: tests. The refusals are tested over HTTP."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from chalicelib.api import roles
from chalicelib.api.identity import Identity, identify
from chalicelib.domain.errors import Forbidden, Unauthorized
from chalicelib.settings import ApiKey, Settings

LOCAL = Settings(stage="local", aws_endpoint_url="http://127.0.0.1:4566")


def key(name: str, secret: str, *groups: str) -> ApiKey:
    return ApiKey(name=name, sha256=hashlib.sha256(secret.encode()).hexdigest(), groups=list(groups))


def test_the_caller_is_the_key_s_when_it_is_known() -> None:
    settings = Settings(stage="prod", api_keys=[key("one", "1", "a"), key("two", "2", "b", "c")])

    assert identify({"x-api-key": "2"}, settings) == Identity(name="two", groups=frozenset({"b", "c"}), proof="key")


def test_a_key_is_known_when_its_hash_is_written_in_capitals() -> None:
    written = ApiKey(name="one", sha256=key("one", "1").sha256.upper())

    assert identify({"x-api-key": "1"}, Settings(stage="prod", api_keys=[written])).name == "one"


def test_every_key_is_compared_in_constant_time_when_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    keys = [key("one", "1"), key("two", "2"), key("three", "3")]

    identify({"x-api-key": "1"}, Settings(stage="prod", api_keys=keys))

    assert [other.decode() for _, other in compared] == [each.sha256 for each in keys]


@pytest.mark.parametrize("hash_text", ["", "not hex", "ключ"])
def test_a_broken_hash_lets_nobody_in(hash_text: str) -> None:
    settings = Settings(stage="prod", api_keys=[ApiKey(name="broken", sha256=hash_text)])

    for given in ("", hash_text, "\ud800"):
        with pytest.raises(Unauthorized):
            identify({"x-api-key": given}, settings)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("Bearer dev:ann:a,b", Identity(name="ann", groups=frozenset({"a", "b"}))),
        ("bearer dev:ann@example.com: a , ", Identity(name="ann@example.com", groups=frozenset({"a"}))),
        ("Bearer dev:ann", Identity(name="ann")),
    ],
)
def test_the_caller_is_who_it_says_when_the_stage_is_local(token: str, expected: Identity) -> None:
    assert identify({"authorization": token}, LOCAL) == expected


def test_the_caller_is_the_developer_when_the_local_stage_gets_no_header() -> None:
    caller = identify({}, LOCAL)

    assert caller.name == "dev"
    assert roles.roles_of(caller) == roles.EVERY_ROLE


def test_a_key_counts_when_the_stage_is_local_too() -> None:
    settings = Settings(stage="local", aws_endpoint_url="http://127.0.0.1:1", api_keys=[key("ci", "1")])

    assert identify({"x-api-key": "1", "authorization": "Bearer dev:ann:weft-admins"}, settings).name == "ci"


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (set(), set()),
        ({"finance"}, set()),
        ({"weft-viewers"}, {"viewer"}),
        ({"weft-operators", "weft-publishers"}, {"operator", "viewer", "publisher"}),
        ({"weft-approvers"}, {"approver", "viewer"}),
        ({"weft-workers"}, {"worker"}),
        ({"weft-admins"}, set(roles.EVERY_ROLE)),
    ],
)
def test_groups_give_roles(groups: set[str], expected: set[str]) -> None:
    assert roles.roles_of(Identity(name="ann", groups=frozenset(groups))) == expected


def test_the_groups_that_would_do_are_named_when_a_role_is_lacking() -> None:
    with pytest.raises(Forbidden, match="weft-admins or weft-operators"):
        roles.require(Identity(name="ann"), roles.OPERATOR)


def test_every_role_comes_with_some_group() -> None:
    assert frozenset().union(*roles.GROUPS.values()) == roles.EVERY_ROLE
    assert {role for role in roles.REQUIRED.values() if role is not None} <= roles.EVERY_ROLE
