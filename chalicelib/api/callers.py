"""Who is asking, as the service sees it: what a page has to know to show only what its user may do. Layer: api."""

from __future__ import annotations

from typing import Final

from chalicelib.api import roles
from chalicelib.api.answers import Answer
from chalicelib.api.routing import Call, Routes

routes = Routes(__name__)

ME: Final = "/api/v1/me"


@routes.on("GET", ME)
def get_me(call: Call) -> Answer:
    """Say who the caller is: ``{name, groups, roles, proof}``, with the groups that the settings add."""
    caller = call.caller
    return Answer(
        body={
            "name": caller.name,
            "groups": sorted(caller.groups),
            "roles": sorted(roles.roles_of(caller) - {roles.SIGNED_IN}),
            "proof": caller.proof,
        }
    )
