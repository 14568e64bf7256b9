"""Use cases: start, advance, work, sweep, publish, query. They talk to ports only."""
