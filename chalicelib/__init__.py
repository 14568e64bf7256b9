"""Weft: durable workflows on DynamoDB, SQS, Lambda and EventBridge.

Everything under this package ships to Lambda. Dependencies point one way:
``api | events -> bootstrap -> engine | adapters -> ports -> domain``.
"""

__version__ = "0.1.0"
