"""The `weft` command line and the local runtime. Never shipped to Lambda."""
