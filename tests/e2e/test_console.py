"""The console as it is deployed: its page and files by way of the gateway. Layer: tests."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import httpx
import pytest

from tests.e2e.stack import Stack


@pytest.fixture(scope="module")
def page(stack: Stack) -> httpx.Response:
    return httpx.get(f"{stack.url}/console", trust_env=False)


def test_the_page_may_load_nothing_foreign_when_it_is_deployed(page: httpx.Response) -> None:
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["x-content-type-options"] == "nosniff"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page.text), "something stands in the page"


def test_every_file_that_the_page_names_is_there_when_it_is_deployed(page: httpx.Response) -> None:
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert named
    for name in named:
        file = httpx.get(urljoin(str(page.url), name), trust_env=False)
        assert file.status_code == 200, name
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["content-security-policy"] == page.headers["content-security-policy"]
        assert re.match(r"text/(javascript|css); charset=utf-8$|image/svg\+xml", file.headers["content-type"])


def test_nothing_is_sent_when_the_browser_has_the_page(page: httpx.Response) -> None:
    again = httpx.get(str(page.url), headers={"If-None-Match": page.headers["etag"]}, trust_env=False)

    assert (again.status_code, again.content) == (304, b"")


def test_the_page_is_found_when_its_address_has_a_slash(stack: Stack, page: httpx.Response) -> None:
    found = httpx.get(f"{stack.url}/console/?code=1", trust_env=False, follow_redirects=True)

    assert str(found.url) == f"{stack.url}/console?code=1"
    assert found.text == page.text


def test_the_console_knows_where_it_is_when_it_is_deployed(stack: Stack) -> None:
    config = httpx.get(f"{stack.url}/console/config.json", trust_env=False).json()

    assert config == {
        "stage": "local",
        "api": "/api/v1",
        "websocket": "/ws",
        "oidc": None,
        "development_token": True,
    }
