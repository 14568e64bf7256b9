"""Workflow definitions: the model, its JSON Schema, parsing, both dialects, and validation."""
