"""One suite for each port, which every adapter passes.

Layer: tests. Each test runs on `memory`, on `moto` (in this process, strict about requests) and on `emulator` (the
embedded AWS, a process of its own, where threads really race). A test names what the port promises, never an adapter.
"""
