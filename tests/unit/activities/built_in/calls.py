"""Calls of ``http.request`` that may reach loopback, and answers to give them.

Layer: tests.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from chalicelib.activities import ActivityError
from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.http.activity import run
from chalicelib.settings import Settings
from tests.unit.activities.built_in.servers import Handler, answer
from tests.unit.activities.fakes import a_context

ALLOWED = Settings(http_allowed_private_hosts=["127.0.0.1"])


def request(url: str, *, settings: Settings = ALLOWED, context: Any = None, **input: Any) -> dict[str, Any]:
    return run({"url": url, **input}, context or a_context(), Services(settings))


def refusal(url: str, **fields: Any) -> ActivityError:
    with pytest.raises(ActivityError) as refused:
        request(url, **fields)
    return refused.value


def says(*arguments: Any, **fields: Any) -> Handler:
    return lambda handler, body: answer(handler, *arguments, **fields)


def echo(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    answer(handler, 200, body, "text/plain; charset=utf-8")
