"""What the engine needs from outside, as Protocols that state their guarantees under concurrency."""
