"""What `infra/` and `.chalice/config.json` promise together. Layer: tests. Read as they stand, nothing is packaged."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from chalicelib.settings import Settings
from weftctl.packaging.artefact import PROJECT_ROOT, STAGES
from weftctl.packaging.fragments import load_infrastructure

INFRASTRUCTURE = load_infrastructure(PROJECT_ROOT / "infra", "dev")
RESOURCES: dict[str, dict[str, Any]] = INFRASTRUCTURE["Resources"]
CONFIG = json.loads((PROJECT_ROOT / ".chalice" / "config.json").read_text())

# A function's logical id in the template, and its name in Chalice's configuration.
CONSUMERS = {
    "Decider": "decider",
    "WorkerHighest": "worker_highest",
    "WorkerHigh": "worker_high",
    "WorkerMedium": "worker_medium",
    "WorkerLow": "worker_low",
    "WorkerLowest": "worker_lowest",
    "Waker": "waker",
}
API_GATEWAY_SECONDS = 29
LONGEST_LAMBDA_SECONDS = 900


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """Properties of every resource of a type, by logical id."""
    return {name: entry["Properties"] for name, entry in RESOURCES.items() if entry.get("Type") == kind}


def source(function: str) -> dict[str, Any]:
    """The settings of a function's one event source."""
    (event,) = RESOURCES[function]["Properties"]["Events"].values()
    properties: dict[str, Any] = event["Properties"]
    return properties


def queue_of(function: str) -> dict[str, Any]:
    """Properties of the queue that a function reads."""
    logical_id = source(function)["Queue"]["Fn::Sub"].removeprefix("${").removesuffix(".Arn}")
    return of_type("AWS::SQS::Queue")[logical_id]


@pytest.mark.parametrize(
    ("kind", "property_name"),
    [("AWS::DynamoDB::Table", "TableName"), ("AWS::SQS::Queue", "QueueName"), ("AWS::S3::Bucket", "BucketName")],
)
def test_a_resource_is_named_after_its_stage_when_it_has_a_name(kind: str, property_name: str) -> None:
    names = [properties[property_name]["Fn::Sub"] for properties in of_type(kind).values()]

    assert names
    assert all(name.startswith("weft-${Stage}-") for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("table", "keys", "indexes", "expires"),
    [
        ("DefinitionsTable", ["workflow_id:S", "version:S"], {"workflows": ["kind:S", "workflow_id:S"]}, False),
        ("CommitsTable", ["execution_id:S", "n:N"], {}, True),
        ("SnapshotsTable", ["execution_id:S"], {}, True),
        (
            "SummariesTable",
            ["execution_id:S"],
            {"by_workflow": ["workflow_shard:S", "created_key:S"], "recent": ["month_shard:S", "created_key:S"]},
            True,
        ),
        ("TimersTable", ["bucket:S", "due:S"], {}, True),
        ("EntriesTable", ["partition:S", "entry:S"], {}, True),
    ],
)
def test_a_table_has_the_keys_that_the_store_reads_by_when_it_is_made(
    table: str, keys: list[str], indexes: dict[str, list[str]], expires: bool
) -> None:
    properties = of_type("AWS::DynamoDB::Table")[table]
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in properties["AttributeDefinitions"]}

    def spelled(schema: list[dict[str, str]]) -> list[str]:
        assert [entry["KeyType"] for entry in schema] == ["HASH", "RANGE"][: len(schema)]
        return [f"{entry['AttributeName']}:{types[entry['AttributeName']]}" for entry in schema]

    assert spelled(properties["KeySchema"]) == keys
    found = {index["IndexName"]: spelled(index["KeySchema"]) for index in properties.get("GlobalSecondaryIndexes", [])}
    assert found == indexes
    assert ("TimeToLiveSpecification" in properties) is expires


