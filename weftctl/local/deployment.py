"""Deploys the artefact of the stage ``local`` to the emulator, the way it is deployed to AWS: S3, then
CloudFormation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weftctl.local import differences
from weftctl.packaging import Artefact
from weftctl.packaging.cloudformation import Deployment, deploy_stack, locate_code

STACK = "weft-local"

_BUCKET = "weft-local-artefacts"
_POLL_SECONDS = 0.05
_FIRST_NEEDED = ("decider", "publisher", "worker_medium")

Client = Callable[[str], Any]  # a boto3 service's name to its client


@dataclass(frozen=True)
class Deployed:
    """Where the emulator serves the application's APIs: the ids that API Gateway gave them."""

    rest_api_id: str
    websocket_api_id: str


def deploy(
    artefact: Artefact, client: Client, endpoint_url: str, functions_endpoint_url: str, say: Callable[[str], None]
) -> Deployed:
    """Brings the emulator's stack to ``artefact``; quick if it already is there.

    ``endpoint_url`` is the emulator's address, ``functions_endpoint_url`` the one that the functions reach it by.

    Raises:
        DeploymentFailed: the emulator refused the template or rolled it back.
    """
    template = json.loads(artefact.template.read_text(encoding="utf-8"))
    fingerprint = _fingerprint(artefact, functions_endpoint_url)
    code_key, template_key = f"{fingerprint}/deployment.zip", f"{fingerprint}/template.json"
    adapted = locate_code(differences.adapt_template(template, functions_endpoint_url), _BUCKET, code_key)
    s3 = client("s3")
    s3.create_bucket(Bucket=_BUCKET)
    _remove_outdated(s3, fingerprint)
    s3.put_object(Bucket=_BUCKET, Key=code_key, Body=artefact.archive.read_bytes())
    s3.put_object(Bucket=_BUCKET, Key=template_key, Body=json.dumps(adapted).encode())
    wanted = Deployment(STACK, f"{endpoint_url}/{_BUCKET}/{template_key}", fingerprint, template["Parameters"])
    outputs = deploy_stack(client("cloudformation"), wanted, poll_seconds=_POLL_SECONDS, say=say)
    return Deployed(outputs["RestAPIId"], outputs["WebsocketAPIId"])


def warm_up(client: Client) -> None:
    """Has the functions that a first execution needs started now, side by side, instead of one after the other then.

    Each gets an empty batch, which it answers at once; nobody waits for the answer.
    """
    functions = client("lambda")
    for name in _FIRST_NEEDED:
        functions.invoke(FunctionName=f"{STACK}-{name}", InvocationType="Event", Payload=b'{"Records": []}')


def _fingerprint(artefact: Artefact, functions_endpoint_url: str) -> str:
    """The artefact's content, and what is done to it on the way to the emulator."""
    adaptation = Path(differences.__file__).read_bytes()
    return hashlib.sha256(f"{artefact.fingerprint} {functions_endpoint_url}".encode() + adaptation).hexdigest()[:20]


def _remove_outdated(s3: Any, fingerprint: str) -> None:
    """Deletes what earlier deployments uploaded; the functions have their own copies."""
    for kept in s3.list_objects_v2(Bucket=_BUCKET).get("Contents", []):
        if not kept["Key"].startswith(f"{fingerprint}/"):
            s3.delete_object(Bucket=_BUCKET, Key=kept["Key"])
