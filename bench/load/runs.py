"""What a load run has shown: samples, latencies and violations, and the figures that follow from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from bench.load.checks import growth_mb
from bench.load.sampling import Sample


@dataclass(frozen=True)
class Run:
    """One run. ``latencies`` are seconds from the request that starts an execution to its end, by kind of execution;
    ``calls`` count the calls of each effect's key; ``seconds`` is how long it took until the last end.
    """

    name: str
    command: str
    seconds: float
    samples: Sequence[Sample]
    latencies: Mapping[str, Sequence[float]]
    steps: int
    calls: Counter[str]
    violations: Sequence[str]
    more: Mapping[str, float] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """The summary, as plain values; times in seconds, memory in MB."""
        every = [latency for latencies in self.latencies.values() for latency in latencies]
        return {
            "executions": len(every),
            "seconds": round(self.seconds, 1),
            "executions_per_second": round(len(every) / self.seconds, 2),
            "steps_per_second": round(self.steps / self.seconds, 1),
            "latency_seconds": {"all": percentiles(every), **{k: percentiles(v) for k, v in self.latencies.items()}},
            "effects": len(self.calls),
            "repeated_calls": self.calls.total() - len(self.calls),
            "deepest_queues": self._deepest(),
            "memory_mb": dict(self.samples[-1].memory_mb),
            "processes": dict(self.samples[-1].processes),
            "growth_mb_per_process": growth_mb(self.samples),
            "violations": list(self.violations),
            **self.more,
        }

    def _deepest(self) -> dict[str, int]:
        names = self.samples[0].queues
        return {name: most for name in names if (most := max(sample.queues[name] for sample in self.samples))}


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The median, the 95th and 99th percentile and the maximum, with the count."""
    if len(values) < 2:
        return {"count": len(values), **{name: round(values[0], 3) for name in ("p50", "p95", "p99", "max") if values}}
    cuts = quantiles(values, n=100, method="inclusive")
    named = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(values)}
    return {"count": len(values), **{name: round(value, 3) for name, value in named.items()}}
