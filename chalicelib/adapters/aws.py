"""The one place where AWS clients are made, and where their errors become ours.

Layer: adapters. A client is built when it is first used and kept with its connections: making one costs up to 100 ms,
a connection a TLS handshake. Retrying is botocore's, in its standard mode; what still fails is ``Unavailable`` if
trying again later may help, else ``AwsRefused``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
)
from botocore.session import Session, get_session

from chalicelib.domain.errors import Unavailable, WeftError
from chalicelib.settings import Settings

CONNECT_TIMEOUT_SECONDS: Final = 2
READ_TIMEOUT_SECONDS: Final = 8
TOTAL_ATTEMPTS: Final = 4

# Beside these, every answer with a status of 429 or from 500 on is worth another try.
_TRANSIENT: Final = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "KMS.ThrottlingException",
        "OverLimit",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_UNREACHABLE: Final = (
    exceptions.ConnectionError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
)


class AwsRefused(WeftError):
    """AWS does not do what it was asked, and would not if asked again: a missing permission, table or queue."""

    code = "AwsRefused"


class Aws:
    """Clients by service name, safe to share between threads."""

    def __init__(self, settings: Settings, session: Session | None = None) -> None:
        """Without a ``session``, one is made of the environment when the first client is."""
        self._endpoint_url = settings.aws_endpoint_url
        self._lock = Lock()
        self._session = session
        self._clients: dict[str, Any] = {}

    def client(self, service: str, endpoint_url: str | None = None) -> Any:
        """The botocore client of ``service`` (``dynamodb``, ``sqs``, ``s3`` …), at an address of its own if given."""
        name = service if endpoint_url is None else f"{service} at {endpoint_url}"
        with self._lock:
            if name not in self._clients:
                self._clients[name] = self._make(service, endpoint_url or self._endpoint_url)
            return self._clients[name]

    @property
    def region(self) -> str:
        """The region of the environment, as in ``eu-central-1``."""
        with self._lock:
            return str(self._made_session().get_config_variable("region"))

    def _made_session(self) -> Session:
        if self._session is None:
            self._session = get_session()
        return self._session

    def _make(self, service: str, endpoint_url: str | None) -> Any:
        # Parameters are checked by types here, and by AWS; botocore's own check would only cost time.
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": TOTAL_ATTEMPTS},
            tcp_keepalive=True,
            parameter_validation=False,
            # An emulator has no host name for each bucket.
            s3=None if self._endpoint_url is None else {"addressing_style": "path"},
        )
        return self._made_session().create_client(service, endpoint_url=endpoint_url, config=config)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise what botocore raises inside as ``Unavailable`` or ``AwsRefused``, saying what was being done."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise to_weft_error(error, doing) from error


def to_weft_error(error: Exception, doing: str) -> WeftError:
    """``Unavailable`` for throttling, failures of the service and of the way there, else ``AwsRefused``."""
    message = f"{doing}: {error}"
    if isinstance(error, _UNREACHABLE) or (isinstance(error, ClientError) and _is_transient(error)):
        return Unavailable(message)
    return AwsRefused(message)


def error_code(error: Exception | None) -> str:
    """AWS's code of a ``ClientError``, empty for anything else."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _is_transient(error: ClientError) -> bool:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return error_code(error) in _TRANSIENT or status == 429 or status >= 500
