"""Layers behave as the dict of the same writes, and copies keep apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import jsonvalue
from chalicelib.domain.execution.events import Event
from chalicelib.domain.execution.evolve import begin
from chalicelib.domain.execution.layers import LARGE, Layered, copied, merged
from chalicelib.domain.execution.state import State

NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)
KEYS = st.integers(0, 3 * LARGE).map(str)
STEPS = st.lists(st.one_of(st.tuples(KEYS, st.integers()), st.just("copy")), max_size=4 * LARGE)


@given(st.integers(0, 2 * LARGE), STEPS)
def test_layers_are_as_a_dict_when_written_and_copied(size: int, steps: list[Any]) -> None:
    expected = {f"b{number}": number for number in range(size)}
    layers, left = copied(dict(expected)), []
    for step in steps:
        if step == "copy":
            left.append((layers, dict(expected)))
            layers = copied(layers)
        else:
            layers[step[0]] = expected[step[0]] = step[1]
    for mapping, content in [*left, (layers, expected)]:
        assert list(mapping.items()) == list(content.items())
        assert merged(mapping) == content == mapping
        assert len(mapping) == len(content)
        assert mapping.get("absent", 7) == 7


def test_entry_is_gone_when_it_is_taken_out_of_layers() -> None:
    before = copied({str(number): number for number in range(LARGE)})
    after = copied(before)
    del after["3"]
    assert "3" not in after
    assert before["3"] == 3
    with pytest.raises(KeyError):
        del after["3"]


def test_what_was_is_shared_by_the_copies_when_there_are_many_entries() -> None:
    layers = copied({str(number): number for number in range(10_000)})
    merges = 0
    for number in range(10 * LARGE):
        before, layers = layers, copied(layers)
        layers[str(number)] = -1
        assert isinstance(before, Layered)
        assert isinstance(layers, Layered)
        merges += layers.base is not before.base
    assert merges <= 10


def test_state_is_read_back_when_it_was_written_with_many_steps() -> None:
    state = begin("e-1", Event("WorkflowCreated", None, {"workflow_id": "w", "workflow_version": "1.0.0"}), NOW)
    state.counts.update({f"s{number}": number for number in range(2 * LARGE)})
    copy = state.copy()
    copy.counts["s1"] = 7
    assert isinstance(copy.counts, Layered)

    read = msgspec.convert(jsonvalue.loads(jsonvalue.dumps(copy.to_encode())), State)

    assert read == copy
    assert read.counts["s1"] == 7
    assert state.counts["s1"] == 1
