"""The activities that come with Weft. Their modules are imported when first run: most functions never need them.

Layer: activities. Each is a function ``run(input, context, services)`` in a module of its own.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import Any, Final

from chalicelib.activities.context import ActivityContext
from chalicelib.activities.registry import RegisteredActivity
from chalicelib.ports.notifications import PostOffice
from chalicelib.settings import Settings

ClientFactory = Callable[[str], Any]

MODULES: Final = {
    "aws.call": "chalicelib.activities.built_in.aws_call",
    "http.request": "chalicelib.activities.built_in.http.activity",
    "lambda.invoke": "chalicelib.activities.built_in.lambda_invoke",
    "notify.send": "chalicelib.activities.built_in.notify.activity",
}


class Services:
    """What the built-in activities need from outside: settings, and boto3 clients by service, made when first used.

    ``post_office`` is what ``notify.send`` sends by; without one it cannot.
    """

    def __init__(
        self, settings: Settings, client: ClientFactory | None = None, post_office: PostOffice | None = None
    ) -> None:
        self.settings = settings
        self.post_office = post_office
        self._factory = client
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """The client of ``service``, the same one every time. Raises what making it raises."""
        # Making clients is not safe between threads in boto3, using them is.
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: str) -> Any:
        if self._factory is None:
            from chalicelib.activities.built_in.clients import boto3_client

            return boto3_client(service, self.settings)
        return self._factory(service)


def built_in_activities(services: Services) -> dict[str, RegisteredActivity]:
    """The built-in activities by name, ready to run."""
    return {name: _registered(name, module, services) for name, module in MODULES.items()}


def _registered(name: str, module: str, services: Services) -> RegisteredActivity:
    def run(input: dict[str, Any], context: ActivityContext) -> Any:
        return importlib.import_module(module).run(input, context, services)

    return RegisteredActivity(name=name, function=run, place=module, takes_context=True, is_async=False)
