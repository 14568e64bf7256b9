"""`docs/openapi.yaml` as a judge of answers. Layer: tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"
URI = "urn:weft:openapi"
METHODS = ("get", "put", "post", "delete", "patch")


@cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return loaded


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation by (METHOD, path), with the parameters of its path among its own, references followed."""
    found = {}
    for path, item in document()["paths"].items():
        shared = item.get("parameters", [])
        for method in METHODS:
            if method in item:
                parameters = [followed(each) for each in [*shared, *item[method].get("parameters", [])]]
                found[method.upper(), path] = {**item[method], "parameters": parameters}
    return found


def followed(value: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` stands for, or the value itself."""
    while "$ref" in value:
        target: Any = document()
        for key in value["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        value = target
    return value


def check(method: str, path: str, status: int, content_type: str, body: Any) -> None:
    """Fail unless the operation may answer like this. A path that no operation has must be answered by a problem."""
    operation = operations().get((method, template_of(path) or ""))
    if operation is None or status == 405:
        assert content_type == "application/problem+json", content_type
        assert_valid({"$ref": f"{URI}#/components/schemas/Problem"}, body)
        return
    assert str(status) in operation["responses"], f"{method} {path} answers {status}, which is not documented"
    content_type = content_type.partition(";")[0]
    content = followed(operation["responses"][str(status)])["content"]
    assert content_type in content, f"{method} {path} answers {status} as {content_type}"
    schema = content[content_type]["schema"]
    assert_valid({**schema, "$ref": URI + schema["$ref"]}, body)


def template_of(path: str) -> str | None:
    """The path of the operation that a request's path belongs to; literal segments count before parameters."""
    parts = path.partition("?")[0].rstrip("/").split("/")
    matching = [
        template
        for template in document()["paths"]
        if len(template.split("/")) == len(parts)
        and all(want == part or want.startswith("{") for want, part in zip(template.split("/"), parts, strict=True))
    ]
    return min(matching, key=lambda template: template.count("{"), default=None)


def assert_valid(schema: dict[str, Any], value: Any) -> None:
    validator = Draft202012Validator(schema, registry=_registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert not problems, problems


@cache
def _registry() -> Registry[Any]:
    empty: Registry[Any] = Registry()
    filled: Registry[Any] = empty.with_resource(URI, DRAFT202012.create_resource(document()))
    return filled
