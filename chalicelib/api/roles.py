"""Which route needs which role, and which group gives which roles: the one place to look.

Layer: api. A route without an entry cannot be registered.
"""

from __future__ import annotations

from typing import Final

from chalicelib.api.identity import Identity
from chalicelib.domain.errors import Forbidden

VIEWER: Final = "viewer"
OPERATOR: Final = "operator"
APPROVER: Final = "approver"
ADMIN: Final = "admin"
WORKER: Final = "worker"
PUBLISHER: Final = "publisher"
SIGNED_IN: Final = "signed_in"
"""What everybody has who has a name: the view itself decides by the caller's groups."""
EVERY_ROLE: Final = frozenset({SIGNED_IN, VIEWER, OPERATOR, APPROVER, ADMIN, WORKER, PUBLISHER})

GROUPS: Final[dict[str, frozenset[str]]] = {
    "weft-admins": EVERY_ROLE,
    "weft-operators": frozenset({OPERATOR, VIEWER}),
    "weft-approvers": frozenset({APPROVER, VIEWER}),
    "weft-viewers": frozenset({VIEWER}),
    "weft-workers": frozenset({WORKER}),
    "weft-publishers": frozenset({PUBLISHER}),
}

WEBSOCKET: Final = "WS"
REQUIRED: Final[dict[tuple[str, str], str | None]] = {
    ("GET", "/health"): None,
    ("GET", "/console"): None,
    ("GET", "/console/assets/{name}"): None,
    ("GET", "/console/config.json"): None,
    ("GET", "/api/v1/workflows"): VIEWER,
    ("POST", "/api/v1/workflows"): ADMIN,
    ("POST", "/api/v1/workflows/validate"): VIEWER,
    ("POST", "/api/v1/workflows/start"): OPERATOR,
    ("GET", "/api/v1/workflows/{workflow_id}"): VIEWER,
    ("PUT", "/api/v1/workflows/{workflow_id}"): ADMIN,
    ("DELETE", "/api/v1/workflows/{workflow_id}"): ADMIN,
    ("GET", "/api/v1/workflows/{workflow_id}/versions"): VIEWER,
    ("GET", "/api/v1/workflows/{workflow_id}/versions/{version}"): VIEWER,
    ("POST", "/api/v1/workflows/{workflow_id}/execute"): OPERATOR,
    ("GET", "/api/v1/workflows/{workflow_id}/visualization"): VIEWER,
    ("GET", "/api/v1/workflows/executions"): VIEWER,
    ("GET", "/api/v1/workflows/executions/{execution_id}"): VIEWER,
    ("GET", "/api/v1/workflows/executions/{execution_id}/history"): VIEWER,
    ("GET", "/api/v1/workflows/executions/{execution_id}/visualization"): VIEWER,
    ("GET", "/api/v1/visualize/{workflow_id}"): VIEWER,
    ("POST", "/api/v1/workflows/executions/control"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/control"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/pause"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/resume"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/cancel"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/skip/{step_id}"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/retry/{step_id}"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/rerun/{step_id}"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/confirm/{step_id}"): OPERATOR,
    ("PUT", "/api/v1/workflows/executions/{execution_id}/variables"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/signal"): OPERATOR,
    ("POST", "/api/v1/workflows/executions/{execution_id}/human-task/{step_id}"): SIGNED_IN,
    ("GET", "/api/v1/me"): SIGNED_IN,
    ("GET", "/api/v1/tasks/human"): SIGNED_IN,
    ("GET", "/api/v1/tasks/human/{task_id}"): SIGNED_IN,
    ("POST", "/api/v1/tasks/human/{task_id}/submit"): SIGNED_IN,
    ("GET", "/api/v1/notifications"): SIGNED_IN,
    ("POST", "/api/v1/notifications/{notification_id}/read"): SIGNED_IN,
    ("POST", "/api/v1/tasks/poll"): WORKER,
    ("POST", "/api/v1/tasks/{task_token}/heartbeat"): WORKER,
    ("POST", "/api/v1/tasks/{task_token}/complete"): WORKER,
    ("POST", "/api/v1/tasks/{task_token}/fail"): WORKER,
    ("POST", "/api/v1/events"): PUBLISHER,
    ("POST", "/api/v1/subscriptions"): OPERATOR,
    ("GET", "/api/v1/subscriptions"): VIEWER,
    ("GET", "/api/v1/subscriptions/{subscription_id}"): VIEWER,
    ("DELETE", "/api/v1/subscriptions/{subscription_id}"): OPERATOR,
    ("GET", "/api/v1/metrics"): VIEWER,
    (WEBSOCKET, "/ws"): VIEWER,
    (WEBSOCKET, "get_current_state"): VIEWER,
    (WEBSOCKET, "subscribe"): VIEWER,
    (WEBSOCKET, "unsubscribe"): VIEWER,
}
"""The role a caller needs for each (method, path), and each action over WebSocket; None needs not even a name."""


def roles_of(identity: Identity) -> frozenset[str]:
    """Every role that the groups of a caller give; groups that Weft does not know give none."""
    if identity.is_admin:
        return EVERY_ROLE
    return frozenset().union(*(GROUPS.get(group, frozenset()) for group in identity.groups))


def require(identity: Identity, role: str) -> None:
    """Raises ``Forbidden`` unless the caller has ``role``."""
    if role == SIGNED_IN or role in roles_of(identity):
        return
    givers = " or ".join(sorted(group for group, roles in GROUPS.items() if role in roles))
    raise Forbidden(f"{identity.name!r} lacks the role {role!r}; it comes with the group {givers}.")
