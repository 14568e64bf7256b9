"""Looks at the stack now and then: memory of each process, depth of each queue, executions started and ended."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

from bench.load.target import Target

_DEPTH = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclass(frozen=True)
class Sample:
    """One look. ``seconds`` since the run began; memory is resident, in MB, by function; ``processes`` are counted."""

    seconds: float
    started: int
    ended: int
    queues: Mapping[str, int]
    memory_mb: Mapping[str, float]
    processes: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


class Sampler:
    """Takes a sample each ``every_seconds`` from a thread of its own, from entry to exit."""

    def __init__(self, target: Target, started: Callable[[], int], *, every_seconds: float) -> None:
        self.samples: list[Sample] = []
        self._target = target
        self._started = started
        self._every_seconds = every_seconds
        self._already = target.endings.count()
        self._sqs = target.embedded_aws.client("sqs")
        self._began = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="sampler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def _sample(self) -> None:
        last_said = 0.0
        while True:
            sample = self._look()
            self.samples.append(sample)
            if sample.seconds - last_said >= 15:
                last_said = sample.seconds
                waiting = sum(sample.queues.values())
                counts = f"{sample.started} started, {sample.ended} ended, {waiting} messages"
                self._target.say(f"{sample.seconds:6.0f} s  {counts}, {sum(sample.memory_mb.values()):.0f} MB")
            if self._stopping.wait(self._every_seconds):
                return

    def _look(self) -> Sample:
        memory, processes = memory_mb(self._target)
        return Sample(
            seconds=round(time.monotonic() - self._began, 2),
            started=self._started(),
            ended=self._target.endings.count() - self._already,
            queues={name: depth(self._sqs, url) for name, url in self._target.queues.items()},
            memory_mb=memory,
            processes=processes,
        )


def depth(sqs: Any, url: str) -> int:
    """How many messages a queue holds: waiting, being worked on, and delayed."""
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_DEPTH))["Attributes"]
    return sum(int(attributes[name]) for name in _DEPTH)


def memory_mb(target: Target) -> tuple[dict[str, float], dict[str, int]]:
    """Resident memory by function, and the count of its processes. The emulator and this process are there too."""
    aws = target.embedded_aws
    names = {worker.pid: worker.function for worker in aws.workers()}
    names |= {aws.emulator.pid: "emulator", os.getpid(): "caller"}
    listing = subprocess.run(["ps", "-A", "-o", "pid=,rss="], capture_output=True, text=True, check=True).stdout
    memory: dict[str, float] = defaultdict(float)
    processes: dict[str, int] = defaultdict(int)
    for line in listing.splitlines():
        pid, kilobytes = map(int, line.split())
        if pid in names:
            memory[names[pid]] += kilobytes / 1024
            processes[names[pid]] += 1
    return {name: round(memory[name], 1) for name in sorted(memory)}, dict(sorted(processes.items()))
