"""Implementations of the ports: DynamoDB, SQS, S3, the system clock, and memory."""
