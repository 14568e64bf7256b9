"""What stands in a request's body: its size, its form, and the envelope around an execution's input.

Layer: api. Numbers are kept exactly. An execution is started with an envelope (``{"input": …, "version": …}``) or, as
earlier clients do it, with the bare input; which of the two a body is follows from its keys alone, and the answer
says how it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Literal

from chalicelib.api import parameters
from chalicelib.api.problems import UnsupportedMediaType
from chalicelib.domain import jsonvalue
from chalicelib.domain.definitions.findings import brief, error, nearest
from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.definitions.origins import below
from chalicelib.domain.definitions.parsing import parse_document
from chalicelib.domain.errors import Finding, InvalidDefinition, InvalidRequest, TooLarge

Form = Literal["envelope", "bare"]
Fields = Mapping[str, Callable[[Any], Any]]

JSON: Final = "application/json"
YAML_TYPES: Final = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
ENVELOPE: Final = (
    "input",
    "version",
    "execution_id",
    "priority",
    "deadline",
    "trace_id",
    "metadata",
    "partition_key",
    "tags",
)
WRAPPER: Final = {"workflow_id": "id", "name": "name", "version": "version"}
PRIORITY_NAMES: Final = {name: name for name in PRIORITIES} | {"normal": "medium", "batch": "lowest"}


def media_type(headers: Mapping[str, str]) -> str:
    """The media type of the body, in lower case and without parameters; JSON if none is given."""
    return headers.get("content-type", JSON).partition(";")[0].strip().lower() or JSON


def refuse_larger(body: bytes, limit: int, what: str) -> None:
    """Raises ``TooLarge`` for a body of more than ``limit`` bytes."""
    if len(body) > limit:
        raise TooLarge(f"{what} has {len(body):,} bytes; at most {limit:,} are taken.")


def json_value(body: bytes, headers: Mapping[str, str]) -> Any:
    """The body as a JSON value. Raises ``UnsupportedMediaType``, ``InvalidRequest`` (empty) or ``JsonError``."""
    given = media_type(headers)
    if body and given != JSON and not given.endswith("+json"):
        raise UnsupportedMediaType(f"This route reads {JSON}, not {given!r}: set the header Content-Type.")
    if not body.strip():
        raise InvalidRequest("The body is empty; a JSON document is expected.")
    return jsonvalue.loads(body)


def definition(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The definition in a body, JSON or YAML, not yet checked; also one in an earlier client's wrapper.

    Raises ``UnsupportedMediaType``, and ``InvalidDefinition`` for a text that is no object of JSON or YAML.
    """
    given = media_type(headers)
    if given != JSON and given not in YAML_TYPES and not given.endswith(("+json", "+yaml")):
        raise UnsupportedMediaType(f"A definition is {JSON} or application/yaml, not {given!r}: set Content-Type.")
    return _unwrapped(parse_document(body, media_type=given))


def _unwrapped(document: dict[str, Any]) -> dict[str, Any]:
    """``{workflow_id, name, version, definition}`` as the one document it means; anything else as it is."""
    inner = document.get("definition")
    if not isinstance(inner, dict) or not document.keys() <= {*WRAPPER, "definition"}:
        return document
    outer = {WRAPPER[name]: value for name, value in document.items() if name in WRAPPER}
    findings = [
        error("ConflictingFields", f"/{name}", f"{name} is {brief(document[name])}, but the definition says otherwise")
        for name, field in WRAPPER.items()
        if field in outer and inner.get(field, outer[field]) != outer[field]
    ]
    if findings:
        raise InvalidDefinition("The definition and what is around it do not agree.", findings)
    return {**inner, **outer}


def interpret(body: Any, asked: Form | None) -> tuple[Form, str]:
    """How a body is read, and a remark if that may surprise: an object that almost is an envelope."""
    if asked is not None:
        return asked, ""
    if not isinstance(body, dict) or "input" not in body:
        return "bare", ""
    strangers = [key for key in body if key not in ENVELOPE]
    if not strangers:
        return "envelope", ""
    named = ", ".join(brief(key) for key in strangers[:5])
    meant = next((hint for key in strangers if (hint := nearest(key, ENVELOPE, listed=False))), "")
    remark = f"The whole body is the input, because of {named}; ?body=envelope reads it as an envelope. {meant}"
    return "bare", remark.strip()


def read_envelope(body: Any, *, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of an envelope, checked; ``required`` names further ones that must be there.

    ``input`` is an empty object if absent. Raises ``InvalidRequest`` with every finding.
    """
    known = {name: _FIELDS[name] for name in (*required, *ENVELOPE)}
    return {"input": {}, **read_fields(body, known, what="envelope", required=required, nullable=("input",))}


def read_fields(
    body: Any, fields: Fields, *, what: str = "body", required: Collection[str] = (), nullable: Collection[str] = ()
) -> dict[str, Any]:
    """The fields of an object, each read by its parser, which raises ``ValueError`` with words that follow 'must'.

    A null counts as absent but for ``nullable`` fields. Raises ``InvalidRequest`` with every finding.
    """
    if not isinstance(body, dict):
        raise InvalidRequest(f"The {what} must be an object.", [error("WrongType", "", "Expected an object")])
    values: dict[str, Any] = {}
    missing = [name for name in required if body.get(name) is None]
    findings: list[Finding] = [error("MissingField", "", f"The field {name!r} is missing") for name in missing]
    for name, value in body.items():
        pointer = below("", name)
        if name not in fields:
            message = f"There is no field {brief(name)} here"
            findings.append(error("UnknownField", pointer, message, nearest(name, fields)))
        elif name in nullable or value is not None:
            try:
                values[name] = fields[name](value)
            except ValueError as failure:
                findings.append(error("InvalidValue", pointer, f"{name} must {failure}, not {brief(value)}"))
    if findings:
        detail = "; ".join(finding.message for finding in findings)
        raise InvalidRequest(f"The {what} is not valid. {detail}.", findings)
    return values


def text(parser: parameters.Parser) -> Callable[[Any], Any]:
    """The reader of a field that is a string, and must be one that ``parser`` takes."""

    def parse(value: Any) -> Any:
        if isinstance(value, str):
            return parser(value)
        message = "be a string"
        raise ValueError(message)

    return parse


def _priority(given: str) -> str:
    found = PRIORITY_NAMES.get(given.lower())
    if found is not None:
        return found
    message = f"be one of {', '.join(PRIORITIES)}"
    raise ValueError(message)


def anything(value: Any) -> Any:
    """The reader of a field that may be any JSON value."""
    return value


def any_object(value: Any) -> dict[str, Any]:
    """The reader of a field that is an object."""
    if isinstance(value, dict):
        return value
    message = "be an object"
    raise ValueError(message)


def _tags(value: Any) -> dict[str, str]:
    tags = any_object(value)
    fits = all(key and isinstance(each, str) and len(key) + len(each) <= 512 for key, each in tags.items())
    if fits and len(tags) <= 50:
        return tags
    message = "be an object of at most 50 strings, each at most 512 characters with its name"
    raise ValueError(message)


_FIELDS: Final[Fields] = {
    "workflow_id": text(parameters.workflow_id),
    "input": anything,
    "version": text(parameters.version),
    "execution_id": text(parameters.execution_id),
    "priority": text(_priority),
    "deadline": text(parameters.instant),
    "trace_id": text(parameters.text(128)),
    "metadata": any_object,
    "partition_key": text(parameters.text(256)),
    "tags": _tags,
}
