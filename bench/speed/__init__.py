"""Speed of Weft and of its peers, measured side by side in one run. See docs/benchmarks.md."""
