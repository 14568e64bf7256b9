"""Activities of the example workflows, always registered. They do no I/O and keep nothing."""
