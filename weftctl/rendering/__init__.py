"""How results look on a terminal: rich tables and the live view of a running execution."""
