"""From what botocore raises to ``ActivityError``.

Layer: activities. The service's own code is kept (``ResourceNotFoundException``), so error transitions can match it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from botocore import exceptions

from chalicelib.activities.built_in.fields import refuse
from chalicelib.activities.errors import ActivityError

T = TypeVar("T")

# Codes of throttling and of passing trouble that come with a status of 400 (botocore's own standard retry mode).
PASSING_CODES: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
UNREACHABLE: Final = (
    exceptions.ConnectionError,
    exceptions.CredentialRetrievalError,
    exceptions.HTTPClientError,
    exceptions.IncompleteReadError,
    exceptions.MetadataRetrievalError,
)


def calling(activity_type: str, field: str, call: Callable[[], T]) -> T:
    """Return what ``call`` returns. Raises ``ActivityError``: retryable for throttling, 5xx and a service out of reach.

    ``field`` is the input field to blame for parameters that do not fit the operation.
    """
    try:
        return call()
    except exceptions.ClientError as error:
        raise _from_service(activity_type, error) from error
    except exceptions.ParamValidationError as error:
        refuse(activity_type, field, str(error))
    except UNREACHABLE as error:
        raise ActivityError("AwsUnavailable", f"{activity_type}: {error}", retryable=True) from error
    except exceptions.BotoCoreError as error:
        raise ActivityError("AwsError", f"{activity_type}: {error}", retryable=False) from error


def _from_service(activity_type: str, error: exceptions.ClientError) -> ActivityError:
    code = str(error.response.get("Error", {}).get("Code") or "AwsError")
    metadata: dict[str, Any] = error.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 0)
    return ActivityError(
        code,
        f"{activity_type}: {error}",
        retryable=code in PASSING_CODES or status == 429 or status >= 500,
        details={"status": status, "request_id": metadata.get("RequestId")},
    )
