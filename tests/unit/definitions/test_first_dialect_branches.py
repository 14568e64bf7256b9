"""Parallel steps of the first dialect: where their branches begin, meet and end."""

from __future__ import annotations

from tests.unit.definitions.samples import (
    Document,
    classic,
    definition,
    document,
    edge,
    first_dialect,
    found,
    parallel,
    report,
    script,
    step,
    steps_of,
    ways_of,
    work,
)


def branches_of(given: Document, step_id: str) -> list[tuple[str, str, str]]:
    """Name, entry and exit of the branches of a step."""
    branches = steps_of(given)[step_id]["step_type"]["branches"]
    return [(each["name"], each["entry_step_id"], each["exit_step_id"]) for each in branches]


def test_branches_end_where_the_transitions_meet() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "a", {"target_id": "b", "name": "second"}),
        work("a", "a2"),
        work("a2", "join"),
        work("b", "join"),
        work("join"),
    )
    main = document(
        parallel("fork", ("a", "a", "a2"), ("second", "b", "b")),
        script("a"), script("a2"), script("b"), script("join"),
        edges=[edge("a", "a2"), edge("fork", "join"), edge("join", "end"), edge("start", "fork")],
    )  # fmt: skip

    assert branches_of(given, "fork") == [("a", "a", "a2"), ("second", "b", "b")]
    assert report(given).findings == ()
    converted, wanted = definition(given), definition(main)
    assert converted.transitions == wanted.transitions
    assert {each.id: each for each in converted.steps} == {
        each.id: each for each in wanted.steps
    } | {each.id: each for each in converted.steps if each.id in ("start", "end")}  # fmt: skip


def test_branches_are_found_when_they_are_nested() -> None:
    given = first_dialect(
        classic("outer", "Parallel", "inner", "c"),
        classic("inner", "Parallel", "a", "b"),
        work("a", "join"),
        work("b", "join"),
        work("c", "join"),
        work("join"),
    )

    assert branches_of(given, "inner") == [("a", "a", "a"), ("b", "b", "b")]
    assert branches_of(given, "outer") == [("inner", "inner", "inner"), ("c", "c", "c")]
    assert report(given).findings == ()


def test_branches_end_in_their_last_steps_when_they_never_meet() -> None:
    given = first_dialect(classic("fork", "Parallel", "a", "b"), work("a"), work("b", "b2"), work("b2"))

    assert branches_of(given, "fork") == [("a", "a", "a"), ("b", "b", "b2")]
    assert ways_of(given) == {("start", "fork"), ("b", "b2"), ("fork", "end")}
    assert report(given).findings == ()


def test_a_branch_gets_an_exit_when_it_ends_in_several_steps() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "d", "b", {"target_id": "x", "condition": "error"}),
        classic("d", "Decision", conditions=[{"condition": "$.input.x", "transition_to": "a"},
                                             {"condition": "$.input.y", "transition_to": "join"}], default="join"),
        work("a", "join"), work("b", "join"), work("join"), work("x"),
    )  # fmt: skip

    assert branches_of(given, "fork") == [("d", "d", "fork-d-end"), ("b", "b", "b")]
    assert steps_of(given)["fork-d-end"]["step_type"] == {"type": "data_mapping", "mapping": {}}
    assert steps_of(given)["d"]["step_type"]["default"] == "fork-d-end"
    assert ways_of(given) == {
        ("start", "fork"), ("fork", "x"), ("fork", "join"), ("a", "fork-d-end"), ("join", "end"), ("x", "end")
    }  # fmt: skip
    assert report(given).findings == ()


def test_a_branch_gets_an_exit_when_it_ends_nowhere_in_several_steps() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "d", "b"),
        classic("d", "Decision", {"target_id": "a", "condition": "$.input.x"}, "c"),
        work("a"), work("b"), work("c"),
    )  # fmt: skip

    assert branches_of(given, "fork") == [("d", "d", "fork-d-end"), ("b", "b", "b")]
    assert ways_of(given) >= {("a", "fork-d-end"), ("c", "fork-d-end"), ("fork", "end")}
    assert report(given).findings == ()


