"""The HTTP and WebSocket interface: what a request may say, who may say it, and how the answer reads.

Layer: api. Views ask the engine that ``bootstrap`` has built; they know no adapter. Every answer that is no success is
a problem document (RFC 9457).
"""
