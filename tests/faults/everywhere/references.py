"""The reference workflows: their definitions, what people and systems outside do, and the activities they run.

Each reference is played by everything that stands outside of the engine: whoever starts it, answers its tasks and
publishes events for it looks at what the execution waits for and acts then, so that a crash which delays a step does
not change the story. Nothing in them is bounded in time so tightly that a delay of one visibility timeout would.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from chalicelib.activities.errors import ActivityError
from chalicelib.activities.examples import orders
from chalicelib.activities.registry import ActivityRegistry
from chalicelib.domain.execution.commands import Signal, SubmitHuman
from tests.unit.execution.play import activity, chain, workflow
from weftctl.inprocess import InProcessStack

EXAMPLES: Final = Path(__file__).parents[3] / "examples"
RETRY: Final = {"max_attempts": 4, "initial_interval": 2, "backoff_coefficient": 3, "max_interval": 10}
PATIENT: Final = {"max_attempts": 20, "initial_interval": 1, "backoff_coefficient": 2, "max_interval": 60}
"""For what the engine itself sends: each attempt is several requests."""

Act = Callable[[InProcessStack], None]


class Receiver:
    """What stands behind the activities: it knows each request by its idempotency key, and does it once.

    ``effects`` are the keys with what was done for them; ``calls`` counts how often each was asked for.
    """

    def __init__(self) -> None:
        self.registry = ActivityRegistry()
        self.effects: dict[str, Any] = {}
        self.calls: Counter[str] = Counter()
        self._refused: set[str] = set()
        self.registry.activity("count")(self.count)
        self.registry.activity("count.inline", inline=True)(self.count)
        self.registry.activity("flaky")(self.flaky)
        for name, function in ORDERS.items():
            self.registry.activity(name)(self._known_by_key(function))

    def count(self, input: Any, context: Any) -> Any:
        """Gives the input's ``n`` and one more."""
        n = input.get("n", 0) if isinstance(input, dict) else 0
        return self._do(context, lambda: {"n": n + 1})

    def flaky(self, input: Any, context: Any) -> Any:
        """Refuses the first request with each key."""
        if context.idempotency_key not in self._refused:
            self._refused.add(context.idempotency_key)
            code = "Flaky"
            raise ActivityError(code, "not yet")
        return self.count(input, context)

    def _known_by_key(self, function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
        return lambda input, context: self._do(context, lambda: function(input, context))

    def _do(self, context: Any, act: Callable[[], Any]) -> Any:
        key = context.idempotency_key
        self.calls[key] += 1
        if key not in self.effects:
            self.effects[key] = act()
        return self.effects[key]


ORDERS: Final[dict[str, Callable[..., Any]]] = {
    "example.ChargeCard": orders.charge_card,
    "example.Refund": orders.refund,
    "example.ReserveStock": orders.reserve_stock,
    "example.ReleaseStock": lambda input, _: orders.release_stock(input),
    "example.PickOrder": orders.pick_order,
}


class Reaction(msgspec.Struct, frozen=True):
    """What somebody outside does, once, when ``step`` is in ``state``."""

    step: str
    state: str
    act: Act


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow to be killed everywhere. ``documents`` has it first; ``ends`` is the state it has to end in."""

    name: str
    documents: list[dict[str, Any]]
    input: Any
    reactions: tuple[Reaction, ...] = ()
    ends: str = "completed"


def _of(step_id: str, activity_type: str, **fields: Any) -> dict[str, Any]:
    mapping = {"input_mapping": {"n": "$.context.n"}, "output_mapping": {"n": "$.context.n"}}
    return activity(step_id, of={"activity_type": activity_type, **mapping}, **fields)


def _step(step_id: str, type_: str, **of: Any) -> dict[str, Any]:
    return {"id": step_id, "step_type": {"type": type_, **of}}


def _answered(step: str, groups: tuple[str, ...]) -> Act:
    request = SubmitHuman(id=f"answer-{step}", by="lea", step=step, action="approve", groups=groups)
    return lambda stack: stack.request("x", request)


def _published(name: str, data: Any, correlation: str | None = None) -> Act:
    return lambda stack: stack.publish_event(name, data, event_id=f"event-{name}", correlation=correlation)


def _every_step_type() -> Reference:
    parts = _step(
        "parts",
        "parallel",
        branches=[
            {"name": "left", "entry_step_id": "queued", "exit_step_id": "inline"},
            {"name": "right", "entry_step_id": "timer", "exit_step_id": "each"},
        ],
    )
    each = _step("each", "map", items="[1,2,3]", entry_step_id="item", exit_step_id="item", max_concurrency=2)
    item = activity("item", of={"activity_type": "count", "input_mapping": {"n": "$.item"}})
    child = chain(_of("inner", "flaky", retry_policy=RETRY), id="child")
    document = {
        **workflow(
            _step("set", "data_mapping", mapping={"$.context.n": 0}),
            parts,
            _of("queued", "flaky", retry_policy=RETRY),
            _of("inline", "count.inline"),
            _step("timer", "timer", timer_config={"type": "delay", "seconds": 5}),
            each,
            item,
            _step("which", "decision", conditions=[{"condition": "$.context.n >= 2", "transition_to": "script"}]),
            _step("script", "script", expression="{'n': $.context.n * 10}", output_mapping={"n": "$.context.n"}),
            _step("signal", "wait", event_name="go"),
            _step("event", "wait", event_name="arrived", correlation="'c-1'", output_mapping={"at": "$.context.at"}),
            {**_step("tell", "event", event_type="told", payload={"n": "$.context.n"}), "retry_policy": PATIENT},
            _step("person", "human", intervention_point_id="point"),
            _step("child", "sub_workflow", workflow_id="child", input_mapping={"n": "$.context.n"}),
            _step("result", "data_mapping", mapping={"$.output.n": "$.context.n", "$.output.at": "$.context.at"}),
            transitions=[
                ("start", "set"),
                ("set", "parts"),
                ("queued", "inline"),
                ("timer", "each"),
                ("parts", "which"),
                ("script", "signal"),
                ("signal", "event"),
                ("event", "tell"),
                ("tell", "person"),
                ("person", "child"),
                ("child", "result"),
                ("result", "end"),
            ],
            id="every-step-type",
        ),
        "human_intervention_points": [
            {
                "id": "point",
                "step_id": "person",
                "name": "A person",
                "user_groups": ["leads"],
                "allowed_actions": [{"type": "approve"}],
            }
        ],
    }
    reactions = (
        Reaction("signal", "waiting_for_event", lambda stack: stack.request("x", Signal(id="s-1", name="go"))),
        Reaction("event", "waiting_for_event", _published("arrived", {"at": "noon"}, "c-1")),
        Reaction("person", "waiting_for_human_intervention", _answered("person", ("leads",))),
    )
    return Reference(name="every-step-type", documents=[document, child], input={"n": 0}, reactions=reactions)


def _order() -> Reference:
    return Reference(
        name="order",
        documents=[yaml.safe_load((EXAMPLES / "order-fulfilment.yaml").read_text(encoding="utf-8"))],
        input=json.loads((EXAMPLES / "order-fulfilment" / "large.json").read_text(encoding="utf-8")),
        reactions=(
            Reaction("approve", "waiting_for_human_intervention", _answered("approve", ("sales-leads",))),
            Reaction("shipped", "waiting_for_event", _published("parcel.shipped", {"tracking": "T-200"}, "o-2")),
        ),
    )


def _map() -> Reference:
    items = _step("m", "map", items="[1..50]", entry_step_id="i", exit_step_id="i", max_concurrency=20)
    item = activity("i", of={"activity_type": "count", "input_mapping": {"n": "$.item"}})
    total = _step("t", "data_mapping", mapping={"$.output.sum": "$sum($.steps.m.output.n)"})
    document = workflow(items, item, total, transitions=[("start", "m"), ("m", "t"), ("t", "end")], id="map")
    return Reference(name="map", documents=[document], input={})


def _saga() -> Reference:
    lines = _step("m", "map", items="[1,2,3,4]", entry_step_id="i", exit_step_id="i", max_concurrency=2)
    line = activity("i", of={"activity_type": "count", "input_mapping": {"n": "$.item"}}, compensation_step_id="undo-i")
    document = workflow(
        _step("set", "data_mapping", mapping={"$.context.n": 0}),
        lines,
        line,
        _of("a", "count", compensation_step_id="undo-a"),
        _of("b", "count.inline", compensation_step_id="undo-a"),
        _of("fails", "absent"),
        activity("undo-i", of={"activity_type": "flaky", "input_mapping": {"n": "$.item"}}, retry_policy=RETRY),
        activity("undo-a", of={"activity_type": "count.inline", "input_mapping": {"n": "$.compensated.output.n"}}),
        transitions=[("start", "set"), ("set", "m"), ("m", "a"), ("a", "b"), ("b", "fails"), ("fails", "end")],
        id="saga",
    )
    return Reference(name="saga", documents=[document], input={}, ends="failed")


REFERENCES: Final = {each.name: each for each in (_every_step_type(), _order(), _map(), _saga())}
