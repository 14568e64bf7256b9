"""Reference workflows, run once for every AWS request that a function could die before or after."""
