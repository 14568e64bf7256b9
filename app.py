"""The application: its routes by blueprint, and one line for everything else that may invoke a function.

This is what Chalice reads to know what to deploy; the work is done in ``chalicelib``. The names of the functions are
those of the deployed ones. The queues and the stream named here are placeholders: ``infra/functions.yaml`` puts the
real ones in, with the settings of their event sources that Chalice has no words for. Importing this module calls
nothing and reads no settings.
"""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice, CloudWatchEvent, DynamoDBEvent, Rate, Request, Response, SQSEvent, WebsocketEvent

from chalicelib.api import (
    callers,
    console,
    control,
    events,
    executions,
    external_work,
    gateway,
    health,
    human_tasks,
    metrics,
    notifications,
    visualization,
    websocket,
    workflows,
)
from chalicelib.api.built_console import PICTURES
from chalicelib.api.connections import Connections
from chalicelib.events import commands, inbound, stream, sweeps, tasks, wakeups

app = Chalice(app_name="weft", configure_logs=False)
app.experimental_feature_flags.add("WEBSOCKETS")
app.api.binary_types = sorted({*app.api.binary_types, *PICTURES.values()})
app.websocket_api = Connections()  # type: ignore[assignment]  # it stands in for the framework's, which knows AWS alone
for blueprint in (
    health.routes,
    console.routes,
    workflows.routes,
    executions.routes,
    visualization.routes,
    control.routes,
    human_tasks.routes,
    events.routes,
    notifications.routes,
    callers.routes,
    external_work.routes,
    metrics.routes,
    gateway.unrouted,
):
    app.register_blueprint(blueprint)


@app.middleware("http")
def finish(request: Request, respond: Any) -> Response:
    """Around every HTTP request."""
    return gateway.finish(request, respond)


@app.on_sqs_message(queue="commands.fifo", batch_size=10)
def decider(event: SQSEvent) -> dict[str, Any]:
    """Decide commands."""
    return commands.handle(event.to_dict(), event.context)


@app.on_sqs_message(queue="tasks-highest", batch_size=10)
def worker_highest(event: SQSEvent) -> dict[str, Any]:
    """Run tasks of the highest priority."""
    return tasks.handle(event.to_dict(), event.context)


@app.on_sqs_message(queue="tasks-high", batch_size=10)
def worker_high(event: SQSEvent) -> dict[str, Any]:
    """Run tasks of high priority."""
    return tasks.handle(event.to_dict(), event.context)


@app.on_sqs_message(queue="tasks-medium", batch_size=10)
def worker_medium(event: SQSEvent) -> dict[str, Any]:
    """Run tasks of medium priority."""
    return tasks.handle(event.to_dict(), event.context)


@app.on_sqs_message(queue="tasks-low", batch_size=10)
def worker_low(event: SQSEvent) -> dict[str, Any]:
    """Run tasks of low priority."""
    return tasks.handle(event.to_dict(), event.context)


@app.on_sqs_message(queue="tasks-lowest", batch_size=10)
def worker_lowest(event: SQSEvent) -> dict[str, Any]:
    """Run tasks of the lowest priority."""
    return tasks.handle(event.to_dict(), event.context)


@app.on_sqs_message(queue="wakeups", batch_size=10)
def waker(event: SQSEvent) -> dict[str, Any]:
    """Wake executions whose time has come."""
    return wakeups.handle(event.to_dict(), event.context)


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> dict[str, Any]:
    """Move distant timers closer, and deal with dead letters."""
    return sweeps.handle(event.to_dict(), event.context)


@app.on_dynamodb_record(stream_arn="arn:aws:dynamodb:::table/commits/stream/placeholder")
def publisher(event: DynamoDBEvent) -> dict[str, Any]:
    """Publish what was committed."""
    return stream.handle(event.to_dict(), event.context)


@app.lambda_function()
def event_receiver(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish an event from the bus."""
    return inbound.handle(event, context)


@app.on_ws_connect()
def ws_connect(event: WebsocketEvent) -> dict[str, Any]:
    """Let a viewer in or not."""
    return websocket.connect(event.to_dict(), event.context)


@app.on_ws_message()
def ws_message(event: WebsocketEvent) -> dict[str, Any]:
    """Answer a viewer."""
    return websocket.message(event.to_dict(), event.context)


@app.on_ws_disconnect()
def ws_disconnect(event: WebsocketEvent) -> dict[str, Any]:
    """See a viewer off."""
    return websocket.disconnect(event.to_dict(), event.context)
