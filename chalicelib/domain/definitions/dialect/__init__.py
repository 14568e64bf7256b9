"""What turns the first dialect, and the lenient forms of both, into the main dialect.

Layer: domain. Every function here leaves what it does not understand as it is: reading reports it where it stands.
"""