def test_only_the_ways_to_the_meeting_are_led_to_the_exit() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "a", "b"),
        work("a", {"target_id": "a2", "condition": "$.input.x"}, {"target_id": "join", "condition": "$.input.y"}),
        work("a2", "join"), work("b", "join"), work("join"),
    )  # fmt: skip

    assert branches_of(given, "fork") == [("a", "a", "fork-a-end"), ("b", "b", "b")]
    assert ways_of(given) >= {("a", "a2"), ("a", "fork-a-end"), ("a2", "fork-a-end"), ("fork", "join")}


def test_the_exit_of_a_map_is_not_led_to_an_end() -> None:
    items = step("each", "map", items="$.input.lines", entry_step_id="a", exit_step_id="a")
    given = first_dialect({**items, "transitions": [{"target_id": "b"}]}, work("a"), work("b"))

    assert ways_of(given) == {("start", "each"), ("each", "b"), ("b", "end")}
    assert report(given).findings == ()


def test_a_branch_is_an_empty_step_when_it_leads_straight_to_the_meeting() -> None:
    given = first_dialect(classic("fork", "Parallel", "a", "join", "join"), work("a", "join"), work("join"))

    assert branches_of(given, "fork") == [
        ("a", "a", "a"),
        ("join", "fork-join", "fork-join"),
        ("join-2", "fork-join-2", "fork-join-2"),
    ]
    assert report(given).findings == ()


def test_the_meeting_is_the_step_that_every_way_passes() -> None:
    # Every way passes z; one way passes m on its way there, the other does not.
    given = first_dialect(
        classic("fork", "Parallel", "a", "b"),
        classic("a", "Decision", {"target_id": "m", "condition": "$.input.x"}, "z"),
        work("b", "m"), work("m", "z"), work("z"),
    )  # fmt: skip

    # m belongs to neither branch alone, so the two do meet before z, and have no form in the main dialect.
    assert found(given) == [("BranchesDoNotMeet", "/steps/0")]


def test_a_loop_inside_a_branch_stays_inside() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "a", "b"),
        work("a", {"target_id": "a2"}),
        classic("a2", "Decision", {"target_id": "a", "condition": "$.input.again"}, "join"),
        work("b", "join"), work("join"), allow_cycles=True,
    )  # fmt: skip

    assert branches_of(given, "fork") == [("a", "a", "fork-a-end"), ("b", "b", "b")]
    assert report(given).findings == ()


def test_a_branch_is_its_own_entry_when_it_never_ends() -> None:
    given = first_dialect(classic("fork", "Parallel", "a", "b"), work("a", "a"), work("b"), allow_cycles=True)

    assert branches_of(given, "fork")[0] == ("a", "a", "a")
    assert found(given) == [("LeavesRegion", "/steps/1/transitions/0")]


def test_branches_are_kept_when_they_are_written_out() -> None:
    given = first_dialect(
        classic("fork", "Parallel", "join", branches=[{"name": "one", "entry_step_id": "a", "exit_step_id": "a"}]),
        work("a"),
        work("join"),
    )

    assert branches_of(given, "fork") == [("one", "a", "a")]
    assert ways_of(given) == {("start", "fork"), ("fork", "join"), ("join", "end")}


def test_a_parallel_step_without_ways_is_reported() -> None:
    assert found(first_dialect(classic("fork", "Parallel"))) == [("MissingField", "/steps/0/step_type")]


def test_the_search_for_meetings_is_bounded_when_the_shape_is_hard() -> None:
    steps = []
    for number in range(700):
        steps.append(classic(f"p{number}", "Parallel", f"x{number}", f"p{number + 1}", f"y{number}"))
        steps.append(work(f"x{number}", f"y{number}"))
        steps.append(work(f"y{number}"))
    given = first_dialect(*steps, work("p700"))

    findings = report(given).findings

    assert {each.code for each in findings} == {"BranchesDoNotMeet"}
    assert sum("takes too long" in each.message for each in findings) == 1
