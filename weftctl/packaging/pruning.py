"""Which files of the dependencies ship: a rule on names, nothing else.

The service descriptions of botocore alone are 16 MB zipped, more than all the rest. What is dropped here is data that
no code of Weft can reach, tools that only build extensions, and tests; other code is never dropped.
"""

from __future__ import annotations

# Services whose clients can be made in Lambda. The first group is what the engine itself calls. The second is there for
# the activity `aws.call`: to call another service from a workflow, add its botocore name here and package again.
# The X-Ray SDK makes a client of xray when it is imported.
ENGINE_SERVICES = frozenset({"apigatewaymanagementapi", "dynamodb", "events", "lambda", "s3", "sqs", "sts", "xray"})
CALLABLE_SERVICES = frozenset({"secretsmanager", "sesv2", "sns", "ssm", "stepfunctions"})
AWS_SERVICES = ENGINE_SERVICES | CALLABLE_SERVICES

# Data that only tools and documentation read.
_UNREACHABLE = (
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",  # time zones come from tzdata
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui",  # the assets of a web page that is not served
    "boto3/examples/",
    "holidays/locale/",  # the names of the days in other languages: only the days are asked for
    "jsonatapy/_cli/",  # programs
    "jsonschema/benchmarks/",
    "cffi/",  # makes extensions; one that is made, as cryptography's, needs its backend alone
    "pycparser/",  # of cffi
)

# Modules of which few or none are ever loaded: what is, is compiled then. Their bytecode would take 2 MB.
SELDOM_LOADED = (
    "aws_lambda_powertools/event_handler/",
    "aws_lambda_powertools/utilities/auth_alpha/",
    "aws_lambda_powertools/utilities/batch/",
    "aws_lambda_powertools/utilities/circuit_breaker/",
    "aws_lambda_powertools/utilities/data_classes/",
    "aws_lambda_powertools/utilities/data_masking/",
    "aws_lambda_powertools/utilities/feature_flags/",
    "aws_lambda_powertools/utilities/idempotency/",
    "aws_lambda_powertools/utilities/kafka/",
    "aws_lambda_powertools/utilities/metadata/",
    "aws_lambda_powertools/utilities/parameters/",
    "aws_lambda_powertools/utilities/parser/",
    "aws_lambda_powertools/utilities/streaming/",
    "aws_lambda_powertools/utilities/validation/",
    "aws_xray_sdk/ext/",
    "boto3/crt.py",
    "boto3/dynamodb/",
    "boto3/ec2/",
    "boto3/s3/",
    "botocore/stub.py",
    "cronsim/explain.py",
    "holidays/countries/",
    "holidays/financial/",
    "holidays/generate_ics.py",
    "holidays/ical.py",
    "s3transfer/crt.py",
    "s3transfer/processpool.py",
    "urllib3/contrib/",
)
# What compilers, type checkers, installers and the packages' own test suites read.
_FOR_TOOLS = (".c", ".h", ".pxd", ".pyi", ".dist-info/RECORD")
# Of the font, what `png.py` names and the licence.
_FONTS = "font_source_sans_pro/files/"
_FONT_FILES = frozenset({"LICENSE.txt", "SourceSansPro-Regular.ttf", "SourceSansPro-Semibold.ttf"})
_SERVICE_DATA = ("botocore/data/", "boto3/data/")


def ships(name: str) -> bool:
    """Whether the archive member ``name`` (a path with ``/``) of a dependency belongs into the artefact."""
    if name.endswith((".pyc", "/", *_FOR_TOOLS)) or name.startswith(_UNREACHABLE):
        return False
    if "/tests/" in name or ".dist-info/sboms/" in name:
        return False
    if name.startswith(_FONTS):
        return name.removeprefix(_FONTS) in _FONT_FILES
    for prefix in _SERVICE_DATA:
        if name.startswith(prefix):
            service, slash, _ = name.removeprefix(prefix).partition("/")
            return not slash or service in AWS_SERVICES
    return True
