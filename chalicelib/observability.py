"""Logs, traces and metrics of a Lambda invocation, through Powertools.

Layer: between bootstrap and the engine; used by ``api``, ``events`` and ``bootstrap``. Outside Lambda everything here
is silent: a command line's stdout belongs to its results. Powertools and the X-Ray SDK are imported when first needed,
the latter only for an invocation that is traced, so that no cold start pays for them.

A metric has the dimensions ``service`` and ``stage`` alone: each further value is paid for by the month, and an
execution id would make one series per execution. What belongs to one execution goes into the log, as a key.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics, Tracer

SERVICE: Final = "weft"


def in_lambda() -> bool:
    """Whether this process is a Lambda function."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def is_traced() -> bool:
    """Whether X-Ray samples this invocation; the Lambda runtime says so anew in the environment each time."""
    disabled = os.environ.get("POWERTOOLS_TRACE_DISABLED", "").lower() in {"1", "true", "yes", "on"}
    return in_lambda() and not disabled and "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")


@cache
def logger() -> Logger:
    """The one structured logger: JSON lines on stdout in Lambda, nothing elsewhere."""
    from aws_lambda_powertools import Logger

    return Logger(
        service=SERVICE,
        level=os.environ.get("WEFT_LOG_LEVEL") or None,
        logger_handler=None if in_lambda() else logging.NullHandler(),
        utc=True,
    )


@contextmanager
def keys(**values: object) -> Iterator[None]:
    """Put ``values`` (such as ``execution_id``) into every line logged inside; those that are None are left out.

    Afterwards the keys are what they were before, also those that ``logger().append_keys`` added inside.
    """
    before = dict(logger().get_current_keys())
    logger().append_keys(**{name: value for name, value in values.items() if value is not None})
    try:
        yield
    finally:
        logger().remove_keys([name for name in logger().get_current_keys() if name not in before])
        logger().append_keys(**before)


@contextmanager
def invocation(context: Any, **values: object) -> Iterator[None]:
    """Around a whole invocation: its request id and ``values`` in every line, its metrics written at the end.

    ``context`` is Lambda's, or None in tests. What is raised inside passes through.
    """
    try:
        with keys(function_request_id=getattr(context, "aws_request_id", None), **values):
            yield
    finally:
        flush()


def count(name: str, value: float = 1, unit: str = "Count") -> None:
    """Add to the metric ``name``; written when the invocation ends. Does nothing outside Lambda."""
    if in_lambda():
        _metrics().add_metric(name=name, unit=unit, value=value)


def flush() -> None:
    """Write what ``count`` has gathered, in CloudWatch's embedded metric format."""
    if in_lambda() and _metrics().provider.metric_set:
        _metrics().flush_metrics()


@contextmanager
def span(name: str, /, **annotations: str) -> Iterator[None]:
    """A named part of an invocation in its trace, found again by its ``annotations``. Free when nothing is traced."""
    if not is_traced():
        yield
        return
    with _tracer().provider.in_subsegment(name=f"## {name}") as subsegment:
        for key, value in annotations.items():
            subsegment.put_annotation(key, value)
        yield


@cache
def _metrics() -> Metrics:
    from aws_lambda_powertools import Metrics

    metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Weft"), service=SERVICE)
    metrics.set_default_dimensions(stage=os.environ.get("WEFT_STAGE", "none"))
    return metrics


@cache
def _tracer() -> Tracer:
    from aws_lambda_powertools import Tracer

    # Patching botocore alone shows every AWS call; patching all that is known would import all that is known.
    return Tracer(service=SERVICE, patch_modules=("botocore",))
