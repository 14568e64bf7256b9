"""`docs/settings.md` tells the truth: every variable with its default, and every knob of the original design.

Layer: tests. The page's tables are read as they stand; a row that is missing, stale or empty fails here.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from chalicelib.settings import PREFIX, Settings
from tests.architecture.project import python_files, read

PAGE = read(Path("docs/settings.md"))
VARIABLE = re.compile(r"\bWEFT_[A-Z][A-Z0-9_]*[A-Z0-9]\b")
STATUSES = {"supported", "AWS", "not applicable", "later"}
# Who does what AWS does, or where the page says so.
AWS_SERVICES = re.compile(r"\b(API Gateway|CloudWatch|DynamoDB|EventBridge|IAM|Lambda|S3|SQS|TLS|see \w+)\b")
# What a supported knob is set by: a variable, a field, file or option in code font, or a parameter of the template.
MEANS = re.compile(r"`[^`]+`|\bsee [A-Z]\w+Config\b")

KNOBS = {
    "WorkflowManagerConfig": "database_url discovery_config scheduler_config metrics_config visualization_config "
    "node_config storage_config task_queue_config lock_manager_config event_bus_config",
    "DiscoveryConfig": "discovery_type endpoints credentials refresh_interval namespace",
    "DiscoveryCredentials": "username password token cert_path key_path ca_path",
    "SchedulerConfig": "threads timer_interval max_retries retry_intervals priority_config batch_size task_timeout "
    "workflow_timeout capacity_planning",
    "PriorityConfig": "weights preemption_enabled high_priority_quota",
    "CapacityPlanningConfig": "autoscaling_enabled cpu_threshold_scale_up cpu_threshold_scale_down "
    "memory_threshold_scale_up memory_threshold_scale_down min_nodes max_nodes cooldown_period",
    "MetricsConfig": "collector_type endpoint collection_interval include_metrics exclude_metrics labels prefix "
    "histograms_enabled histogram_buckets",
    "VisualizationEngineConfig": "engine_type templates_path theme cache_size render_timeout animations_enabled "
    "max_nodes",
    "NodeConfig": "node_id node_group capabilities max_concurrent_tasks node_url heartbeat_interval resources "
    "is_master",
    "NodeResources": "cpu_cores memory_mb disk_gb network_mbps gpu_cores",
    "StorageConfig": "storage_type connection_url credentials pool_size namespace backup_config cache_config",
    "StorageCredentials": "username password access_key secret_key token",
    "BackupConfig": "backup_interval backup_path max_backups compress backup_type",
    "CacheConfig": "cache_type cache_size ttl write_through read_through",
    "TaskQueueConfig": "queue_type connection_url queue_prefix consumer_group consumer_id queue_size "
    "visibility_timeout processing_timeout dead_letter_config",
    "DeadLetterConfig": "queue_name max_retries retry_interval alerts_enabled",
    "LockManagerConfig": "lock_type lock_prefix connection_url default_timeout heartbeat_interval retry_interval",
    "EventBusConfig": "bus_type connection_url topic_prefix persistence_config batch_size batch_interval",
    "EventPersistenceConfig": "enabled storage_type connection_url retention_period",
}


def table_under(heading: str) -> list[list[str]]:
    """The cells of each row of the first table below a heading, without the table's own head."""
    section = re.split(r"^#+ .*$", PAGE.split(f"{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def documented_variables(heading: str) -> dict[str, str]:
    """Variables of the table under `heading`, with the default as written."""
    return {row[0].strip("`"): row[1].strip("`") for row in table_under(heading)}


def default_as_written(default: object) -> str:
    """How the page writes a default of the code."""
    if default is None:
        return "none"
    return "empty" if default == "" else str(default)


def engine_variables() -> dict[str, str]:
    return documented_variables("## Variables of the engine") | documented_variables(
        "## Variables that the template sets"
    )


def test_every_setting_is_documented_with_its_default() -> None:
    defaults = Settings()
    in_code = {
        PREFIX + field.name.upper(): default_as_written(getattr(defaults, field.name))
        for field in msgspec.structs.fields(Settings)
    }
    assert engine_variables() == in_code


def test_every_variable_in_the_code_is_documented() -> None:
    known = engine_variables().keys() | documented_variables("## Variables of the command line and the tests").keys()
    used = {name for path in python_files("app.py", "chalicelib", "weftctl") for name in VARIABLE.findall(read(path))}
    assert used - known == set()


def test_every_variable_of_the_page_exists() -> None:
    known = engine_variables().keys() | documented_variables("## Variables of the command line and the tests").keys()
    assert set(VARIABLE.findall(PAGE)) - known == set()


def test_every_variable_of_the_command_line_is_used() -> None:
    used = {name for path in python_files("weftctl", "tests") for name in VARIABLE.findall(read(path))}
    assert documented_variables("## Variables of the command line and the tests").keys() - used == set()


def test_every_variable_that_the_template_sets_is_a_setting() -> None:
    template = read(Path("infra/functions.yaml"))
    assert set(VARIABLE.findall(template)) - engine_variables().keys() == set()
    unset = documented_variables("## Variables that the template sets").keys() - set(VARIABLE.findall(template))
    assert unset == {"WEFT_AWS_ENDPOINT_URL"}, "the emulator's address is for the local runtime to add"


def test_every_parameter_is_documented_with_its_default() -> None:
    parameters = yaml.load(read(Path("infra/parameters.yaml")), Loader=_IntrinsicsIgnored)["Parameters"]
    documented = {
        name.strip("` "): default.strip("` ")
        for names, defaults, _ in table_under("## Parameters of the template")
        for name, default in zip(names.split(","), defaults.split(","), strict=True)
    }
    in_template = {name: _parameter_default(parameter) for name, parameter in parameters.items()}
    assert documented == in_template | {"Stage": "the stage packaged"}


class _IntrinsicsIgnored(yaml.SafeLoader):
    """Reads CloudFormation's short intrinsics (`!Not`, `!Ref`, …) as nothing: the parameters hold none."""


_IntrinsicsIgnored.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def _parameter_default(parameter: dict[str, object]) -> str:
    return str(parameter.get("Default", "")) or "none"


@pytest.mark.parametrize("struct", KNOBS)
def test_every_knob_has_a_row(struct: str) -> None:
    assert [row[0].strip("`") for row in table_under(f"### {struct}")] == KNOBS[struct].split()


@pytest.mark.parametrize("struct", KNOBS)
def test_every_row_says_what_became_of_the_knob(struct: str) -> None:
    for knob, status, default, how in table_under(f"### {struct}"):
        assert status in STATUSES, knob
        assert default, knob
        assert len(how) > 5, knob
        if status == "AWS":
            assert AWS_SERVICES.search(how), f"{knob} does not say which service does it"
        if status == "supported":
            assert MEANS.search(how), f"{knob} does not say by what it is set"


def test_no_struct_of_the_page_is_unknown() -> None:
    knobs_part = PAGE.split("## The knobs of the original design\n", 1)[1]
    assert re.findall(r"^### (\w+)$", knobs_part, flags=re.MULTILINE) == list(KNOBS)
