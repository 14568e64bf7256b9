"""What is deployed: handlers that load the whole application, and an archive that holds nothing else.

Layer: tests. Builds the artefact as `make package` does; a build that is up to date is used as it is.
"""

from __future__ import annotations

import importlib
import json
import zipfile
from typing import Any

import pytest

from weftctl.packaging.artefact import PROJECT_ROOT, Artefact, build

pytestmark = pytest.mark.xdist_group("packaging")
LARGEST_ARCHIVE_BYTES = 20_000_000


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    return build("dev")


@pytest.fixture(scope="module")
def functions(artefact: Artefact) -> dict[str, dict[str, Any]]:
    """Properties of every function in the template, by logical id."""
    resources = json.loads(artefact.template.read_text())["Resources"]
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] in {"AWS::Serverless::Function", "AWS::Lambda::Function"}
    }


def test_every_handler_is_a_function_of_app(functions: dict[str, dict[str, Any]]) -> None:
    app = importlib.import_module("app")
    handlers = {name: properties["Handler"] for name, properties in functions.items()}
    assert handlers, "the template has no function"
    for name, handler in handlers.items():
        module, _, attribute = handler.partition(".")
        assert module == "app", f"{name} would run without app.py: {handler}"
        assert callable(getattr(app, attribute, None)), f"{name} has no handler {handler}"


def test_the_archive_stays_small(artefact: Artefact) -> None:
    assert artefact.archive.stat().st_size < LARGEST_ARCHIVE_BYTES


def test_the_archive_holds_the_application_and_what_it_needs(artefact: Artefact) -> None:
    names = zipfile.ZipFile(artefact.archive).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {"app.py", "chalicelib", "chalice", "boto3", "msgspec"} <= tops
    assert tops & {"weftctl", "tests", "pip", "setuptools", "moto", "ministack", ".venv", "infra", "docs"} == set()


def test_the_template_names_no_path_of_this_machine(artefact: Artefact) -> None:
    assert str(PROJECT_ROOT) not in artefact.template.read_text()
