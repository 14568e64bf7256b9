"""People sign in to the console at an OpenID Connect issuer, and may do what their groups give them. Layer: tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.authority import AUDIENCE, CLIENT, Authority
from tests.browser.console import Console
from tests.e2e.stack import Stack
from weftctl.local.stack import EmbeddedAws
from weftctl.packaging import build


@pytest.fixture
def authority() -> Iterator[Authority]:
    authority = Authority(sub="u-1", preferred_username="ann", groups=["weft-viewers"])
    yield authority
    authority.close()


@pytest.fixture
def console(browser: Browser, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The console of an application that trusts the issuer."""
    settings = {
        "WEFT_JWT_ISSUER": authority.issuer,
        "WEFT_JWT_AUDIENCE": f'["{AUDIENCE}"]',
        "WEFT_OIDC_CLIENT_ID": CLIENT,
    }
    with EmbeddedAws(tmp_path_factory.mktemp("signing-in"), settings=settings) as embedded:
        embedded.deploy(build("local"))
        with httpx.Client(base_url=f"{embedded.url}/api/v1", timeout=30.0, trust_env=False) as api:
            console = Console(browser, Stack(embedded.url, api, embedded.client))
            console.allow(re.escape(f"request to another host: {authority.issuer}/"))
            yield console
            assert console.close() == []


def test_somebody_is_known_by_name_and_role_when_the_issuer_has_let_them_in(
    console: Console, authority: Authority
) -> None:
    page = console.open("#/workflows").page
    page.get_by_role("button", name="Signed in as dev").click()
    page.get_by_role("button", name="Sign in as somebody else").click()

    page.get_by_role("button", name="Sign in with your organisation").click()

    expect(page.get_by_role("button", name="Signed in as ann")).to_be_visible()
    assert "code=" not in page.url
    assert page.url.endswith("#/workflows")
    expect(page.get_by_role("link", name="Register a workflow")).to_have_count(0)  # a viewer may not
    assert authority.refused == []
