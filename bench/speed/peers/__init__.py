"""Peers: a program each, which does the chain in an environment of its own. Not imported by the benchmark."""
