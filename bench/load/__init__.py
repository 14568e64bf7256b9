"""Load on the embedded stack: a burst of executions at once, and a soak of mixed traffic. See docs/load.md."""
