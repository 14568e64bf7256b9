"""Values and documents that a user names on the command line. Layer: command line.

INPUT is JSON text, ``@file`` or a file's path; ``-`` in place of a path is stdin.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

from chalicelib.domain import jsonvalue
from chalicelib.domain.errors import WeftError
from weftctl.failures import UsageFailure

STDIN: Final = "-"
MAX_FILE_BYTES: Final = 50_000_000


def read_input(given: str, *, option: str = "--input") -> Any:
    """The JSON value that ``given`` stands for: JSON text, ``@file``, or the path of a JSON or YAML file.

    Raises ``UsageFailure`` with the place of the fault.
    """
    if given.startswith("@"):
        return _read_value(given[1:], option)
    try:
        return jsonvalue.loads(os.fsencode(given))  # the bytes as typed, whatever the locale made of them
    except jsonvalue.JsonError as error:
        if given == STDIN or _is_file(given):
            return _read_value(given, option)
        raise UsageFailure(
            f"{option}: {_shortened(given)} is neither JSON ({error.message}) nor the path of a file.",
            remedy="Give JSON text (quoted for the shell), @file, or a file's path.",
        ) from error


def read_file(path: str) -> bytes:
    """The bytes of a file, or of stdin for ``-``. Raises ``UsageFailure`` when it cannot be read or is enormous."""
    try:
        if path == STDIN:
            return _bounded(sys.stdin.buffer.read(MAX_FILE_BYTES + 1), "stdin")
        with Path(path).open("rb") as file:
            return _bounded(file.read(MAX_FILE_BYTES + 1), path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageFailure(
            f"{path}: cannot be read: {reason}.", remedy="Check the path and its permissions."
        ) from error


def read_definition(path: str) -> dict[str, Any]:
    """The definition document in a JSON or YAML file. Raises ``UsageFailure`` with file, line and column of a fault."""
    from chalicelib.domain.definitions.parsing import parse_document

    content = read_file(path)
    try:
        return parse_document(content)
    except WeftError as error:
        raise UsageFailure(f"{path}: {error.message}.", code=error.code) from error


def read_value(path: str) -> Any:
    """The value in a JSON or YAML file. Raises ``UsageFailure`` naming file, line and column of a fault.

    The name's ending settles the language; without one, a text that is not JSON is read as YAML.
    """
    try:
        text = read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageFailure(f"{path}: is not UTF-8 text (byte {error.start}).", code="InvalidSyntax") from error
    if path.endswith((".yaml", ".yml")):
        return _from_yaml(text, path)
    try:
        return jsonvalue.loads(text)
    except jsonvalue.JsonError as error:
        if path.endswith(".json") or text.lstrip().startswith(("{", "[")):
            raise UsageFailure(f"{path}: is not JSON: {error.message}.", code=error.code) from error
    return _from_yaml(text, path)


def _from_yaml(text: str, path: str) -> Any:
    from chalicelib.domain.definitions.yaml_reader import YamlError, read_yaml

    try:
        return read_yaml(text, max_weight=MAX_FILE_BYTES)
    except YamlError as error:
        place = "" if error.line is None else f" at line {error.line}, column {error.column}"
        raise UsageFailure(f"{path}: {error.reason}{place}.", remedy=error.hint, code=error.code) from error


def _read_value(path: str, option: str) -> Any:
    if path != STDIN and not _is_file(path):
        raise UsageFailure(f"{option}: there is no file {path}.", remedy="Check the path; JSON text needs no @.")
    return read_value(path)


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # a long JSON text is no possible name of a file
        return False


def _bounded(content: bytes, name: str) -> bytes:
    if len(content) > MAX_FILE_BYTES:
        raise UsageFailure(f"{name}: is over {MAX_FILE_BYTES:,} bytes, which no document of Weft's may be.")
    return content


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
