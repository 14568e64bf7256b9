"""Functions behind the Lambda functions that no one calls by HTTP: queues, the stream, the schedule."""
