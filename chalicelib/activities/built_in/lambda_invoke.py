"""``lambda.invoke``: runs a Lambda function and gives its answer.

Layer: activities. Only functions on the allow-list of the settings; the role needs the right as well. The function sees
the attempt's ``idempotency_key`` in its client context, so it can tell a repetition from a new request.
"""

from __future__ import annotations

import base64
from typing import Any, Literal

import msgspec

from chalicelib.activities.built_in import Services
from chalicelib.activities.built_in.aws_errors import calling
from chalicelib.activities.built_in.fields import read
from chalicelib.activities.built_in.permits import permitted
from chalicelib.activities.context import ActivityContext
from chalicelib.activities.errors import ActivityError
from chalicelib.domain.jsonvalue import JsonError, dumps, loads

NAME = "lambda.invoke"


class Invocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``function`` is a name or an ARN, with or without a qualifier; ``Event`` does not wait for the function."""

    function: str
    payload: Any = None
    invocation_type: Literal["RequestResponse", "Event"] = "RequestResponse"


def run(input: Any, context: ActivityContext, services: Services) -> dict[str, Any]:
    """Give ``{status, payload}``, for ``Event`` ``{status}``.

    Raises ``ActivityError``: ``InvalidInput``, ``FunctionNotAllowed``, the code of Lambda's own error, or, when the
    function failed, its ``errorType`` as code with the retry policy to decide.
    """
    wanted = read(NAME, input, Invocation)
    if not permitted(wanted.function, services.settings.lambda_allowed_functions):
        message = f"{NAME}: {wanted.function!r} is not on the list in WEFT_LAMBDA_ALLOWED_FUNCTIONS."
        raise ActivityError("FunctionNotAllowed", message, retryable=False)
    return calling(NAME, "function", lambda: _invoke(wanted, context, services))


def _invoke(wanted: Invocation, context: ActivityContext, services: Services) -> dict[str, Any]:
    answer = services.client("lambda").invoke(
        FunctionName=wanted.function,
        InvocationType=wanted.invocation_type,
        Payload=dumps(wanted.payload),
        ClientContext=_client_context(context),
    )
    if wanted.invocation_type == "Event":
        return {"status": answer["StatusCode"]}
    with answer["Payload"] as stream:
        payload = _parsed(stream.read())
    if answer.get("FunctionError"):
        raise _function_error(wanted.function, payload)
    return {"status": answer["StatusCode"], "payload": payload}


def _client_context(context: ActivityContext) -> str:
    custom = {
        "execution_id": context.execution_id,
        "step_id": context.step_id,
        "attempt": context.attempt,
        "idempotency_key": context.idempotency_key,
    }
    return base64.b64encode(dumps({"custom": custom})).decode()


def _parsed(raw: bytes) -> Any:
    try:
        return loads(raw)
    except JsonError:
        # Custom runtimes may answer with any text.
        return raw.decode(errors="replace") if raw else None


def _function_error(function: str, payload: Any) -> ActivityError:
    failure = payload if isinstance(payload, dict) else {"errorMessage": payload}
    code = failure.get("errorType") or "LambdaFunctionError"
    message = failure.get("errorMessage") or "it failed without a message"
    return ActivityError(str(code), f"{function}: {message}", details={"function": function, "payload": payload})
