"""What the framework expects behind a WebSocket API. Layer: api.

Chalice tells its own sender, which knows AWS alone, from which API each event came. Ours takes that from the event
itself (``chalicelib.ports.viewers``), so there is nothing to note; and no client is made on import.
"""

from __future__ import annotations


class Connections:
    """Stands in for the framework's sender."""

    def configure_from_api_id(self, api_id: str, stage: str) -> None:
        """Called before each event of the API ``api_id``."""
