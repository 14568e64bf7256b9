"""The worker behind `weft worker`: takes tasks of a list from a service, and runs them in this process."""
