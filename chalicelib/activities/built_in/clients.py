"""boto3 clients for the built-in activities.

Layer: activities. Retrying is the workflow's business: a client that repeated a call on its own would hide it, and for
a call that timed out it would do the work twice.
"""

from __future__ import annotations

from typing import Any, Final

import boto3
from botocore.config import Config

from chalicelib.settings import Settings

CONNECT_TIMEOUT_SECONDS: Final = 5
READ_TIMEOUT_SECONDS: Final = 60
# A function may run for 15 minutes, and its caller is kept waiting.
LAMBDA_READ_TIMEOUT_SECONDS: Final = 905


def boto3_client(service: str, settings: Settings) -> Any:
    """A client of ``service`` at the endpoint of the settings, which makes one attempt per call."""
    return boto3.client(
        service,
        endpoint_url=settings.aws_endpoint_url,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=LAMBDA_READ_TIMEOUT_SECONDS if service == "lambda" else READ_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 1},
            tcp_keepalive=True,
            # An emulator has no host name for each bucket.
            s3=None if settings.aws_endpoint_url is None else {"addressing_style": "path"},
        ),
    )