def test_every_table_is_on_demand_restorable_and_encrypted_when_it_is_made() -> None:
    tables = of_type("AWS::DynamoDB::Table")

    assert len(tables) == 6
    for properties in tables.values():
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties["SSESpecification"] == {"SSEEnabled": False}  # DynamoDB's word for a key that AWS owns


def test_only_commits_are_streamed_with_their_new_image_when_tables_are_made() -> None:
    streams = {name: table.get("StreamSpecification") for name, table in of_type("AWS::DynamoDB::Table").items()}

    assert {name: stream for name, stream in streams.items() if stream} == {
        "CommitsTable": {"StreamViewType": "NEW_IMAGE"}
    }


@pytest.mark.parametrize("function", CONSUMERS)
def test_a_message_stays_invisible_longer_than_its_function_may_run_when_it_is_received(function: str) -> None:
    timeout = CONFIG["lambda_functions"][CONSUMERS[function]]["lambda_timeout"]

    assert queue_of(function)["VisibilityTimeout"] > timeout


@pytest.mark.parametrize("function", CONSUMERS)
def test_a_queue_is_read_in_batches_with_partial_failures_and_a_limit_when_a_function_reads_it(function: str) -> None:
    settings = source(function)

    assert settings["BatchSize"] == 10
    assert settings["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    limit = settings["ScalingConfig"]["MaximumConcurrency"]["Ref"]
    assert 2 <= INFRASTRUCTURE["Parameters"][limit]["Default"] <= 1000
    assert "ReservedConcurrentExecutions" not in RESOURCES[function]["Properties"]


def test_every_queue_with_work_has_one_reader_of_its_own_when_functions_are_mapped() -> None:
    read = sorted(json.dumps(queue_of(function)["QueueName"]) for function in CONSUMERS)
    dead_letters = {"CommandsDeadLetterQueue", "TasksDeadLetterQueue"}
    with_work = {name: entry for name, entry in of_type("AWS::SQS::Queue").items() if name not in dead_letters}

    assert read == sorted(json.dumps(entry["QueueName"]) for entry in with_work.values())


@pytest.mark.parametrize("function", CONSUMERS)
def test_the_third_failure_goes_to_a_dead_letter_queue_of_the_same_kind_when_a_message_fails(function: str) -> None:
    queue = queue_of(function)
    dead_letters = of_type("AWS::SQS::Queue")[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == 3
    assert dead_letters.get("FifoQueue") == queue.get("FifoQueue")


def test_executions_scale_side_by_side_when_commands_are_queued() -> None:
    queue = of_type("AWS::SQS::Queue")["CommandsQueue"]

    assert queue["FifoQueue"] is True
    assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
    assert queue["QueueName"]["Fn::Sub"].endswith(".fifo")


def test_every_queue_is_encrypted_and_keeps_messages_for_14_days_when_it_is_made() -> None:
    for properties in of_type("AWS::SQS::Queue").values():
        assert properties["SqsManagedSseEnabled"] is True
        assert properties["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_publisher_sees_every_insert_from_the_first_when_the_stream_is_read() -> None:
    settings = source("Publisher")

    assert settings["StartingPosition"] == "TRIM_HORIZON"
    assert [json.loads(entry["Pattern"]) for entry in settings["FilterCriteria"]["Filters"]] == [
        {"eventName": ["INSERT"]}
    ]
    assert settings["BisectBatchOnFunctionError"] is True
    assert settings["MaximumRetryAttempts"] == -1
    assert settings["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_payload_is_private_encrypted_and_expires_when_it_is_stored() -> None:
    bucket = of_type("AWS::S3::Bucket")["PayloadsBucket"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "BucketEncryption" in bucket
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == {"Ref": "PayloadDays"}
    assert rule["Prefix"] == "payloads/"  # definitions, under `lasting/`, stay
    (statement,) = of_type("AWS::S3::BucketPolicy")["PayloadsBucketPolicy"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_alarms_are_few_and_quiet_without_data_when_they_are_made() -> None:
    alarms = of_type("AWS::CloudWatch::Alarm")

    assert 0 < len(alarms) <= 12
    for properties in alarms.values():
        assert properties["TreatMissingData"] == "notBreaching"
        assert properties["AlarmDescription"]
        dimensions = {dimension["Name"] for dimension in properties.get("Dimensions", [])}
        assert dimensions <= {"QueueName", "FunctionName", "ApiName", "Stage"}


def test_the_settings_find_every_name_when_a_function_starts() -> None:
    variables = INFRASTRUCTURE["Globals"]["Function"]["Environment"]["Variables"]
    given = {name: f"value of {name}" for name in variables}

    settings = Settings.from_env(given)

    fields = {
        f"WEFT_{name.upper()}": value
        for name, value in msgspec.structs.asdict(settings).items()
        if name.endswith(("table", "url"))
    }
    del fields["WEFT_AWS_ENDPOINT_URL"]  # only the local runtime sets it
    del fields["WEFT_JWKS_URL"]  # of what lets callers in, and nothing that the template makes
    assert fields == {name: given.get(name) for name in fields}
    assert all([settings.payloads_bucket, settings.event_bus, settings.stage])


def test_only_what_lets_callers_in_knows_the_keys_when_functions_get_their_environment() -> None:
    holders = [name for name, entry in RESOURCES.items() if "WEFT_API_KEYS" in json.dumps(entry)]

    assert holders == ["WebsocketConnect", "APIHandler", "WebsocketMessage"]
    assert "WEFT_API_KEYS" not in json.dumps(INFRASTRUCTURE["Globals"])
    assert INFRASTRUCTURE["Parameters"]["ApiKeys"] | {"Description": ""} == {
        "Type": "String",
        "Default": "[]",
        "NoEcho": True,
        "Description": "",
    }


def test_every_function_may_run_as_long_as_its_caller_waits_when_it_is_configured() -> None:
    timeouts = {name: entry["lambda_timeout"] for name, entry in CONFIG["lambda_functions"].items()}

    assert timeouts["api_handler"] <= API_GATEWAY_SECONDS
    assert timeouts["decider"] <= 60
    assert timeouts["sweeper"] < 60  # the next sweep starts after a minute
    assert {timeouts[name] for name in timeouts if name.startswith("worker_")} == {LONGEST_LAMBDA_SECONDS}


def test_logs_are_kept_14_days_and_tracing_is_on_outside_local_when_a_stage_is_configured() -> None:
    assert set(CONFIG["stages"]) == set(STAGES)
    assert CONFIG["log_retention_in_days"] == 14
    assert CONFIG["lambda_memory_size"] == 256
    assert {stage: entry["xray"] for stage, entry in CONFIG["stages"].items()} == {
        "local": False,
        "dev": True,
        "prod": True,
    }


@pytest.mark.parametrize(
    ("rule", "bus", "condition"),
    [("InboundRule", {"Ref": "EventBus"}, None), ("DefaultBusRule", None, "ListensOnDefaultBus")],
)
def test_what_others_put_on_a_bus_comes_in_and_what_weft_puts_there_does_not(
    rule: str, bus: Any, condition: str | None
) -> None:
    resource = RESOURCES[rule]
    properties = resource["Properties"]
    (target,) = properties["Targets"]
    permissions = [each for each in RESOURCES.values() if each.get("Type") == "AWS::Lambda::Permission"]
    (permission,) = [each for each in permissions if each["Properties"]["SourceArn"] == {"Fn::GetAtt": [rule, "Arn"]}]

    assert properties.get("EventBusName") == bus
    assert properties["EventPattern"] == {"source": [{"anything-but": "weft"}]}
    assert target["Arn"] == permission["Properties"]["FunctionName"] == {"Fn::Sub": "${EventReceiver.Arn}"}
    assert resource.get("Condition") == permission.get("Condition") == condition
