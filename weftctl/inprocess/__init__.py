"""The deployed functions, driven in one process over an AWS in memory, on a virtual clock.

What a benchmark counts and a fault test breaks is real: the handlers, the adapters, botocore and its retries, every
HTTP request. DynamoDB, S3 and the rest are answered by moto, SQS by ``sqs``; what Lambda's event sources do is done by
``stack``.
"""

from weftctl.inprocess.http import Call, Layer, Send
from weftctl.inprocess.stack import Crash, InProcessStack, Invocation

__all__ = ["Call", "Crash", "InProcessStack", "Invocation", "Layer", "Send"]
