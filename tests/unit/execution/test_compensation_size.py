"""What a map whose items may be compensated adds to the state: counted in bytes, and bounded by what is read."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain import jsonvalue
from chalicelib.domain.execution.commands import Advance, CompleteTask, FailTask
from chalicelib.domain.execution.decide import decide_all
from chalicelib.domain.execution.effects import Continue, Dispatch, outstanding
from chalicelib.domain.execution.events import ErrorInfo
from chalicelib.domain.execution.state import State
from tests.unit.execution.play import BEGIN, Play, activity, workflow

ITEM = {"sku": "SKU-000001", "quantity": 3, "price": 12.5}
OUTPUT = {"reservation_id": "res_0123456789abcdef", "sku": "SKU-000001", "quantity": 3, "status": "reserved"}


class Mapped:
    """A map of so many items that has ended, and a step after it."""

    def __init__(self, items: int, mapping: Any) -> None:
        document = workflow(
            {"id": "m", "step_type": {"type": "map", "items": "$.input", "entry_step_id": "i", "exit_step_id": "i"}},
            activity("i", of={"input_mapping": {"sku": "$.item.sku"}}, compensation_step_id="undo"),
            activity("last"),
            activity("undo", of={"input_mapping": mapping}),
            transitions=[("start", "m"), ("m", "last"), ("last", "end")],
        )
        play = Play(document, [ITEM] * items)
        self.program, self.written = play.program, 0
        self.state: State = play.state
        while runs := self.open("i"):
            self.tell(*[CompleteTask(run_id=run, attempt=1, output=OUTPUT, started_at=BEGIN) for run in runs[:20]])

    def tell(self, *commands: Any) -> None:
        decision = decide_all(self.program, self.state, commands, BEGIN)
        self.state = decision.state
        self.written += len(jsonvalue.dumps(decision.events))

    def open(self, step_id: str) -> list[str]:
        effects = list(outstanding(self.state))
        while any(isinstance(effect, Continue) for effect in effects):
            self.tell(Advance(cause=self.state.commit))
            effects = list(outstanding(self.state))
        tasks = [effect.task for effect in effects if isinstance(effect, Dispatch)]
        return [task.run_id for task in tasks if task.step_id == step_id]

    def size(self) -> int:
        return len(jsonvalue.dumps(self.state.finished))

    def compensate(self) -> float:
        """Bytes of events that each compensation takes."""
        error = ErrorInfo(code="Boom", message="it failed")
        self.tell(FailTask(run_id="last#1", attempt=1, error=error, started_at=BEGIN))
        self.written, count = 0, 0
        while not self.state.is_terminal:
            (run_id,) = self.open("undo")
            self.tell(CompleteTask(run_id=run_id, attempt=1, output=None, started_at=BEGIN))
            count += 1
        return self.written / count


@pytest.mark.parametrize(
    ("mapping", "most_bytes"),
    [({"n": 1}, 40), ({"sku": "$.item.sku"}, 100), ({"id": "$.compensated.output.reservation_id"}, 150)],
)
def test_state_keeps_of_an_item_only_what_its_compensation_reads(mapping: Any, most_bytes: int) -> None:
    few, many = Mapped(100, mapping), Mapped(150, mapping)

    an_item = (many.size() - few.size()) / 50

    print(f"{mapping}: {an_item:.0f} bytes of state an item")  # noqa: T201
    assert an_item <= most_bytes


def test_compensating_an_item_of_a_large_map_costs_what_one_of_a_small_one_does() -> None:
    small, large = (Mapped(items, {"sku": "$.item.sku"}).compensate() for items in (20, 150))

    assert large <= small * 1.1
