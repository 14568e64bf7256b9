"""Routes of pictures and views: of a workflow, of an execution, and of the system.

Layer: api. A picture is a file; as JSON it comes with the view: the definition, the state of each step, and the tasks.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, Final

from chalicelib.api import parameters
from chalicelib.api.answers import Answer, File
from chalicelib.api.built_console import PICTURES
from chalicelib.api.executions import DEFAULT_EVENTS, EXECUTION
from chalicelib.api.fitting_views import fitting_view
from chalicelib.api.parameters import QuerySpec
from chalicelib.api.problems import NotAcceptable
from chalicelib.api.routing import Call, Routes
from chalicelib.api.workflows import WORKFLOW
from chalicelib.domain.errors import InvalidRequest, NotFound
from chalicelib.engine.queries import HistoryQuery
from chalicelib.visualization import as_json
from chalicelib.visualization.building import build
from chalicelib.visualization.custom_themes import themes_with
from chalicelib.visualization.options import (
    DIRECTIONS,
    FORMATS,
    LAYOUT_ALGORITHMS,
    MAX_DEPTH,
    MAX_NODES,
    SCALES,
    Options,
)
from chalicelib.visualization.rendering import KINDS, render
from chalicelib.visualization.subject import Subject
from chalicelib.visualization.view_data import ViewOptions, view_of

routes = Routes(__name__)

VIEW: Final = "/api/v1/visualize/{workflow_id}"
VIEW_TYPES: Final = ("definition", "execution", "system")
PICTURE_QUERY: Final[QuerySpec] = {
    "format": parameters.one_of(FORMATS),
    "theme": parameters.text(64),
    "show_elapsed_time": parameters.flag,
    "highlight_current_step": parameters.flag,
    "show_input_output": parameters.flag,
    "include_metadata": parameters.flag,
    "include_timing": parameters.flag,
    "include_metrics": parameters.flag,
    "show_unexecuted_steps": parameters.flag,
    "layout_algorithm": parameters.one_of(LAYOUT_ALGORITHMS),
    "direction": parameters.one_of(DIRECTIONS),
    "max_nodes": parameters.integer(1, MAX_NODES),
    "scale": parameters.decimal(*SCALES),
    "depth": parameters.integer(0, MAX_DEPTH),
}
VIEW_QUERY: Final[QuerySpec] = {
    "type": parameters.one_of(VIEW_TYPES),
    "execution_id": parameters.execution_id,
    "metrics": parameters.flag,
    "history": parameters.flag,
    "active_tasks": parameters.flag,
    "completed_tasks": parameters.flag,
    "io": parameters.flag,
    "depth": parameters.integer(0, MAX_DEPTH),
}
_SCRIPT: Final = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)


@routes.on("GET", WORKFLOW + "/visualization", {**PICTURE_QUERY, "version": parameters.version})
def draw_workflow(call: Call, workflow_id: str) -> Answer:
    """A picture of a workflow: of its default version, or the one asked for."""
    options = _options(call)
    version = call.query.get("version")
    return _picture(call, call.engine.visualize.definition(workflow_id, version, depth=options.depth), options)


@routes.on("GET", EXECUTION + "/visualization", PICTURE_QUERY)
def draw_execution(call: Call, execution_id: str) -> Answer:
    """A picture of an execution, with the version that it runs."""
    options = _options(call)
    return _picture(call, call.engine.visualize.execution(execution_id, depth=options.depth), options)


@routes.on("GET", VIEW, VIEW_QUERY)
def view(call: Call, workflow_id: str) -> Answer:
    """The view of a workflow, of one of its executions, or of the system, as data."""
    query = call.query
    execution_id = query.get("execution_id")
    type_ = query.get("type", "definition" if execution_id is None else "execution")
    if type_ == "system":
        return Answer(
            body={
                "view_type": "system",
                "workflow_id": None,
                "execution_id": None,
                "metrics": call.engine.overview.system(),
            }
        )
    wanted = ViewOptions(
        **{name: query[name] for name in ("metrics", "active_tasks", "completed_tasks", "io", "depth") if name in query}
    )
    options = Options(show_input_output=wanted.io, include_metrics=wanted.metrics, depth=wanted.depth)
    if type_ == "definition":
        subject = call.engine.visualize.definition(workflow_id, depth=wanted.depth)
    else:
        subject = _execution_of(call, workflow_id, execution_id, wanted.depth)
    return Answer(body=_view(call, subject, options, wanted, history=query.get("history", False)))


def _execution_of(call: Call, workflow_id: str, execution_id: str | None, depth: int) -> Subject:
    if execution_id is None:
        message = "A view of an execution needs its execution_id."
        raise InvalidRequest(message)
    subject = call.engine.visualize.execution(execution_id, depth=depth)
    if subject.definition.id != workflow_id:
        message = f"There is no execution {execution_id!r} of the workflow {workflow_id!r}."
        raise NotFound(message, code="ExecutionNotFound")
    return subject


def _options(call: Call) -> Options:
    """The options that the query has. Raises ``InvalidRequest`` for a theme that there is none of."""
    given = {name: value for name, value in call.query.items() if name not in ("format", "version")}
    if "theme" in given:
        known = themes_with(call.engine.settings.themes)
        if given["theme"] not in known:
            message = f"There is no theme {given['theme']!r}. Choose one of {', '.join(known)}."
            raise InvalidRequest(message)
        given["theme"] = known[given["theme"]]
    return Options(**given)


def _picture(call: Call, subject: Subject, options: Options) -> Answer:
    format_ = call.query.get("format", "svg")
    if format_ == "json":
        return Answer(
            body=_view(call, subject, options, ViewOptions(io=options.show_input_output, depth=options.depth))
        )
    media_type = KINDS[format_].media_type
    if format_ == "png" and not _takes_bytes(call.headers.get("accept", "")):
        message = "A PNG is sent as bytes: ask for image/png by the header Accept, before anything else."
        raise NotAcceptable(message)
    content = render(build(subject, options, call.engine.adapters.clock.now()), options, format_)
    headers = {"Content-Security-Policy": _policy(content)} if isinstance(content, str) else {}
    return Answer(body=File(content=content, media_type=media_type), headers=headers)


def _takes_bytes(accept: str) -> bool:
    """Whether bytes will arrive as such. The gateway looks at the first type alone, which from an image's tag is one of
    these; to all others it would hand on the text that bytes travel as.
    """
    return accept.partition(",")[0].partition(";")[0].strip().lower() in PICTURES.values()


def _policy(content: str) -> str:
    """What a browser may do with a picture: show it, and run the scripts that stand in it, by their digests."""
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in _SCRIPT.findall(content)]
    scripts = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def _view(
    call: Call, subject: Subject, options: Options, wanted: ViewOptions, *, history: bool = False
) -> dict[str, Any]:
    now = call.engine.adapters.clock.now()
    body = view_of(subject, wanted, now)
    body["graph"] = as_json.to_builtins(build(subject, options, now))
    if history and body["execution_id"] is not None:
        query = HistoryQuery(execution_id=body["execution_id"])
        page = call.engine.queries.history(query, page_size=DEFAULT_EVENTS)
        body["history"] = {"events": page.events, "next_cursor": page.next_cursor}
    return fitting_view(body)
