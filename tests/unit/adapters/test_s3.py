"""Blobs in S3. Layer: tests."""

from __future__ import annotations

import hashlib

import pytest

from chalicelib.adapters.aws import AwsRefused
from chalicelib.adapters.s3 import S3Blobs
from chalicelib.domain.errors import NotFound, Unavailable
from tests.contract.backends import AwsBackend
from tests.unit.adapters.faults import losing_answers, scripted

DATA = b"\x00large"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def s3(moto: AwsBackend) -> S3Blobs:
    return S3Blobs(moto.aws, moto.settings())


@pytest.mark.parametrize(("lasting", "name"), [(False, f"payloads/{DIGEST}"), (True, f"lasting/{DIGEST}")])
def test_a_blob_is_named_by_its_content_and_by_whether_it_expires(s3: S3Blobs, lasting: bool, name: str) -> None:
    assert s3.put(DATA, lasting=lasting) == name
    assert s3.put(DATA, lasting=lasting) == name
    assert s3.get(name) == DATA


def test_a_blob_is_not_found_when_it_has_expired(s3: S3Blobs) -> None:
    with pytest.raises(NotFound):
        s3.get(f"payloads/{DIGEST}")


def test_a_read_is_refused_when_the_role_may_not(s3: S3Blobs, moto: AwsBackend) -> None:
    with scripted(moto.aws, "s3", ("get_object", "AccessDenied"), status=403), pytest.raises(AwsRefused):
        s3.get(f"payloads/{DIGEST}")


def test_a_blob_is_kept_again_when_the_answer_was_lost(s3: S3Blobs, moto: AwsBackend) -> None:
    with losing_answers(moto.aws, "s3", "PutObject"), pytest.raises(Unavailable):
        s3.put(DATA)

    assert s3.get(s3.put(DATA)) == DATA
