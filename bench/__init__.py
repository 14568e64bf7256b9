"""Benchmarks: what a step costs, how fast it is, and what the stack bears."""
