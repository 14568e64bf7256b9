"""Where a command's words go: results to stdout in the format asked for, everything else to stderr.

Layer: command line. Importing this stays cheap: rich and PyYAML are imported by the command that prints with them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec
import typer

from chalicelib.domain import jsonvalue
from weftctl.failures import CommandFailure

if TYPE_CHECKING:
    from rich.console import RenderableType
    from yaml import SafeDumper, ScalarNode


UNFOLDED: Final = 10_000


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def show(value: Any, chosen: Format | None, table: Callable[[], RenderableType]) -> None:
    """Print a JSON value to stdout. Without a choice: a table on a terminal, JSON for another program."""
    match chosen or (Format.TABLE if sys.stdout.isatty() else Format.JSON):
        case Format.TABLE:
            from rich.console import Console

            # Only a terminal has a width; elsewhere a line that is not folded is easier to search and to cut.
            width = None if sys.stdout.isatty() else UNFOLDED
            Console(file=sys.stdout, width=width, highlight=False).print(table())
        case Format.YAML:
            sys.stdout.write(to_yaml(value))
        case Format.JSON:
            sys.stdout.write(to_json(value))
    sys.stdout.flush()


def stream(value: Any, chosen: Format | None, line: Callable[[], str]) -> None:
    """Print one of many values as it comes: a line of text or of JSON, or a YAML document."""
    match chosen or (Format.TABLE if sys.stdout.isatty() else Format.JSON):
        case Format.TABLE:
            sys.stdout.write(line() + "\n")
        case Format.YAML:
            sys.stdout.write("---\n" + to_yaml(value))
        case Format.JSON:
            sys.stdout.write(jsonvalue.dumps(value).decode() + "\n")
    sys.stdout.flush()


def say(message: str) -> None:
    """Print a message for the person at the keyboard."""
    typer.echo(message, err=True)


def warn(message: str) -> None:
    """Print a warning for the person at the keyboard."""
    typer.echo(typer.style("Warning: ", fg=typer.colors.YELLOW) + message, err=True)


def complain(failure: CommandFailure) -> None:
    """Print what ended the command, and the remedy."""
    typer.echo(typer.style("Error: ", fg=typer.colors.RED) + failure.message, err=True)
    for line in failure.details:
        typer.echo(f"  {line}", err=True)
    if failure.remedy:
        typer.echo(failure.remedy, err=True)


def to_json(value: Any) -> str:
    """Indented JSON text with a final newline; numbers keep every digit."""
    return msgspec.json.format(jsonvalue.dumps(value), indent=2).decode() + "\n"


def to_yaml(value: Any) -> str:
    """YAML text of a JSON value, keys in their order; numbers keep every digit."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """A dumper of its own, so that nobody else's is changed."""

        def ignore_aliases(self, data: Any) -> bool:
            return True  # `&id001` and `*id001` help no reader of a result

    def as_number(dumper: SafeDumper, number: Decimal) -> ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:float", str(number))

    Dumper.add_representer(Decimal, as_number)
    return yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
