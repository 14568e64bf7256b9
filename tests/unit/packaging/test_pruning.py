"""Which files of the dependencies ship. Layer: tests."""

from __future__ import annotations

import pytest

from weftctl.packaging.pruning import AWS_SERVICES, ENGINE_SERVICES, ships


@pytest.mark.parametrize(
    "name",
    [
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/endpoints.json",
        "botocore/data/_retry.json",
        "boto3/data/sqs/2012-11-05/resources-1.json",
        "botocore/docs/utils.py",
        "botocore/client.py",
        "boto3-1.0.dist-info/LICENSE",
        "holidays/countries/austria.py",
        "dateutil/zoneinfo/__init__.py",
        "msgspec-0.22.0.dist-info/METADATA",
        "_cffi_backend.cpython-311-x86_64-linux-gnu.so",
        "aws_lambda_powertools/event_handler/openapi/swagger_ui/html.py",
        "font_source_sans_pro/__init__.py",
        "font_source_sans_pro/files/LICENSE.txt",
        "font_source_sans_pro/files/SourceSansPro-Regular.ttf",
    ],
)
def test_a_file_ships_when_code_may_read_it(name: str) -> None:
    assert ships(name)


@pytest.mark.parametrize(
    "name",
    [
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/dynamodbstreams/2012-08-10/service-2.json.gz",
        "boto3/data/ec2/2016-11-15/resources-1.json",
        "boto3/examples/s3.rst",
        "aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui-bundle.min.js",
        "holidays/locale/de/LC_MESSAGES/AT.mo",
        "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",
        "jsonatapy/_cli/run.py",
        "jsonschema/tests/test_cli.py",
        "msgspec/__init__.pyi",
        "msgspec-0.22.0.dist-info/RECORD",
        "wrapt/_wrappers.c",
        "cffi/api.py",
        "font_source_sans_pro/files/SourceSansPro-It.ttf",
        "font_source_sans_pro/files/SourceSansPro-Regular.otf",
        "graphlay-0.3.1.dist-info/sboms/graphlay-py.cyclonedx.json",
        "pycparser/c_parser.py",
        "msgspec/__pycache__/__init__.cpython-311.pyc",
        "msgspec/",
    ],
)
def test_a_file_stays_behind_when_nothing_can_read_it(name: str) -> None:
    assert not ships(name)


@pytest.mark.parametrize("service", sorted(AWS_SERVICES))
def test_a_service_is_one_of_botocore_when_it_is_listed(service: str) -> None:
    from botocore.session import Session

    assert service in Session().get_available_services()


def test_the_engine_can_reach_its_services_when_data_is_pruned() -> None:
    assert {"dynamodb", "sqs", "s3", "events", "lambda"} <= ENGINE_SERVICES
