"""The pure core: definitions, expressions, and the decider. No I/O, no clock, no randomness."""
