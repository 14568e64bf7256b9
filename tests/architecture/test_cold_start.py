"""Importing the application stays quick: every cold start waits for it.

Layer: tests. The limit is for a whole interpreter on a desktop-class core; a function with 256 MB has about a seventh
of one. What counts is the processor time of the quickest of several runs, which tests beside this one hardly change;
on an idle machine it is what `python -X importtime` reports.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.architecture.project import ROOT

LIMIT_SECONDS = 0.6
RUNS = 5


def importing_takes() -> float:
    """Seconds of processor time for `import app` in a fresh interpreter, its own start included."""
    before = os.times()
    subprocess.run([sys.executable, "-c", "import app"], cwd=ROOT, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@pytest.mark.slow
def test_importing_the_app_stays_under_the_limit() -> None:
    quickest = min(importing_takes() for _ in range(RUNS))
    assert 0 < quickest < LIMIT_SECONDS
