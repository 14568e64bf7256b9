"""Activities: the Python functions that workflow steps run. This is the page to import from.

Layer: activities (beside the engine and the adapters; sees ports and domain). Importing it makes no client, reads no
setting and loads no activity.

    from chalicelib.activities import ActivityContext, ActivityError, RetryPolicy, activity

    @activity("billing.Charge", retry=RetryPolicy(max_attempts=3))
    def charge(input: dict, context: ActivityContext) -> dict: ...

Put your own into ``chalicelib/activities/custom``, or name their modules in ``WEFT_ACTIVITY_MODULES``.
"""

from chalicelib.activities.context import ActivityContext
from chalicelib.activities.errors import ActivityCanceled, ActivityError
from chalicelib.activities.registry import activity
from chalicelib.domain.definitions.model import RetryPolicy

__all__ = ["ActivityCanceled", "ActivityContext", "ActivityError", "RetryPolicy", "activity"]
