"""Commands, tasks and wake-ups in SQS. Layer: adapters.

Lambda's event sources do the receiving: `decode_command`, `decode_task` and `decode_wake_up` read the bodies they hand
in. Only the dead-letter queues are received from here.
"""

from chalicelib.adapters.sqs.commands import SqsCommandQueue
from chalicelib.adapters.sqs.dead_letters import SqsDeadLetterQueue, command_dead_letters, task_dead_letters
from chalicelib.adapters.sqs.depths import SqsQueueDepths
from chalicelib.adapters.sqs.messages import decode_command, decode_task, decode_wake_up
from chalicelib.adapters.sqs.tasks import SqsTaskQueue
from chalicelib.adapters.sqs.wakeups import SqsFanOutQueue, SqsWakeUpQueue

__all__ = [
    "SqsCommandQueue",
    "SqsDeadLetterQueue",
    "SqsFanOutQueue",
    "SqsQueueDepths",
    "SqsTaskQueue",
    "SqsWakeUpQueue",
    "command_dead_letters",
    "decode_command",
    "decode_task",
    "decode_wake_up",
    "task_dead_letters",
]
