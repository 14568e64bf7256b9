"""Many findings, many steps, many forks: bounded, and fast where it matters."""

from __future__ import annotations

import time

from chalicelib.domain.definitions.definition import (
    MAX_FINDINGS,
)
from tests.unit.definitions.samples import (
    Document,
    document,
    edge,
    found,
    report,
    step,
)


def test_findings_end_when_there_are_very_many() -> None:
    given = document() | {f"field{number}": 1 for number in range(2 * MAX_FINDINGS)}

    findings = report(given).findings

    assert len(findings) == MAX_FINDINGS + 1
    assert (findings[-1].code, findings[-1].message) == (
        "TooManyFindings",
        f"{MAX_FINDINGS} more findings were left out",
    )


def chain(count: int) -> Document:
    """A long chain of activities with mappings."""
    return document(
        *(
            step(
                f"s{number}",
                "activity",
                activity_type="example.Work",
                input_mapping={"value": f"$.context.v{number}"},
                output_mapping={"value": f"$.context.v{number + 1}"},
            )
            for number in range(count)
        )
    )


def test_a_chain_of_two_thousand_steps_is_checked_in_well_under_a_second() -> None:
    given = chain(2_000)
    before = time.process_time()

    assert report(given).findings == ()

    # 0.3 s where this was written; the bound leaves room for a busy machine, not for quadratic work (20 s and more).
    assert time.process_time() - before < 6


def test_a_cycle_of_many_steps_is_found_when_the_way_is_long() -> None:
    given = chain(3_000)
    given["transitions"].append(edge("s2999", "s0", "$.result.again"))

    assert found(given) == [("Cycle", "/transitions/3001")]


def test_hints_are_bounded_when_very_many_steps_are_unknown() -> None:
    given = chain(2_000)
    for each in given["transitions"]:
        each["to_step_id"] += "x"
    before = time.process_time()

    assert found(given)[0][0] == "Unreachable"

    # 0.5 s where this was written, 18 s when every hint is looked for among all steps.
    assert time.process_time() - before < 8
