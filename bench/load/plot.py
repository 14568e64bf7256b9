"""Draws a load run: ``python bench/load/plot.py build/load/soak.json docs/images/load-soak.svg``.

Needs nothing but matplotlib (``requirements.txt`` beside it), so that it runs in an environment of its own.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
mpl.rcParams["svg.hashsalt"] = "weft"  # the same figures give the same file

from matplotlib import pyplot as plt  # noqa: E402 - it has to know where to draw

_SIZE_INCHES = (10, 11)
_WINDOW_SECONDS = 20.0  # over which throughput is a mean
_SHOWN_FUNCTIONS = 8


def main() -> None:
    """Draws what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the JSON that a load run wrote")
    parser.add_argument("picture", type=Path, help="where to draw: .svg or .png")
    options = parser.parse_args()
    figure = draw(json.loads(options.run.read_text(encoding="utf-8")))
    options.picture.parent.mkdir(parents=True, exist_ok=True)
    undated = {"Date": None} if options.picture.suffix == ".svg" else None
    figure.savefig(options.picture, dpi=110, metadata=undated)


def draw(run: dict[str, Any]) -> Any:
    """Four panels: progress and throughput, queue depth, memory by function over time, and latencies by kind."""
    figure, (progress, queues, memory, latency) = plt.subplots(4, 1, figsize=_SIZE_INCHES, layout="constrained")
    samples = run["samples"]
    seconds = [sample["seconds"] for sample in samples]
    figure.suptitle(f"{run['command']}\n{run['date']}; {run['machine']}", fontsize=11)
    _progress(progress, seconds, samples)
    _queues(queues, seconds, samples)
    _memory(memory, seconds, samples)
    _latency(latency, run["latencies"])
    for panel in (progress, queues, memory):
        panel.set_xlabel("seconds since the run began")
        panel.set_xlim(0, seconds[-1])
        panel.set_ylim(bottom=0)
        panel.grid(alpha=0.3)
    return figure


def _progress(panel: Any, seconds: list[float], samples: list[dict[str, Any]]) -> None:
    ended = [sample["ended"] for sample in samples]
    panel.set_title("Executions", loc="left", fontsize=10)
    panel.plot(seconds, [sample["started"] for sample in samples], label="started", color="tab:blue")
    panel.plot(seconds, ended, label="ended, sub-workflows among them", color="tab:green")
    panel.set_ylabel("executions")
    rate = panel.twinx()
    rate.plot(seconds, _rate(seconds, ended), label="ended per second (right)", color="tab:orange", linewidth=0.9)
    rate.set_ylabel("executions per second")
    rate.set_ylim(bottom=0)
    lines = panel.get_lines() + rate.get_lines()
    labels = [line.get_label() for line in lines]
    panel.legend(lines, labels, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, fontsize=8, frameon=False)


def _rate(seconds: list[float], ended: list[int]) -> list[float]:
    """Ends per second over the window before each sample."""
    rates = []
    first = 0
    for now, at in enumerate(seconds):
        while seconds[first] < at - _WINDOW_SECONDS:
            first += 1
        rates.append((ended[now] - ended[first]) / (at - seconds[first]) if now > first else 0.0)
    return rates


def _queues(panel: Any, seconds: list[float], samples: list[dict[str, Any]]) -> None:
    panel.set_title("Queue depth: waiting, in flight and delayed", loc="left", fontsize=10)
    for name in samples[0]["queues"]:
        depths = [sample["queues"][name] for sample in samples]
        if any(depths):
            panel.plot(seconds, depths, label=name, linewidth=1)
    panel.set_ylabel("messages")
    panel.legend(loc="upper right", fontsize=8)


def _memory(panel: Any, seconds: list[float], samples: list[dict[str, Any]]) -> None:
    panel.set_title(
        "Resident memory of the mean process of each function, and of the emulator", loc="left", fontsize=10
    )
    names = sorted(samples[-1]["memory_mb"], key=lambda name: -samples[-1]["memory_mb"][name])
    for name in names[:_SHOWN_FUNCTIONS]:
        per_process = [
            sample["memory_mb"][name] / sample["processes"][name] if name in sample["memory_mb"] else None
            for sample in samples
        ]
        count = samples[-1]["processes"][name]
        panel.plot(seconds, per_process, label=f"{name} ({count})", linewidth=1)
    panel.set_ylabel("MB per process")
    panel.legend(
        loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, title="function (processes)", title_fontsize=8
    )


def _latency(panel: Any, latencies: dict[str, list[float]]) -> None:
    panel.set_title("From the request that starts an execution to its end", loc="left", fontsize=10)
    for kind, values in latencies.items():
        ordered = sorted(values)
        shares = [100 * (number + 1) / len(ordered) for number in range(len(ordered))]
        panel.plot(ordered, shares, label=f"{kind} ({len(ordered)})", linewidth=1)
    panel.set_xlabel("seconds")
    panel.set_ylabel("% of executions ended")
    panel.set_xlim(left=0)
    panel.set_ylim(0, 100)
    panel.grid(alpha=0.3)
    panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, title="kind (executions)", title_fontsize=8)


if __name__ == "__main__":
    main()
