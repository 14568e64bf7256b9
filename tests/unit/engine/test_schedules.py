"""Schedules: one execution for each due instant, whoever sweeps, and however often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.memory import VirtualClock
from chalicelib.domain.errors import Unavailable
from chalicelib.engine.schedules import PARTITION, scheduled_id
from chalicelib.settings import Settings
from tests.unit.execution.play import chain

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Town:
    """An engine whose sweeper comes when the test says so, and whose queues are worked off to the second."""

    def __init__(self, now: datetime = NOON, **settings: Any) -> None:
        self.clock = VirtualClock(now)
        self.errors: list[tuple[str, Exception]] = []
        self.settings = Settings(stage="local", **settings)
        self.engine = bootstrap.in_memory(self.settings, clock=self.clock, on_error=self._note)

    def _note(self, name: str, error: Exception) -> None:
        self.errors.append((name, error))

    @property
    def wakeups(self) -> Any:
        return self.engine.adapters.near_wakeups

    def register(
        self, cron: str | None = "*/10 * * * *", version: str = "1.0.0", zone: str = "UTC", **more: Any
    ) -> None:
        schedule = {} if cron is None else {"schedule": {"cron": cron, "timezone": zone}}
        self.engine.definitions.register(chain(id="w", version=version, **schedule, **more))

    def run(self, until: datetime, *, sweeping: bool = True) -> None:
        """Let time pass, with a sweep a minute, and every wake-up given when it is due."""
        while self.clock.now() < until:
            following = min(until, self.clock.now() + MINUTE)
            self.wake(following)
            self.clock.advance_to(following)
            if sweeping:
                self.engine.sweep()
        self.wake(until)

    def wake(self, until: datetime) -> None:
        """Give every wake-up that falls due up to ``until``, at its time."""
        while (due := self.wakeups.next_visible_at()) is not None and due <= until:
            self.clock.advance_to(max(due, self.clock.now()))
            for delivery in self.wakeups.receive(10, now=self.clock.now()):
                self.engine.wake.handle(delivery)
                self.wakeups.acknowledge(delivery.delivery_id)

    def started(self, at: datetime) -> dict[str, Any] | None:
        """What the start of the execution for an instant says, with when it was made."""
        first = next(iter(self.engine.adapters.store.read(scheduled_id("w", at))), None)
        return None if first is None else {"time": first.time, **first.events[0].details}

    def instants(self, first: datetime, last: datetime) -> list[datetime]:
        """The whole minutes for which there is an execution."""
        minutes = [first + n * MINUTE for n in range((last - first) // MINUTE + 1)]
        return [at for at in minutes if self.started(at) is not None]


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


def test_execution_is_started_to_the_second_when_an_instant_is_due() -> None:
    town = Town()
    town.register(tags={"team": "x"})

    town.run(at(13))

    assert town.instants(at(11), at(14)) == [at(12, m) for m in (10, 20, 30, 40, 50)] + [at(13)]
    started = town.started(at(12, 10))
    assert started is not None
    assert started["time"] == at(12, 10)
    assert started["input"] == {"scheduled_at": "2026-06-01T12:10:00.000Z"}
    assert (started["started_by"], started["tags"]) == ("schedule", {"team": "x"})


def test_first_instant_is_met_when_it_comes_before_the_next_sweep() -> None:
    town = Town(at(12, 9))
    town.register()

    town.run(at(12, 10), sweeping=False)

    assert town.instants(at(12), at(13)) == [at(12, 10)]


def test_each_instant_starts_once_when_two_sweepers_race() -> None:
    town = Town()
    town.register("* * * * *")
    town.run(at(12, 2), sweeping=False)
    other = bootstrap.assemble(town.settings, town.engine.adapters)

    entries = list(town.engine.adapters.entries.read(PARTITION))
    sent = [
        engine.sweep._schedules._schedules.look_ahead(entry)  # both act on what they read before either wrote
        for engine in (town.engine, other)
        for entry in entries
    ]
    town.run(at(12, 5))

    assert sent == [2, 2]
    assert town.instants(at(12), at(12, 5)) == [at(12, m) for m in (1, 2, 3, 4, 5)]
    assert town.errors == []


def test_missed_instants_are_started_when_nobody_swept_for_an_hour() -> None:
    town = Town()
    town.register("*/20 * * * *")

    town.run(at(13), sweeping=False)
    assert town.instants(at(12), at(14)) == []
    town.engine.sweep()
    town.run(at(13, 1))

    assert town.instants(at(12), at(14)) == [at(12, 20), at(12, 40), at(13)]
    late = town.started(at(12, 20))
    assert late is not None
    assert late["input"] == {"scheduled_at": "2026-06-01T12:20:00.000Z"}


def test_instants_too_far_back_are_reported_once_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    town = Town(schedule_catch_up_seconds=1_800)
    town.register("*/20 * * * *")
    town.clock.advance_to(at(15, 5))

    for _ in range(3):
        town.engine.sweep()
    town.run(at(15, 6))

    assert town.instants(at(12), at(16)) == [at(14, 40), at(15)]
    found = [record.getMessage() for record in caplog.records if "ScheduledStartsMissed" in record.getMessage()]
    span = "from 2026-06-01T12:20:00.000Z to 2026-06-01T14:35:00.000Z"
    assert found == [f"ScheduledStartsMissed of w: {span} nobody swept: what was due then is not started"]


def test_nothing_is_reported_when_nothing_was_due_while_nobody_swept(caplog: pytest.LogCaptureFixture) -> None:
    town = Town()
    town.register("0 9 * * *")
    town.clock.advance_to(at(8, 30, day=2))

    town.engine.sweep()
    town.run(at(9, 1, day=2))

    assert not caplog.records
    assert town.instants(at(8, day=2), at(10, day=2)) == [at(9, day=2)]


def test_many_missed_instants_are_made_up_for_sweep_by_sweep() -> None:
    town = Town()
    town.register("* * * * * *")  # every second: an hour has more of them than one sweep sends
    town.clock.advance_to(at(12, 20))

    sent = [town.engine.sweep().schedules for _ in range(4)]

    assert sent == [500, 500, 200, 0]


# --- changes of the clocks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "cron", "instants"),
    [
        ("2026-03-29", "30 2 * * *", ["01:00"]),  # there is no 02:30: at 03:00 summer time
        ("2026-03-29", "0 * * * *", ["00:00", "01:00", "02:00"]),
        ("2026-10-25", "30 2 * * *", ["00:30"]),  # 02:30 comes twice: the first time
        ("2026-10-25", "0 * * * *", ["00:00", "01:00", "02:00"]),
    ],
)
def test_schedule_keeps_to_the_clocks_of_its_zone_when_they_change(day: str, cron: str, instants: list[str]) -> None:
    begin = datetime.fromisoformat(f"{day}T00:00:00Z")
    town = Town(begin - timedelta(minutes=2))
    town.register(cron, zone="Europe/Berlin")

    end = begin + timedelta(hours=2, minutes=5)
    town.run(end)

    assert [f"{each:%H:%M}" for each in town.instants(begin, end)] == instants


# --- changes of the definition ----------------------------------------------------------------------------------------


def test_new_default_version_takes_over_from_the_next_instant() -> None:
    town = Town()
    town.register("*/10 * * * *")
    town.run(at(12, 8))  # what is due at 12:10 is on its way

    town.register("5,13 * * * *", version="1.1.0")
    town.run(at(12, 30))

    assert town.instants(at(12), at(12, 30)) == [at(12, 13)]
    started = town.started(at(12, 13))
    assert started is not None
    assert started["workflow_version"] == "1.1.0"


def test_version_below_the_default_changes_no_schedule() -> None:
    town = Town()
    town.register("*/10 * * * *", version="2.0.0")

    town.register("* * * * *", version="1.0.0")
    town.run(at(12, 12))

    assert town.instants(at(12), at(12, 12)) == [at(12, 10)]


def test_schedule_ends_when_the_default_version_has_none() -> None:
    town = Town()
    town.register("*/10 * * * *")
    town.run(at(12, 9))

    town.register(None, version="1.1.0")
    town.run(at(12, 30))

    assert town.instants(at(12), at(12, 30)) == []
    assert list(town.engine.adapters.entries.read(PARTITION)) == []


def test_schedule_ends_when_the_workflow_is_deleted_and_begins_anew_when_it_comes_again() -> None:
    town = Town()
    town.register("*/10 * * * *")
    town.run(at(12, 9))

    town.engine.definitions.delete("w")
    town.run(at(12, 35))
    assert town.instants(at(12), at(12, 35)) == []
    town.register("*/10 * * * *", version="1.1.0")
    town.run(at(12, 45))

    assert town.instants(at(12), at(12, 45)) == [at(12, 40)]


def test_outage_is_made_up_for_when_the_same_definition_is_registered_after_it() -> None:
    town = Town()
    town.register("*/20 * * * *")
    town.clock.advance_to(at(12, 30))

    town.register("*/20 * * * *")
    town.run(at(12, 31), sweeping=False)

    assert town.instants(at(12), at(12, 31)) == [at(12, 20)]


def test_registering_again_heals_when_the_entry_was_never_written() -> None:
    town = Town()
    town.register()
    town.engine.adapters.entries.delete(PARTITION, "w")

    town.register()
    town.run(at(12, 10))

    assert town.instants(at(12), at(12, 10)) == [at(12, 10)]


def test_schedule_of_the_other_holds_when_somebody_registers_at_the_same_time() -> None:
    """The second registration happens between the first one's look at the default version and its write."""
    town = Town()
    entries = town.engine.adapters.entries
    real = entries.put
    done: list[bool] = []

    def put(*args: Any, **kwargs: Any) -> None:
        if not done:
            done.append(True)
            town.register("7 * * * *", version="1.1.0")
        real(*args, **kwargs)

    entries.put = put  # type: ignore[method-assign]
    town.register("*/10 * * * *")

    (entry,) = entries.read(PARTITION)
    assert entry.body["cron"] == "7 * * * *"


