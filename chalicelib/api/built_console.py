"""The console as it was built: which of its files there are, and what each is.

Layer: api. Vite writes them to ``chalicelib/console_files`` and packaging takes them along. They are listed once, and a
name that is not in the list is nobody's: no path is ever made of what a caller sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

import chalicelib
from chalicelib.domain.errors import NotFound

FOLDER: Final = Path(chalicelib.__file__).parent / "console_files"
PAGE: Final = "index.html"
ASSETS: Final = "assets"

TEXTS: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
PICTURES: Final[Mapping[str, str]] = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""What the gateway hands on as bytes, if the request's first media type is one of these, as browsers ask for images.

Fonts cannot be among them: they are asked for as ``*/*``, for which the gateway would have to take every body of every
request as bytes, and those travel a third longer than the texts they are.
"""
MEDIA_TYPES: Final[Mapping[str, str]] = {**TEXTS, **PICTURES}


class ConsoleMissing(NotFound):
    """The package was made without the console."""

    code = "ConsoleNotBuilt"


class BuiltFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file with its media type; ``etag`` names its content."""

    media_type: str
    content: bytes
    etag: str

    @property
    def is_text(self) -> bool:
        """Whether it travels as text."""
        return self.media_type in TEXTS.values()


class BuiltConsole:
    """What lies in ``folder``: the page, and the files in ``assets``."""

    def __init__(self, folder: Path) -> None:
        self._page = folder / PAGE
        self._assets = {file.name: file for file in sorted((folder / ASSETS).glob("*")) if file.suffix in MEDIA_TYPES}

    def page(self) -> BuiltFile:
        """The page. Raises ``ConsoleMissing``."""
        if not self._page.is_file():
            message = "The console is not in this package. Build it (`make console`), then package and deploy again."
            raise ConsoleMissing(message)
        return _read(self._page)

    def asset(self, name: str) -> BuiltFile:
        """What the page refers to as ``assets/<name>``. Raises ``NotFound``."""
        if name not in self._assets:
            message = f"The console has no file {name[:80]!r}; another version of it may have had. Reload the page."
            raise NotFound(message, code="ConsoleFileNotFound")
        return _read(self._assets[name])


@cache
def console_in(folder: Path) -> BuiltConsole:
    """The console in ``folder``, listed once."""
    return BuiltConsole(folder)


@cache
def _read(file: Path) -> BuiltFile:
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:20]
    return BuiltFile(media_type=MEDIA_TYPES[file.suffix], content=content, etag=f'W/"{digest}"')
