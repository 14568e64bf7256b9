"""Writing to variables and output: target paths such as ``$.context.order.total``.

Layer: domain. Values are never changed in place: a write copies the containers along its path, so older states stay
what they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from chalicelib.domain.expressions import NOTHING, Nothing


class Target(NamedTuple):
    """Where a value goes: ``root`` is context (variables) or output, ``keys`` the way inside (empty: all of it)."""

    root: Literal["context", "output"]
    keys: tuple[str, ...]


@lru_cache(maxsize=4_096)
def parse_target(path: str) -> Target | None:
    """Read ``$.context.a.b`` or ``$.output.a``; None for anything else."""
    dollar, _, rest = path.partition(".")
    root, _, inner = rest.partition(".")
    if dollar != "$" or root not in ("context", "output"):
        return None
    keys = tuple(inner.split(".")) if inner else ()
    if "" in keys or (rest.endswith(".")):
        return None
    return Target("context" if root == "context" else "output", keys)


def set_in(container: Any, keys: tuple[str, ...], value: Any) -> Any:
    """``container`` with ``value`` at ``keys``; what is in the way and no object is replaced by one."""
    if not keys:
        return value
    changed = container.copy() if isinstance(container, dict) else {}
    changed[keys[0]] = value if len(keys) == 1 else set_in(changed.get(keys[0]), keys[1:], value)
    return changed


def pick(result: Any, field: str) -> Any | Nothing:
    """The ``field`` of a step's result: ``$`` is all of it, ``a.b`` is a key so named, else the way a, then b."""
    if field == "$":
        return result
    if isinstance(result, dict) and field in result:
        return result[field]
    value = result
    for key in field.split("."):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return NOTHING
    return value


def assignments(result: Any, output_mapping: Mapping[str, str]) -> dict[str, Any]:
    """``{target path: value}`` for an output mapping; fields that the result lacks are left out."""
    picked: dict[str, Any] = {}
    for field, target in output_mapping.items():
        value = result[field] if type(result) is dict and field in result and field != "$" else pick(result, field)
        if value is not NOTHING:
            picked[target] = value
        else:  # of two fields for one target, the last counts, be there one or not
            picked.pop(target, None)
    return picked


def assign(variables: dict[str, Any], output: Any, writes: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """Variables and output after ``writes`` ({target path: value}), in their order.

    All of ``$.context`` can be replaced only by an object; another value there is kept under the key ``value``.
    """
    for path, value in writes.items():
        target = parse_target(path)
        if target is None:
            message = f"not a target path: {path!r}"
            raise ValueError(message)
        if target.root == "output":
            output = set_in(output, target.keys, value)
        else:
            changed = set_in(variables, target.keys, value)
            variables = changed if isinstance(changed, dict) else {"value": changed}
    return variables, output
