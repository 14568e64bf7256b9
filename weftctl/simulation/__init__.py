"""Workflows run wholly in memory: the engine as it is, memory adapters, mocked activities, and a clock that jumps."""
