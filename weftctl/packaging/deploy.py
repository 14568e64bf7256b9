"""``python -m weftctl.packaging.deploy STAGE``: packages a stage and deploys it to AWS, as the shell's AWS user.

The archive and the template go to a bucket, then the stack ``weft-<stage>`` is created or updated by change set.
Nothing is deleted: data resources of ``prod`` are retained by the template, whatever happens to the stack.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import WeftError
from weftctl.packaging.artefact import STAGES, Artefact, build
from weftctl.packaging.cloudformation import Deployment, deploy_stack, locate_code
from weftctl.packaging.errors import DeploymentFailed

DEPLOYABLE = tuple(stage for stage in STAGES if stage != "local")

_BUCKET_VARIABLE = "WEFT_DEPLOY_BUCKET"
_POLL_SECONDS = 3.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 0 deployed, 2 wrong usage, 3 AWS refused or cannot be reached."""
    parser = argparse.ArgumentParser(prog="python -m weftctl.packaging.deploy", description=__doc__)
    parser.add_argument("stage", choices=DEPLOYABLE)
    parser.add_argument("--bucket", default=os.environ.get(_BUCKET_VARIABLE), help="for the archive and the template")
    parser.add_argument("--region", help="default: that of the shell's AWS configuration")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="of the template")
    options = parser.parse_args(arguments)
    try:
        parameters = parse_parameters(options.parameter)
    except ValueError as error:
        parser.error(str(error))
    try:
        artefact = build(options.stage, say=_say)
        outputs = deploy(artefact, boto3.Session(region_name=options.region), options.bucket, parameters)
    except WeftError as error:
        _say(f"error: {error.message}")
        return 3
    except (BotoCoreError, ClientError) as error:
        _say(f"error: AWS: {error}")
        return 3
    for name, value in sorted(outputs.items()):
        print(f"{name}\t{value}")
    return 0


def parse_parameters(given: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping; a ValueError names the one that has no ``=``."""
    pairs = [text.partition("=") for text in given]
    for text, (name, equals, _) in zip(given, pairs, strict=True):
        if not (name and equals):
            raise ValueError(f"--parameter {text!r} is not NAME=VALUE")
    return {name: value for name, _, value in pairs}


def deploy(artefact: Artefact, session: Any, bucket: str | None, parameters: Mapping[str, str]) -> dict[str, str]:
    """Brings the stack of the artefact's stage to it and returns the stack's outputs.

    ``session`` is a boto3 session; ``bucket`` is made when it is None and not there yet.

    Raises:
        DeploymentFailed: no region is known, or CloudFormation refused the template or rolled it back.
    """
    region = session.region_name
    if region is None:
        raise DeploymentFailed("no region is known: give --region, or set AWS_DEFAULT_REGION")
    s3 = session.client("s3")
    if bucket is None:
        account = session.client("sts").get_caller_identity()["Account"]
        bucket = f"weft-artefacts-{account}-{region}"
        _make_bucket(s3, bucket, region)
    template = json.loads(artefact.template.read_text(encoding="utf-8"))
    prefix = f"{artefact.stage}/{artefact.fingerprint}"
    located = locate_code(template, bucket, f"{prefix}/deployment.zip")
    _say(f"uploading to s3://{bucket}/{prefix}/")
    s3.put_object(Bucket=bucket, Key=f"{prefix}/deployment.zip", Body=artefact.archive.read_bytes())
    s3.put_object(Bucket=bucket, Key=f"{prefix}/template.json", Body=json.dumps(located).encode())
    wanted = Deployment(
        stack=f"weft-{artefact.stage}",
        template_url=f"https://{bucket}.s3.{region}.amazonaws.com/{prefix}/template.json",
        fingerprint=_fingerprint(artefact, parameters),
        declared=template["Parameters"],
        parameters=parameters,
    )
    return deploy_stack(session.client("cloudformation"), wanted, poll_seconds=_POLL_SECONDS, say=_say)


def _fingerprint(artefact: Artefact, parameters: Mapping[str, str]) -> str:
    """The artefact's fingerprint and the parameters': other parameters are another deployment."""
    text = json.dumps([artefact.fingerprint, dict(sorted(parameters.items()))])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _make_bucket(s3: Any, bucket: str, region: str) -> None:
    """Makes the bucket, private, unless it is there. S3 encrypts and closes new buckets by default."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
    else:
        return
    _say(f"making bucket {bucket}")
    # us-east-1 is S3's own default and must not be named.
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **place)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
