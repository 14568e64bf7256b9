"""Executions: commands, events, state, and the functions that lead from one to the next."""
