"""What AWS would bill: counted from the requests the deployed functions make, priced, and set beside the alternatives.

``sizes`` and ``capacity`` are DynamoDB's rules, ``meter`` counts, ``scenarios`` runs what is counted, ``alternatives``
computes what other services charge for the same work, ``idle`` what a stack costs that does nothing.
"""
