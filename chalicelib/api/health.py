"""Whether the function runs at all: no identity needed, no call made. Layer: api."""

from __future__ import annotations

import os

import chalicelib
from chalicelib.api.answers import Answer
from chalicelib.api.routing import Routes

routes = Routes(__name__)


@routes.on("GET", "/health")
def health() -> Answer:
    """Say that the function runs, and what it is."""
    stage = os.environ.get("WEFT_STAGE") or None
    return Answer(body={"status": "ok", "stage": stage, "version": chalicelib.__version__})
