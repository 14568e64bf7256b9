"""Large values in S3, by the hash of their content. Layer: adapters.

Names under ``payloads/`` expire by the bucket's lifecycle rule, names under ``lasting/`` never do.
"""

from __future__ import annotations

import hashlib

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import Aws, error_code, translated
from chalicelib.domain.errors import NotFound
from chalicelib.settings import Settings


class S3Blobs:
    """``Blobs`` in the payloads bucket."""

    def __init__(self, aws: Aws, settings: Settings) -> None:
        self._aws = aws
        self._bucket = settings.payloads_bucket

    def put(self, data: bytes, *, lasting: bool = False) -> str:
        name = f"{'lasting' if lasting else 'payloads'}/{hashlib.sha256(data).hexdigest()}"
        # Written even when it is there: that renews its age, and asking first would cost as much.
        with translated(f"keeping {len(data)} bytes in S3"):
            self._aws.client("s3").put_object(Bucket=self._bucket, Key=name, Body=data)
        return name

    def get(self, name: str) -> bytes:
        with translated(f"reading {name} from S3"):
            try:
                answer = self._aws.client("s3").get_object(Bucket=self._bucket, Key=name)
                return bytes(answer["Body"].read())
            except ClientError as error:
                if error_code(error) != "NoSuchKey":
                    raise
                message = f"the stored content {name} is gone"
                raise NotFound(message) from error