# --- starts -----------------------------------------------------------------------------------------------------------


def field(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "field_type": {"type": "string"}, **more}


def test_defaults_are_filled_in_when_the_input_type_has_some() -> None:
    town = Town()
    town.register(input_type={"fields": [field("region", default="eu")]})

    town.run(at(12, 10))

    started = town.started(at(12, 10))
    assert started is not None
    assert started["input"] == {"scheduled_at": "2026-06-01T12:10:00.000Z", "region": "eu"}


def test_wake_up_that_comes_twice_changes_nothing_when_the_default_version_has_changed_between() -> None:
    town = Town()
    town.register(input_type={"fields": [field("region", default="eu")]})
    town.run(at(12, 9))
    (delivery,) = town.wakeups.receive(10, now=at(12, 10))

    town.engine.wake.handle(delivery)
    town.register(version="1.1.0", input_type={"fields": [field("region", default="us")]})
    town.engine.wake.handle(delivery)

    started = town.started(at(12, 10))
    assert started is not None
    assert started["input"]["region"] == "eu"


def test_input_is_empty_when_the_input_type_allows_no_other_fields() -> None:
    town = Town()
    town.register(input_type={"json_schema": {"type": "object", "additionalProperties": False}})

    town.run(at(12, 10))

    started = town.started(at(12, 10))
    assert started is not None
    assert started["input"] == {}


