"""Every operation of the published description, asked anything: no 5xx, and nothing that is not described.

schemathesis makes the requests, those that fit the description and those that do not. Half of the names in paths are
such as exist.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.functional.api.contract import DOCUMENT
from tests.fuzz.answering import EXECUTION, STEP, WORKFLOW, Application

pytestmark = pytest.mark.fuzz

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PROOFS = frozenset({"authorization", "x-api-key"})
KNOWN = {"workflow_id": WORKFLOW, "execution_id": EXECUTION, "step_id": STEP, "version": "1.0.0"}
# No OPTIONS: it is the gateway's in the test client, which cannot read the answer; test_gateway.py asks for it.
OTHER_METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT", "TRACE"]
CONFIG = SchemathesisConfig.from_dict({"phases": {"coverage": {"unexpected-methods": OTHER_METHODS}}})
schema = schemathesis.openapi.from_path(DOCUMENT, config=CONFIG)
application = Application()


@schema.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Put names that exist in the place of every other one."""
    if not path_parameters:
        return path_parameters
    return {
        name: KNOWN[name] if name in KNOWN and sum(map(ord, str(value))) % 2 else value
        for name, value in path_parameters.items()
    }


@schema.parametrize()
@settings(max_examples=settings().max_examples // 10, suppress_health_check=[*HealthCheck])
def test_answer_is_a_described_one_when_anything_is_asked(case: Any) -> None:
    for name in [name for name in case.headers or () if name.lower() in PROOFS]:
        if len(str(case.headers[name])) % 8 != 3:  # most: a random one is refused before anything else is looked at
            del case.headers[name]
    response = case.call(app=application, base_url="http://localhost")
    case.validate_response(response, checks=CHECKS)
    assert response.status_code != 401 or any(name.lower() in PROOFS for name in response.request.headers)
