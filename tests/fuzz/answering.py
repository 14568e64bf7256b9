"""The application as a WSGI application, with a workflow, an execution and a task in it to be asked about.

Layer: tests. It runs in this process over memory adapters; the requests take the way of the application's own test
client, so that what is fuzzed is all of it but the gateway's.
"""

from __future__ import annotations

import traceback
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.functional.api.asking import asking
from tests.functional.api.service import Service
from tests.unit.execution.play import chain
from tests.unit.execution.test_waiting import wait

WORKFLOW, EXECUTION, STEP = "w", "e-1", "w"


def seeded() -> Service:
    """With ``e-1`` of workflow ``w``, which waits in step ``w``, and ``e-2`` of ``people``, which asks somebody."""
    service = Service()
    service.begin(chain(wait(skippable=True, of={"output_mapping": {"$": "$.output.got"}})), EXECUTION)
    return service.begin(asking("people"), "e-2")


class Application:
    """Hands each request to the service of the day."""

    def __init__(self) -> None:
        self.service = seeded()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        headers = {name: value for name, value in request.headers.items() if name != "Content-Length"}
        try:
            reply = self.service.call(
                request.method, environ["REQUEST_URI"], body=request.get_data(), headers=headers, checked=False
            )
        except Exception:  # noqa: BLE001 - what the application lets through is a failure of its answer
            return Response(traceback.format_exc(), 500)(environ, start_response)
        return Response(reply.text, reply.status, headers=reply.headers)(environ, start_response)
