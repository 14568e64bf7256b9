"""Every port in memory: for `weft run`, for users' tests, and for our own.

Layer: adapters. These keep the same promises as the ones on AWS, checked by the same contract suite, and are safe to
use from several threads. What comes in is copied through its encoded form, so that nothing a caller does to a value
afterwards changes it, and what has no JSON form is refused here too.
"""

from chalicelib.adapters.memory.blobs import MemoryBlobs
from chalicelib.adapters.memory.clock import VirtualClock
from chalicelib.adapters.memory.commands import MemoryCommandQueue
from chalicelib.adapters.memory.definitions import MemoryDefinitionStore
from chalicelib.adapters.memory.depths import MemoryQueueDepths
from chalicelib.adapters.memory.entries import MemoryEntries
from chalicelib.adapters.memory.event_bus import MemoryEventBus
from chalicelib.adapters.memory.executions import MemoryExecutionStore
from chalicelib.adapters.memory.notifier import MemoryNotifier
from chalicelib.adapters.memory.queues import (
    MemoryDeadLetterQueue,
    MemoryFanOutQueue,
    MemoryTaskQueue,
    MemoryWakeUpQueue,
)
from chalicelib.adapters.memory.summaries import MemorySummaryStore
from chalicelib.adapters.memory.timers import MemoryTimerStore
from chalicelib.adapters.memory.viewers import MemoryViewers

__all__ = [
    "MemoryBlobs",
    "MemoryCommandQueue",
    "MemoryDeadLetterQueue",
    "MemoryDefinitionStore",
    "MemoryEntries",
    "MemoryEventBus",
    "MemoryExecutionStore",
    "MemoryFanOutQueue",
    "MemoryNotifier",
    "MemoryQueueDepths",
    "MemorySummaryStore",
    "MemoryTaskQueue",
    "MemoryTimerStore",
    "MemoryViewers",
    "MemoryWakeUpQueue",
    "VirtualClock",
]