def test_schedule_goes_on_when_its_starts_are_refused(caplog: pytest.LogCaptureFixture) -> None:
    town = Town()
    town.register(input_type={"fields": [field("order", required=True)]})

    town.run(at(12, 20))

    assert town.instants(at(12), at(12, 20)) == []
    found = [record.getMessage() for record in caplog.records]
    assert len(found) == 2
    assert found[0].startswith("ScheduledStartsRefused of w: 2026-06-01T12:10:00.000Z: The input does not fit")
    assert "order" in found[0]
    town.register(version="1.1.0")
    town.run(at(12, 30))
    assert town.instants(at(12), at(12, 30)) == [at(12, 30)]


def test_wake_up_comes_again_when_a_start_finds_no_store() -> None:
    town = Town()
    town.register()
    store = town.engine.adapters.store
    real = store.append

    def refuse(*args: Any, **kwargs: Any) -> int:
        raise Unavailable("for a while")

    town.run(at(12, 9))
    store.append = refuse  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        town.wake(at(12, 10))
    store.append = real  # type: ignore[method-assign]


def test_dead_wake_up_of_a_schedule_starts_what_it_was_for() -> None:
    town = Town()
    town.register()
    town.run(at(12, 9))
    (delivery,) = town.wakeups.receive(10, now=at(12, 10))
    town.engine.adapters.dead_tasks.put(delivery.message)  # type: ignore[attr-defined]

    town.engine.sweep()

    assert town.started(at(12, 10)) is not None


def test_one_schedule_that_cannot_be_read_holds_up_no_other() -> None:
    town = Town()
    town.register()
    town.engine.adapters.entries.put(PARTITION, "a", {"cron": "no", "timezone": "UTC", "after": "2026-06-01T11:59:00Z"})

    town.run(at(12, 10))

    assert town.instants(at(12), at(12, 10)) == [at(12, 10)]
    assert {name for name, _ in town.errors} == {"a"}


def test_execution_id_is_a_valid_one_when_the_workflow_id_is_long() -> None:
    assert scheduled_id("w", NOON) == "w:20260601T120000Z"
    assert len(scheduled_id("w" * 128, NOON)) <= 128
