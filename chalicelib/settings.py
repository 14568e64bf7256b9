"""Settings, read once from the environment. Layer: beside the layers; holds values only.

``docs/settings.md`` lists every variable with its default. Nothing here calls AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chalicelib.domain.calendars import RegisteredCalendar, fault_of
from chalicelib.domain.definitions.model import PRIORITIES
from chalicelib.domain.errors import WeftError
from chalicelib.visualization.custom_themes import CustomTheme, fault_of_theme


class SettingsError(WeftError):
    """The environment holds a value that cannot be used; the message names the variable and the remedy."""

    code = "SettingsError"


OIDC_SCOPES: Final = ("openid", "profile", "email")


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's key: ``sha256`` is the hex digest of the key itself, which is kept nowhere."""

    name: str
    sha256: str
    groups: list[str] = []


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set. Durations name their unit; sizes are bytes."""

    stage: str = ""
    aws_endpoint_url: str | None = None
    definitions_table: str = ""
    commits_table: str = ""
    snapshots_table: str = ""
    summaries_table: str = ""
    timers_table: str = ""
    entries_table: str = ""
    payloads_bucket: str = ""
    commands_queue_url: str = ""
    tasks_highest_queue_url: str = ""
    tasks_high_queue_url: str = ""
    tasks_medium_queue_url: str = ""
    tasks_low_queue_url: str = ""
    tasks_lowest_queue_url: str = ""
    wakeups_queue_url: str = ""
    commands_dlq_url: str = ""
    tasks_dlq_url: str = ""
    event_bus: str = ""
    event_correlation_path: str = "correlation"
    api_keys: list[ApiKey] = []
    jwt_issuer: str = ""
    jwt_audience: list[str] = []
    jwks_url: str = ""
    jwt_groups_claim: str = "groups"
    jwt_group_aliases: dict[str, list[str]] = {}
    jwt_name_claim: str = ""
    oidc_client_id: str = ""
    oidc_scopes: list[str] = msgspec.field(default_factory=lambda: list(OIDC_SCOPES))
    oidc_authorization_endpoint: str = ""
    oidc_token_endpoint: str = ""
    websocket_address: str = ""
    cors_origins: list[str] = []
    log_level: str = "INFO"
    max_definition_bytes: int = 1_000_000
    max_payload_bytes: int = 5_000_000
    inline_payload_bytes: int = 200_000
    max_active_paths: int = 1_000
    max_step_runs: int = 100_000
    max_kept_signals: int = 10_000
    max_sub_workflow_depth: int = 25
    compensation_timeout_seconds: float = 3_600.0
    worker_lease_seconds: float = 60.0
    default_max_attempts: int = 1
    default_initial_interval_seconds: float = 1.0
    default_backoff_coefficient: float = 2.0
    default_max_interval_seconds: float = 60.0
    default_step_timeout_seconds: float | None = None
    default_workflow_timeout_seconds: float | None = None
    inline_budget_seconds: float = 25.0
    schedule_catch_up_seconds: float = 3_600.0
    snapshot_min_bytes: int = 32_768
    snapshot_tail_ratio: float = 4.0
    retention_days: int = 400
    http_allowed_private_hosts: list[str] = []
    http_max_response_bytes: int = 1_000_000
    http_timeout_seconds: float = 30.0
    email_sender: str = ""
    sms_sender_id: str = ""
    webhook_secret: str = ""
    notice_days: int = 90
    lambda_allowed_functions: list[str] = []
    aws_allowed_calls: list[str] = []
    activity_modules: list[str] = []
    calendars: dict[str, RegisteredCalendar] = {}
    themes: dict[str, CustomTheme] = {}

    @property
    def is_local(self) -> bool:
        """The local stage, which needs an endpoint override too: only here is a person believed without proof."""
        return self.stage == "local" and self.aws_endpoint_url is not None

    @property
    def takes_tokens(self) -> bool:
        """Whether it is set whose tokens count, and for whom they must be."""
        return bool(self.jwt_issuer and self.jwt_audience)

    def task_queue_url(self, priority: str) -> str:
        """The queue of ``priority`` (highest … lowest)."""
        return str(getattr(self, f"tasks_{priority}_queue_url"))

    @property
    def task_queue_urls(self) -> dict[str, str]:
        """Every task queue by its priority."""
        return {priority: self.task_queue_url(priority) for priority in PRIORITIES}

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read ``WEFT_<FIELD>`` for every field; lists are JSON or comma-separated. Raises ``SettingsError``."""
        given: dict[str, Any] = {
            field.name: _parse(variable, env[variable], field.type)
            for field in msgspec.structs.fields(cls)
            if env.get(variable := PREFIX + field.name.upper(), "") != ""
        }
        return cls(**given)


PREFIX: Final = "WEFT_"
_ALIASES: Final = dict[str, list[str]]
_CALENDARS: Final = dict[str, RegisteredCalendar]
_THEMES: Final = dict[str, CustomTheme]


def _usable(value: Any, kind: object) -> Any:
    """``value`` as read. Raises ``msgspec.ValidationError`` for a calendar or theme that cannot be used."""
    faults: dict[str, str | None] = {}
    if kind == _CALENDARS:
        faults = {name: fault_of(calendar) for name, calendar in value.items()}
    elif kind == _THEMES:
        faults = {name: fault_of_theme(name, theme) for name, theme in value.items()}
    for name, fault in faults.items():
        if fault:
            message = f"of {name!r}, {fault}"
            raise msgspec.ValidationError(message)
    return value


def _parse(variable: str, text: str, kind: object) -> object:
    try:
        if kind == list[str] and not text.lstrip().startswith("["):
            return [part.strip() for part in text.split(",") if part.strip()]
        if kind in (list[str], list[ApiKey], _ALIASES, _CALENDARS, _THEMES):
            return _usable(msgspec.json.decode(text, type=kind), kind)
        return msgspec.convert(text, type=kind, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        message = f"{variable}={text!r} cannot be read: {error}. See docs/settings.md."
        raise SettingsError(message) from error
