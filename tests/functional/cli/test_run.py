"""`weft run`: definitions in memory, mocks, virtual time, and what is printed. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.functional.cli.runs import Json, Ran, Run, Weft, activity, chain

pytestmark = pytest.mark.functional

# --- what is printed ------------------------------------------------------------------------------------------------


def test_the_whole_result_is_printed_when_an_execution_completes(run: Run) -> None:
    step = activity("pay", input_mapping={"n": "$.input.n"}, output_mapping={"m": "$.output.m"})
    ran = run(chain(step), "--input", '{"n": 7}', mocks={"pay": {"result": {"m": 8}, "delay": 1.5}})
    assert (ran.exit_code, ran.err) == (0, "")
    events = ran.result.pop("events")
    result = {name: value for name, value in ran.result.items() if name != "events"}
    begun, paid = "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.500Z"
    assert result == {
        "execution_id": "e1",
        "workflow_id": "flow",
        "status": "completed",
        "state": "completed",
        "output": {"m": 8},
        "variables": {},
        "error": None,
        "started_at": begun,
        "completed_at": paid,
        "duration_seconds": 1.5,
        "waiting_for": [],
        "steps": [
            row("start", begun, begun, input={"n": 7}),
            row("pay", begun, paid, input={"n": 7}, output={"m": 8}),
            row("end", paid, paid, input={"n": 7}),
        ],
        "children": [],
        "refused": [],
    }
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["event_type"] == "WorkflowCreated"
    assert "step_id" not in events[0]
    assert {"sequence", "timestamp", "event_type", "step_id", "details"} == set(events[-2])
    assert events[-1]["event_type"] == "WorkflowCompleted"


def row(step_id: str, started_at: str, completed_at: str, **fields: Any) -> Json:
    return {
        "step_id": step_id,
        "run": 1,
        "state": "completed",
        "attempts": 1,
        "started_at": started_at,
        "completed_at": completed_at,
        "input": None,
        "output": None,
        "error": None,
        **fields,
    }


def test_the_result_is_the_same_byte_by_byte_when_it_is_run_again(run: Run) -> None:
    definition = chain(activity("a"), activity("b"))
    mocks = {"shop.Do": {"sequence": [{"result": 1, "delay": 2}, {"result": 2}]}}
    assert run(definition, mocks=mocks).out == run(definition, mocks=mocks).out


@pytest.mark.parametrize("format", ["yaml", "table"])
def test_another_format_is_printed_when_it_is_asked_for(run: Run, format: str) -> None:
    failing = {"pay": {"error": {"code": "Declined", "message": "no [red]funds"}}}
    ran = run(chain(activity("pay")), "--format", format, mocks=failing, signals=[{"at": 1, "signal": {"name": "x"}}])
    assert ran.exit_code == 1
    if format == "yaml":
        assert yaml.safe_load(ran.out)["error"]["code"] == "Declined"
    else:
        assert "Declined: no [red]funds" in ran.out
        assert "Refused at 1" in ran.out


def test_the_run_exits_1_and_says_why_when_the_execution_fails(run: Run) -> None:
    ran = run(chain(activity("pay")), mocks={"pay": {"error": {"code": "Declined", "message": "no funds"}}})
    assert ran.exit_code == 1
    assert ran.result["status"] == "failed"
    assert ran.result["error"]["code"] == "Declined"
    assert ran.err == "e1 failed: Declined: no funds\n"


# --- activities -----------------------------------------------------------------------------------------------------


def test_a_registered_activity_runs_for_real_when_it_is_not_mocked(run: Run) -> None:
    step = activity("greet", "example.PrepareGreeting", input_mapping={"name": "$.input.name"})
    ran = run(chain(step), "--input", '{"name": "Ann"}')
    assert ran.exit_code == 0
    assert ran.result["steps"][1]["output"] == {"greeting": "Hello, Ann!"}


def test_the_step_fails_when_the_activity_is_neither_mocked_nor_registered(run: Run) -> None:
    ran = run(chain(activity("pay", "shop.Unknown")))
    assert ran.exit_code == 1
    assert ran.result["steps"][1]["error"]["code"] == "ActivityNotFound"


def test_a_module_of_the_current_directory_is_imported_when_it_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "cli_test_activities.py").write_text(
        "from chalicelib.activities import activity\n\n\n"
        "@activity('cli_test.Double')\ndef double(input):\n    return input['n'] * 2\n"
    )
    step = activity("double", "cli_test.Double")
    ran = run(chain(step), "--input", '{"n": 21}', "--activities", "cli_test_activities")
    assert ran.exit_code == 0
    assert ran.result["steps"][1]["output"] == 42


def test_what_activities_print_and_log_goes_to_stderr(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "cli_test_loud.py").write_text(
        "from chalicelib.activities import activity\n\nprint('imported')\n\n"
        "@activity('cli_test.Loud')\ndef loud(input, context):\n"
        "    print('printed')\n    context.logger.debug('hidden')\n"
        "    context.logger.info('logged')\n    return 1 / 0\n"
    )
    ran = run(chain(activity("loud", "cli_test.Loud")), "--activities", "cli_test_loud")
    assert ran.exit_code == 1
    assert ran.result["error"]["code"] == "ActivityError"
    assert ran.err.splitlines() == [
        "imported",
        "printed",
        "INFO cli_test.Loud: logged",
        "WARNING cli_test.Loud: the attempt failed (ZeroDivisionError: division by zero)",
        f"e1 failed: ActivityError: {ran.result['error']['message']}",
    ]


def test_a_module_is_imported_when_the_settings_name_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    registering = "from chalicelib.activities import activity\n\nactivity('cli_test.Set')(lambda input: 'set')\n"
    (tmp_path / "cli_test_settings.py").write_text(registering)
    monkeypatch.setenv("WEFT_ACTIVITY_MODULES", "cli_test_settings")
    assert run(chain(activity("a", "cli_test.Set"))).result["steps"][1]["output"] == "set"


def test_the_run_exits_2_when_a_module_cannot_be_imported(run: Run) -> None:
    ran = run(chain(), "--activities", "no.such.module")
    assert (ran.exit_code, ran.out) == (2, "")
    assert "'no.such.module' cannot be imported" in ran.err


def test_an_expression_sees_the_mapped_input_when_it_makes_the_result(run: Run) -> None:
    step = activity("pay", input_mapping={"n": "$.input.n"}, output_mapping={"$": "$.output.twice"})
    mocks = {"shop.Do": {"result_expression": "$.input.n * 2"}}
    assert run(chain(step), "--input", '{"n": 21}', mocks=mocks).result["output"] == {"twice": 42}


def test_a_warning_is_given_when_a_mock_names_nothing(run: Run) -> None:
    ran = run(chain(activity("pay")), mocks={"pay": {"result": 1}, "pya": {"result": 2}})
    assert ran.exit_code == 0
    assert "Warning: the mock 'pya' names neither a step nor an activity type here. Did you mean 'pay'?" in ran.err


# --- time -----------------------------------------------------------------------------------------------------------


def test_retries_are_exact_under_the_virtual_clock(run: Run) -> None:
    policy = {"max_attempts": 4, "initial_interval": 2, "backoff_coefficient": 3, "max_interval": 10}
    failure = {"error": {"code": "Busy", "message": "later"}}
    mocks = {"pay": {"sequence": [failure, failure, failure, {"result": 1}]}}
    ran = run(chain(activity("pay", retry_policy=policy)), mocks=mocks)
    assert ran.exit_code == 0
    assert ran.result["duration_seconds"] == 2 + 6 + 10
    assert ran.steps("step_id", "state", "attempts")[1] == ("pay", "completed", 4)


@pytest.mark.parametrize("inline", [False, True])
def test_an_attempt_times_out_when_its_mock_takes_longer(run: Run, inline: bool) -> None:
    late = {"pay": {"result": 1, "delay": 10}}
    ran = run(chain(activity("pay", timeout=5, inline=inline)), mocks=late)
    assert ran.exit_code == 1
    assert ran.result["error"]["code"] == "Timeout"
    assert ran.result["duration_seconds"] == 5
    assert ran.steps("step_id", "state", "completed_at")[1] == ("pay", "failed", "2026-01-01T00:00:05.000Z")


def test_a_late_outcome_is_ignored_when_the_execution_goes_on(run: Run) -> None:
    handled = [{"from_step_id": "pay", "to_step_id": "other", "condition": "error:Timeout"}]
    other = [activity("other"), {"from_step_id": "other", "to_step_id": "end"}]
    definition = chain(activity("pay", timeout=5), transitions=[*handled, other[1]])
    definition["steps"].append(other[0])
    mocks = {"pay": {"result": "late", "delay": 10}, "other": {"result": "other", "delay": 20}}
    ran = run(definition, mocks=mocks)
    assert ran.exit_code == 0
    assert ran.result["duration_seconds"] == 25
    assert ran.steps("step_id", "state", "output")[1:3] == [("pay", "failed", None), ("other", "completed", "other")]


def test_a_month_of_waiting_takes_no_time(run: Run) -> None:
    policy = {"max_retries": 2, "retry_intervals": [86_400 * 30]}
    mocks = {"pay": {"sequence": [{"error": {"code": "E", "message": "m"}}, {"result": 1}]}}
    assert run(chain(activity("pay", retry_policy=policy)), mocks=mocks).result["duration_seconds"] == 86_400 * 30


def test_the_run_stops_where_it_is_told_and_says_what_it_waits_for(run: Run) -> None:
    policy = {"max_retries": 1, "retry_intervals": [60]}
    mocks = {"a": {"result": 1, "delay": 5}, "b": {"error": {"code": "E", "message": "m"}}}
    definition = chain(activity("a"), activity("b", retry_policy=policy))
    early = run(definition, "--until", "2026-01-01T00:00:03Z", mocks=mocks)
    assert early.exit_code == 1
    assert early.result["status"] == "running"
    assert (early.result["completed_at"], early.result["duration_seconds"]) == (None, None)
    (awaited,) = early.result["waiting_for"]
    assert (awaited["step_id"], awaited["message"]) == ("a", "a waits for the outcome of its activity")
    later = run(definition, "--until", "2026-01-01T00:01:00Z", mocks=mocks)
    (awaited,) = later.result["waiting_for"]
    assert awaited["due_at"] == "2026-01-01T00:01:05.000Z"
    assert "b waits for the retry at 2026-01-01T00:01:05.000Z" in later.err
    assert run(definition, "--until", "2026-01-01T00:01:05Z", mocks=mocks).result["status"] == "failed"


def test_time_passes_as_it_does_when_it_is_not_virtual(weft: Weft, tmp_path: Path) -> None:
    policy = {"max_retries": 1, "retry_intervals": [0.05]}
    failure = {"error": {"code": "E", "message": "m"}, "delay": 0.02}
    steps = (activity("pay", retry_policy=policy), activity("greet", "example.PrepareGreeting"))
    (tmp_path / "flow.json").write_text(json.dumps(chain(*steps)))
    (tmp_path / "mocks.json").write_text(json.dumps({"pay": {"sequence": [failure, {"result": 1}]}}))
    options = ("--mock", str(tmp_path / "mocks.json"), "--no-virtual-time", "--input", '{"name": "Ann"}')
    ran = Ran(weft("run", str(tmp_path / "flow.json"), *options))
    assert ran.exit_code == 0
    assert ran.result["duration_seconds"] >= 0.07
    assert ran.result["steps"][2]["output"] == {"greeting": "Hello, Ann!"}


def test_a_definition_runs_in_memory_when_it_is_inline(run: Run) -> None:
    definition = chain(activity("a"), activity("b"), execution_mode="inline")
    ran = run(definition, mocks={"a": {"result": 1}, "b": {"result": 2, "delay": 3}})
    assert ran.exit_code == 0
    assert ran.steps("step_id", "output")[1:3] == [("a", 1), ("b", 2)]
    assert ran.result["duration_seconds"] == 3


def test_the_execution_fails_visibly_when_deciding_itself_does(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise LookupError("a defect")

    monkeypatch.setattr("chalicelib.domain.steps.data_mapping.DataMappingStep.start", broken)
    mapping = {"id": "note", "step_type": {"type": "data_mapping", "mapping": {"$.context.a": 1}}}
    ran = run(chain(mapping))
    assert ran.exit_code == 1
    assert (ran.result["status"], ran.result["error"]["code"]) == ("failed", "EngineError")
    assert "Warning: e1: LookupError: a defect" in ran.err


# --- bad input ------------------------------------------------------------------------------------------------------


def test_the_run_exits_2_with_every_error_when_the_definition_is_invalid(run: Run) -> None:
    definition = chain(activity("pay"))
    definition["steps"][1]["step_type"]["activty_type"] = "x"
    definition["transitions"][0]["to_step_id"] = "nowhere"
    ran = run(definition)
    assert (ran.exit_code, ran.out) == (2, "")
    assert "definition.json is no valid definition." in ran.err
    assert "[UnknownField]" in ran.err
    assert "[UnknownStep]" in ran.err


def test_the_run_exits_2_when_a_feature_cannot_run_yet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weftctl.checking.RUNNABLE_FEATURES", frozenset())
    handler = {"id": "h", "event_name": "e", "handler_type": {"type": "pause_workflow"}}
    ran = run(chain(event_handlers=[handler]))
    assert (ran.exit_code, ran.out) == (2, "")
    assert "[Unsupported" in ran.err


def test_the_run_exits_2_when_the_input_does_not_fit(run: Run) -> None:
    fields = [{"name": "n", "field_type": {"type": "integer"}, "required": True}]
    ran = run(chain(input_type={"fields": fields}), "--input", '{"n": "x"}')
    assert (ran.exit_code, ran.out) == (2, "")
    assert "$.input.n" in ran.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--mock", "nowhere.json"], "nowhere.json: cannot be read: No such file"),
        (["--signals", "nowhere.json"], "nowhere.json: cannot be read: No such file"),
        (["--with", "nowhere.json"], "nowhere.json: cannot be read: No such file"),
        (["--input", "{"], "--input: '{' is neither JSON"),
        (["--execution-id", "../x"], "--execution-id: it must be 1 to 128 letters"),
        (["--until", "tomorrow"], "--until: 'tomorrow' is no time"),
        (["--until", "2025-12-31T23:59:59Z"], "--until lies before the start of the run, 2026-01-01T00:00:00"),
        (["--start-at", "9999-12-31T23:59:59Z"], "--start-at lies too far ahead"),
        (["--no-virtual-time"], "--start-at sets the virtual clock"),
    ],
)
def test_the_run_exits_2_when_an_option_cannot_be_used(run: Run, options: list[str], message: str) -> None:
    ran = run(chain(), *options)
    assert (ran.exit_code, ran.out) == (2, "")
    assert message in ran.err


def test_the_run_exits_2_when_a_setting_of_the_environment_is_wrong(weft: Weft, tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(chain()))
    called = weft("run", str(tmp_path / "flow.json"), env={"WEFT_DEFAULT_MAX_ATTEMPTS": "many"})
    assert (called.exit_code, called.out) == (2, "")
    assert "WEFT_DEFAULT_MAX_ATTEMPTS='many' cannot be read" in called.err
