"""`python -m bench.costs` counts and prints the costs; with `--short`, fewer steps."""

from __future__ import annotations

import sys

from rich.console import Console

from bench.costs.report import measure, show

show(measure(thorough="--short" not in sys.argv), Console(width=150))
