"""The place for your own activities.

Every module and package in this directory is imported when a function starts, so a file is all it takes:

    # chalicelib/activities/custom/billing.py
    from chalicelib.activities import ActivityContext, ActivityError, RetryPolicy, activity

    @activity("billing.Charge", retry=RetryPolicy(max_attempts=3))
    def charge(input: dict, context: ActivityContext) -> dict:
        if input["amount"] <= 0:
            raise ActivityError("InvalidAmount", "the amount must be positive", retryable=False)
        ...
        return {"payment_id": ...}

A step then says ``activity_type: billing.Charge``. What an activity imports must be in ``requirements.in``. Keep
modules cheap to import, since every cold start pays for them: make clients when they are first used, not at the top. A
module that cannot be imported stops the start and is named. ``docs/activities.md`` has the rest.

Of a package, only its ``__init__`` is imported: let that import what registers activities.
"""
