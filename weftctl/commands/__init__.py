"""The commands of `weft`, a module for each group. A command returns its exit code and raises ``CommandFailure``."""
