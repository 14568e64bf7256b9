"""Pictures of workflows: one graph, made from a definition and, if there is one, from an execution's status; and its
renderers, each a pure function from that graph to text or bytes.
"""
