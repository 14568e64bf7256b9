"""From step to step: transitions, paths side by side, and how an execution completes."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.execution.program import Rules
from tests.unit.execution.play import Play, activity, chain, workflow

DECIDE: dict[str, Any] = {
    "id": "choose",
    "step_type": {
        "type": "decision",
        "conditions": [
            {"condition": "$.input.n > 10", "transition_to": "big"},
            {"condition": "$.input.n > 5", "transition_to": "small"},
        ],
    },
}


def test_execution_completes_when_its_one_path_reached_an_end() -> None:
    play = Play(chain(activity("a", of={"output_mapping": {"greeting": "$.output.text"}})), {"name": "X"})

    play.complete("a", {"greeting": "hi"})

    assert play.state.status == "completed"
    assert play.state.output == {"text": "hi"}
    assert play.kinds == [
        "WorkflowCreated",
        "WorkflowStarted",
        "StepStarted start",
        "StepCompleted start",
        "StepScheduled a",
        "StepStarted a",
        "StepCompleted a",
        "StepStarted end",
        "StepCompleted end",
        "WorkflowCompleted",
    ]


def test_step_works_on_its_mapped_input_when_it_has_a_mapping() -> None:
    play = Play(
        chain(activity("a", of={"input_mapping": {"who": "$.input.name", "gone": "$.input.none"}})), {"name": 1}
    )

    assert play.task("a").input == {"who": 1}


def test_step_works_on_the_execution_input_when_it_has_no_mapping() -> None:
    assert Play(chain(activity("a")), {"name": 1}).task("a").input == {"name": 1}


def test_mapped_input_may_be_null() -> None:
    assert Play(chain(activity("a", of={"input_mapping": "{% null %}"})), {"name": 1}).task("a").input is None


@pytest.mark.parametrize(("n", "chosen"), [(11, "big"), (10, "small"), (6, "small")])
def test_first_true_condition_wins_when_several_hold(n: int, chosen: str) -> None:
    document = workflow(
        DECIDE,
        activity("big"),
        activity("small"),
        transitions=[("start", "choose"), ("big", "end"), ("small", "end")],
    )

    play = Play(document, {"n": n})

    assert [task.step_id for task in play.tasks()] == [chosen]
    made = next(event for event in play.events if event.type == "DecisionMade")
    assert made.details["chosen_branch"] == chosen


def test_default_is_taken_when_no_condition_holds() -> None:
    decide = {"id": "choose", "step_type": {**DECIDE["step_type"], "default": "small"}}
    document = workflow(
        decide, activity("big"), activity("small"), transitions=[("start", "choose"), ("big", "end"), ("small", "end")]
    )

    assert [task.step_id for task in Play(document, {}).tasks()] == ["small"]


def test_execution_fails_when_no_condition_holds_and_there_is_no_default() -> None:
    document = workflow(
        DECIDE, activity("big"), activity("small"), transitions=[("start", "choose"), ("big", "end"), ("small", "end")]
    )

    play = Play(document, {})

    assert play.state.status == "failed"
    assert play.state.error is not None
    assert play.state.error.code == "NoConditionMatched"


def test_every_transition_that_holds_is_taken_when_several_do() -> None:
    document = workflow(
        activity("a"),
        activity("b"),
        activity("c"),
        transitions=[
            ("start", "a", "true"),
            ("start", "b"),
            ("start", "c", "false"),
            ("a", "end"),
            ("b", "end"),
            ("c", "end"),
        ],
    )

    play = Play(document)

    assert sorted(task.step_id for task in play.tasks()) == ["a", "b"]
    play.complete("a")
    assert play.state.status == "running"
    play.complete("b")
    assert play.state.status == "completed"
    assert play.state.counts["end"] == 2


def test_execution_fails_visibly_when_no_transition_can_be_taken() -> None:
    document = workflow(activity("a"), transitions=[("start", "a"), ("a", "end", "$.result.ok")])

    play = Play(document)
    play.complete("a", {"ok": False})

    assert play.state.status == "failed"
    assert play.state.error is not None
    assert (play.state.error.code, play.events[-1].details["failed_step_id"]) == ("NoTransition", "a")


def test_transition_sees_the_result_and_what_it_wrote() -> None:
    document = workflow(
        activity("a", of={"output_mapping": {"n": "$.context.n"}}),
        activity("b"),
        transitions=[
            ("start", "a"),
            ("a", "b", "$.result.n = 3 and $.context.n = 3"),
            ("a", "end", "false"),
            ("b", "end"),
        ],
    )

    play = Play(document)
    play.complete("a", {"n": 3})

    assert [task.step_id for task in play.tasks()] == ["b"]


def test_transition_expressions_are_merged_into_the_variables() -> None:
    edge = {
        "from_step_id": "a",
        "to_step_id": "end",
        "before_transition": "{'x': $.result.n}",
        "after_transition": "{'y': $.context.x + 1}",
    }
    play = Play(workflow(activity("a"), transitions=[("start", "a"), edge]))

    play.complete("a", {"n": 1})

    assert play.state.variables == {"x": 1, "y": 2}


def test_step_fails_when_a_transition_expression_gives_no_object() -> None:
    edge = {"from_step_id": "a", "to_step_id": "end", "before_transition": "1 + 1"}
    play = Play(workflow(activity("a"), transitions=[("start", "a"), edge]))

    play.complete("a")

    assert play.state.error is not None
    assert play.state.error.code == "ExpressionError"
    assert "StepCompleted a" not in play.kinds


def test_no_path_is_taken_when_one_of_several_cannot_be() -> None:
    bad = {"from_step_id": "a", "to_step_id": "c", "before_transition": "1 + 1"}
    document = workflow(
        activity("a"),
        activity("b"),
        activity("c"),
        activity("d"),
        transitions=[("start", "a"), ("a", "b"), bad, ("a", "d", "error"), ("b", "end"), ("c", "end"), ("d", "end")],
    )
    play = Play(document)

    play.complete("a")

    assert [task.step_id for task in play.tasks()] == ["d"]


def test_end_mapping_replaces_the_output() -> None:
    document = chain(activity("a", of={"output_mapping": {"$": "$.output.a"}}))
    document["steps"][-1]["step_type"]["output_mapping"] = {"total": "$.output.a.n"}
    play = Play(document)

    play.complete("a", {"n": 5})

    assert play.state.output == {"total": 5}


def test_execution_fails_at_once_when_it_reaches_an_end_that_says_failed() -> None:
    document = workflow(
        activity("a"),
        activity("b"),
        {"id": "bad", "step_type": {"type": "end", "result": "failed"}},
        transitions=[("start", "a"), ("start", "b"), ("a", "bad"), ("b", "end")],
    )
    play = Play(document)

    play.complete("a")

    assert play.state.status == "failed"
    assert play.state.error is not None
    assert play.state.error.code == "FailedEnd"
    assert "StepCanceled b" in play.kinds


def test_execution_fails_when_its_output_does_not_fit_the_output_type() -> None:
    output_type = {"fields": [{"name": "n", "field_type": {"type": "integer"}, "required": True}]}
    play = Play(chain(activity("a", of={"output_mapping": {"n": "$.output.n"}}), output_type=output_type))

    play.complete("a", {"n": "many"})

    assert play.state.status == "failed"
    assert play.state.error is not None
    assert play.state.error.code == "InvalidOutput"
    assert "$.output.n" in play.state.error.message


def test_data_mapping_writes_values_seen_by_later_steps() -> None:
    mapping = {"$.context.total": "$sum($.input.lines.(price * quantity))", "$.output.fixed": {"$literal": "$.x"}}
    step = {"id": "m", "step_type": {"type": "data_mapping", "mapping": mapping}}
    lines = [{"price": 2, "quantity": 3}, {"price": 0.5, "quantity": 2}]

    play = Play(chain(step, activity("a", of={"input_mapping": {"total": "$.context.total"}})), {"lines": lines})

    assert play.task("a").input == {"total": 7}
    assert play.state.output == {"fixed": "$.x"}


def test_script_result_goes_where_its_output_mapping_says() -> None:
    script = {"type": "script", "expression": "{'n': $.input.a + 1}", "output_mapping": {"n": "$.output.n"}}

    play = Play(chain({"id": "s", "step_type": script}), {"a": 1})

    assert (play.state.status, play.state.output) == ("completed", {"n": 2})


def test_later_step_reads_an_earlier_output_when_it_names_it() -> None:
    document = chain(
        activity("a"), activity("b", of={"input_mapping": {"from": "$.steps.a.output.n", "s": "$.steps.a.state"}})
    )
    play = Play(document)

    play.complete("a", {"n": 9})

    assert play.task("b").input == {"from": 9, "s": "completed"}


def test_outputs_leave_the_hot_state_when_nothing_reads_them() -> None:
    play = Play(chain(activity("a"), activity("b")))

    play.complete("a", {"big": "x" * 1000})

    assert play.state.latest["a"].output is None


@pytest.mark.parametrize("steps_per_commit", [1, 3, 7])
def test_long_chain_of_instant_steps_is_spread_over_commits(steps_per_commit: int) -> None:
    steps = [
        {"id": f"s{number}", "step_type": {"type": "data_mapping", "mapping": {"$.context.n": number}}}
        for number in range(20)
    ]
    play = Play(chain(*steps), rules=Rules(steps_per_commit=steps_per_commit))

    while not play.state.is_terminal:
        from chalicelib.domain.execution.commands import Advance

        assert play.tell(Advance(cause=play.state.commit))

    assert (play.state.status, play.state.variables) == ("completed", {"n": 19})
    assert (
        max(sum(event.type == "StepCompleted" for event in commit.events) for commit in play.commits)
        <= steps_per_commit
    )


def loop(**fields: Any) -> dict[str, Any]:
    return workflow(
        {"id": "m", "step_type": {"type": "data_mapping", "mapping": {"$.context.n": "$.context.n + 1"}}},
        {
            "id": "d",
            "step_type": {
                "type": "decision",
                "conditions": [{"condition": "$.context.n >= 1000000", "transition_to": "end"}],
                "default": "m",
            },
        },
        transitions=[("start", "m"), ("m", "d")],
        allow_cycles=True,
        **fields,
    )


def test_execution_fails_when_it_has_begun_too_many_step_runs() -> None:
    from chalicelib.domain.execution.commands import Advance

    play = Play(loop(), rules=Rules(max_step_runs=50, steps_per_commit=10))

    while not play.state.is_terminal:
        play.tell(Advance(cause=play.state.commit))

    assert play.state.error is not None
    assert play.state.error.code == "LimitExceeded"
    assert play.state.step_runs == 50


def test_execution_fails_when_it_has_too_many_active_paths() -> None:
    document = workflow(
        activity("a"),
        activity("b"),
        activity("c"),
        transitions=[("start", "a"), ("start", "b"), ("start", "c"), ("a", "end"), ("b", "end"), ("c", "end")],
    )

    play = Play(document, rules=Rules(max_active_paths=2))

    assert play.state.error is not None
    assert (play.state.error.code, play.state.runs) == ("LimitExceeded", {})
