"""The speed table's arithmetic and orchestration. Layer: tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from bench import __main__ as bench
from bench.speed import decider, embedded, environments, local, report
from bench.speed.chains import chain
from bench.speed.environments import PeerUnavailable
from bench.speed.rows import Rounds, SpeedRow, against, alone, interleaved, ratio
from weftctl.testing import WorkflowTestEnvironment


@pytest.mark.parametrize(("more_is_better", "expected"), [(True, 2.0), (False, 0.5)])
def test_a_ratio_above_one_means_weft_is_ahead_when_either_way_is_better(more_is_better: bool, expected: float) -> None:
    assert ratio(10, 5, higher_is_better=more_is_better) == expected


def test_weft_and_the_peer_take_turns_when_rounds_are_run() -> None:
    turns: list[str] = []
    weft, peer = iter([1.0, 9.0, 2.0]), iter([4.0, 5.0, 90.0])

    def turn(name: str, values: object) -> float:
        turns.append(name)
        return next(values)  # type: ignore[call-overload, no-any-return]

    assert interleaved(3, lambda: turn("weft", weft), lambda: turn("peer", peer)) == Rounds(2.0, 5.0, 3)
    assert turns == ["weft", "peer"] * 3


def test_a_peer_is_left_out_with_the_reason_when_it_cannot_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(peer: str, requirements: list[str]) -> Path:
        raise PeerUnavailable("no such package")

    monkeypatch.setattr(environments, "install", refuse)
    said: list[str] = []
    row = local.row("DBOS", 10, 1, 1, said.append)
    assert (row.peer, row.ratio, row.note) == (None, None, "DBOS left out: no such package")
    assert row.weft > 0
    assert "left out: DBOS: no such package" in said


def test_the_file_has_the_fixed_shape_when_the_speed_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        report, "measure", lambda *, rounds, say: [against("m", "1/s", Rounds(1.0, 2.0, 1), "P", "why")]
    )
    target = tmp_path / "bench.json"
    assert bench.main(["--only", "speed", "--to", str(target)]) == 0
    written = json.loads(target.read_text(encoding="utf-8"))
    assert written["costs"] == []
    (row,) = written["speed"]
    assert {"measure", "unit", "higher_is_better", "weft", "peer", "peer_value", "ratio"} <= row.keys()
    assert (row["weft"], row["peer_value"], row["ratio"]) == (1.0, 2.0, 0.5)


def test_a_losing_ratio_is_printed_when_a_peer_is_ahead() -> None:
    console = Console(record=True, width=160)
    rows: list[SpeedRow] = [
        against("m", "1/s", Rounds(1.0, 2.0, 1), "P", "why"),
        alone("a", "s", [3.0], higher_is_better=False),
    ]
    report.show(rows, console)
    printed = console.export_text()
    assert "0.5" in printed
    assert "why" in printed


def test_rounds_stop_when_their_time_is_over() -> None:
    assert interleaved(5, lambda: 1.0, lambda: 2.0, seconds=0) == Rounds(1.0, 2.0, 1)


@pytest.mark.parametrize("kind", ["activity", "script"])
def test_a_chain_hands_its_number_on_when_it_runs(kind: str) -> None:
    ended = WorkflowTestEnvironment(chain(4, kind=kind)).start({"n": 3})
    assert (ended.state, ended.output) == ("completed", {"n": 7})


def test_a_chain_of_greetings_gives_what_the_peers_are_held_to() -> None:
    ended = WorkflowTestEnvironment(embedded.ACTIVITIES.workflow(3)).start({"n": 0, "name": "Ada"})
    assert (ended.state, ended.output) == ("completed", embedded.ACTIVITIES.output)


def test_the_decider_is_measured_when_it_decides_a_whole_chain() -> None:
    assert decider.steps_per_second(5, 1) > 0


def test_the_rate_runs_to_the_last_end_when_ends_come_out_of_order() -> None:
    began = datetime.now(UTC)
    ends = {"a": began + timedelta(seconds=40), "b": began + timedelta(seconds=20)}
    starts = iter(ends)
    rate = embedded._rate(2, lambda: next(starts), lambda each: ends[each])
    assert rate == pytest.approx(2 / 40, rel=0.01)


def test_an_execution_counts_as_unavailable_when_it_fails() -> None:
    with pytest.raises(PeerUnavailable, match="ended failed"):
        embedded._end_of({"state": "failed"})


def test_a_program_is_unavailable_with_its_last_words_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(PeerUnavailable, match="No such file"):
        environments.steps_per_second(tmp_path / "no-python", "dbos_chain", "10", "1")


def test_every_peer_has_pinned_requirements() -> None:
    assert {peer.home for peer in local.PEERS.values()} == environments.versions().keys()
    assert all("==" in each for pinned in environments.versions().values() for each in pinned)


def test_an_execution_counts_as_unavailable_when_its_output_is_another() -> None:
    ended = {"state": "completed", "completed_at": "2026-01-01T00:00:00.000Z", "output": {"n": 9}}
    assert embedded._end_of(ended, {"n": 9}) == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(PeerUnavailable, match=r"not \{'n': 10\}"):
        embedded._end_of(ended, {"n": 10})


@pytest.mark.parametrize("seen", [{"status": "FAILED"}, {"status": "SUCCEEDED", "output": '{"n": 9}'}])
def test_a_machine_counts_as_unavailable_when_it_ends_otherwise(seen: dict[str, str]) -> None:
    class Answering:
        def describe_execution(self, **_: str) -> dict[str, str]:
            return seen

    with pytest.raises(PeerUnavailable, match="of the peer ended"):
        embedded.Machine(Answering(), "arn").end_of("execution", {"n": 10})
