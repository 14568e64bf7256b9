"""What the model says about the shape of a document: types, bounds and roles, read off the annotations once.

Layer: domain. ``reading``, ``schema`` and ``places`` all walk these descriptions.
"""

from __future__ import annotations

from functools import cache

import msgspec
from msgspec import inspect


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A type without its wrapping. ``role`` is the meaning of a text or number; empty if it has none."""

    info: inspect.Type
    role: str = ""


@cache
def struct_info(cls: type) -> inspect.StructType:
    """The description of a struct of the model."""
    info = inspect.type_info(cls)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{cls} is no struct")
    return info


def shape_of(info: inspect.Type) -> Shape:
    """The type with ``None`` and metadata taken off."""
    role = ""
    while True:
        if isinstance(info, inspect.Metadata):
            role = (info.extra or {}).get("role", role)
            info = info.type
        elif isinstance(info, inspect.UnionType) and any(isinstance(each, inspect.NoneType) for each in info.types):
            members = tuple(each for each in info.types if not isinstance(each, inspect.NoneType))
            info = members[0] if len(members) == 1 else inspect.UnionType(members)
        else:
            return Shape(info=info, role=role)


def tagged_members(info: inspect.UnionType) -> dict[str, inspect.StructType]:
    """The structs of a union that is told apart by ``type``, by tag; empty for any other union."""
    return {
        str(member.tag): member
        for member in info.types
        if isinstance(member, inspect.StructType) and member.tag is not None
    }


def field_shapes(info: inspect.StructType) -> dict[str, tuple[inspect.Field, Shape]]:
    """The fields of a struct by their name in a document."""
    return _field_shapes(info.cls)


@cache
def _field_shapes(cls: type) -> dict[str, tuple[inspect.Field, Shape]]:
    return {field.encode_name: (field, shape_of(field.type)) for field in struct_info(cls).fields}
