"""Tables and queues as `infra/` declares them: the very files that production is deployed from."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

INFRA = Path(__file__).resolve().parents[2] / "infra"
PREFIX = "weft-${Stage}-"
OF_TABLE = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags, which are read as what they are applied to."""


def _untagged(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else None


_Loader.add_multi_constructor("!", _untagged)


def _read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506  # nosec B506
    return document


@cache
def declared(kind: str) -> dict[str, dict[str, Any]]:
    """Properties of the resources of one type, by logical id."""
    found: dict[str, dict[str, Any]] = {}
    for file in INFRA.glob("*.yaml"):
        resources = _read(file).get("Resources") or {}
        found |= {name: each["Properties"] for name, each in resources.items() if each.get("Type") == kind}
    return found


def table(name: str) -> dict[str, Any]:
    """The declaration of a table, by the last part of its name."""
    tables = declared("AWS::DynamoDB::Table").values()
    (found,) = [each for each in tables if each["TableName"] == PREFIX + name]
    return found


def make_table(client: Any, name: str, table_name: str) -> None:
    """Make the table that is declared as ``name``, under the name ``table_name``."""
    declaration = table(name)
    client.create_table(TableName=table_name, **{key: declaration[key] for key in OF_TABLE if key in declaration})
