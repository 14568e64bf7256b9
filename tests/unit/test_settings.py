"""Reading settings from the environment."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from chalicelib.domain.calendars import RegisteredCalendar
from chalicelib.settings import ApiKey, Settings, SettingsError


def test_everything_has_a_default_when_the_environment_says_nothing() -> None:
    assert Settings.from_env({}) == Settings()
    assert Settings.from_env({"WEFT_STAGE": "", "OTHER": "x"}) == Settings()


def test_values_take_the_type_of_their_field() -> None:
    settings = Settings.from_env(
        {
            "WEFT_STAGE": "dev",
            "WEFT_MAX_STEP_RUNS": "7",
            "WEFT_INLINE_BUDGET_SECONDS": "2.5",
            "WEFT_DEFAULT_STEP_TIMEOUT_SECONDS": "30",
        }
    )

    assert (settings.stage, settings.max_step_runs, settings.inline_budget_seconds) == ("dev", 7, 2.5)
    assert settings.default_step_timeout_seconds == 30


@pytest.mark.parametrize("text", ["a.example, b.example", '["a.example", "b.example"]', ' ["a.example","b.example"]'])
def test_list_is_read_when_it_is_json_or_separated_by_commas(text: str) -> None:
    assert Settings.from_env({"WEFT_CORS_ORIGINS": text}).cors_origins == ["a.example", "b.example"]


def test_api_keys_are_read_from_json() -> None:
    text = '[{"name": "ci", "sha256": "ab", "groups": ["weft-operators"]}, {"name": "x", "sha256": "cd"}]'

    assert Settings.from_env({"WEFT_API_KEYS": text}).api_keys == [
        ApiKey(name="ci", sha256="ab", groups=["weft-operators"]),
        ApiKey(name="x", sha256="cd"),
    ]


def test_calendars_are_read_from_json() -> None:
    text = '{"factory": {"base": "CN", "weekend": ["sunday"], "holidays": ["2026-12-24"], "working_days": []}}'

    assert Settings.from_env({"WEFT_CALENDARS": text}).calendars == {
        "factory": RegisteredCalendar(base="CN", weekend=["sunday"], holidays=[date(2026, 12, 24)])
    }


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("WEFT_MAX_STEP_RUNS", "many"),
        ("WEFT_API_KEYS", "not json"),
        ("WEFT_API_KEYS", '[{"name": "ci"}]'),
        ("WEFT_CORS_ORIGINS", "[1]"),
        ("WEFT_CALENDARS", "[]"),
        ("WEFT_CALENDARS", '{"a": {"weekdays": []}}'),
        ("WEFT_CALENDARS", '{"a": {"base": "XX"}}'),
        ("WEFT_CALENDARS", '{"a": {"timezone": "Mars"}}'),
    ],
)
def test_value_that_cannot_be_read_is_named_with_the_remedy(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=variable) as raised:
        Settings.from_env({variable: text})

    assert "docs/settings.md" in raised.value.message


def test_local_stage_needs_an_emulator_too() -> None:
    assert not Settings(stage="local").is_local
    assert not Settings(stage="dev", aws_endpoint_url="http://127.0.0.1:1").is_local
    assert Settings(stage="local", aws_endpoint_url="http://127.0.0.1:1").is_local


def test_each_priority_has_its_queue() -> None:
    settings = msgspec.convert({f"tasks_{name}_queue_url": name for name in ("highest", "high", "low")}, Settings)

    assert settings.task_queue_urls == {"highest": "highest", "high": "high", "medium": "", "low": "low", "lowest": ""}
