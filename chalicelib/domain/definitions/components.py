"""Strongly connected components, without recursion.

Layer: domain. Tarjan, "Depth-first search and linear graph algorithms" (1972), with an explicit stack.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator


def components(nodes: Iterable[str], targets: Callable[[str], Iterable[str]]) -> list[list[str]]:
    """The strongly connected components of a graph; those that lead nowhere else come first."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    open_ones: list[str] = []
    is_open: set[str] = set()
    found: list[list[str]] = []
    for root in nodes:
        if root in order:
            continue
        work: list[tuple[str, Iterator[str]]] = []
        _visit(root, targets, order, low, open_ones, is_open, work)
        while work:
            node, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    found.append(_close(node, open_ones, is_open))
            elif following not in order:
                _visit(following, targets, order, low, open_ones, is_open, work)
            elif following in is_open:
                low[node] = min(low[node], order[following])
    return found


def _visit(
    node: str,
    targets: Callable[[str], Iterable[str]],
    order: dict[str, int],
    low: dict[str, int],
    open_ones: list[str],
    is_open: set[str],
    work: list[tuple[str, Iterator[str]]],
) -> None:
    order[node] = low[node] = len(order)
    open_ones.append(node)
    is_open.add(node)
    work.append((node, iter(list(targets(node)))))


def _close(node: str, open_ones: list[str], is_open: set[str]) -> list[str]:
    component = []
    while True:
        member = open_ones.pop()
        is_open.discard(member)
        component.append(member)
        if member == node:
            return component


def shortest_cycle(start: str, targets: Callable[[str], Iterable[str]], within: set[str]) -> list[str]:
    """The nodes of a shortest cycle through ``start`` inside a component, ``start`` first and not repeated."""
    came_from: dict[str, str] = {}
    pending = deque([start])
    while pending:
        node = pending.popleft()
        for target in targets(node):
            if target == start:
                path = [node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if target in within and target not in came_from:
                came_from[target] = node
                pending.append(target)
    raise ValueError(f"{start} is on no cycle")
