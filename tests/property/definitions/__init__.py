"""Properties of the definition language."""
