"""What validation looks for, one concern a module.

Layer: domain. A check takes a ``Subject`` and yields findings whose pointers lead into ``subject.definition``. It holds
for a partial definition too: what it cannot know because of a gap, it does not report.
"""
