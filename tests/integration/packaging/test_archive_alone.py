"""The archive holds all it needs: it is imported with nothing else there. Layer: tests.

On the developer's machine a package that is missing from ``requirements.txt`` would be found beside the application.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from weftctl.packaging import build
from weftctl.packaging.stripping import stripped

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("packaging")]

# -I and -S: no site-packages, no environment, no current directory. Every module is imported, also those that functions
# import when they are first needed.
CHECK = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import app
import chalicelib
for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
    importlib.import_module(module.name)
outside = sorted(
    name for name, module in sys.modules.items()
    if "site-packages" in (getattr(module, "__file__", None) or "")
)
print(len(sys.modules), outside)
"""


def said(program: str, folder: Path) -> str:
    """What a program prints that finds the archive in ``folder`` and no installed package."""
    with zipfile.ZipFile(build("dev").archive) as archive:
        archive.extractall(folder)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_can_be_imported_when_only_the_archive_is_there(tmp_path: Path) -> None:
    assert said(CHECK, tmp_path).split(maxsplit=1)[1].strip() == "[]"


# What is loaded when it is first needed, by libraries of which something stays behind.
USE = """
import sys
sys.path.insert(0, sys.argv[1])
from datetime import date
import holidays, jwt
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
token = jwt.encode({"sub": "u"}, key, algorithm="ES256")
assert jwt.decode(token, key.public_key(), algorithms=["ES256"]) == {"sub": "u"}
found = [holidays.country_holidays(code, years=[2026]) for code in holidays.list_supported_countries()]
print(len(found), date(2026, 10, 3) in holidays.country_holidays("DE"))
"""


def test_tokens_and_holidays_are_known_when_only_the_archive_is_there(tmp_path: Path) -> None:
    countries, is_holiday = said(USE, tmp_path).split()

    assert is_holiday == "True"
    assert int(countries) > 200


# Compiled extensions are stripped: each has to load, and to work where something of ours calls it.
LOAD = """
import importlib.machinery, importlib.util, pathlib, sys
sys.path.insert(0, sys.argv[1])
ending = tuple(importlib.machinery.EXTENSION_SUFFIXES)
found = [file for file in pathlib.Path(sys.argv[1]).rglob("*.so") if file.name.endswith(ending)]
names = {str(file.relative_to(sys.argv[1])).split(".")[0].replace("/", ".") for file in found}
for name in sorted(names):
    module = importlib.import_module(name)
    assert module.__file__.startswith(sys.argv[1]), module.__file__
import jsonatapy, msgspec, re2, rpds, wrapt, yaml
assert jsonatapy.evaluate("a + 1", {"a": 1}) == 2
assert msgspec.json.decode(b"[1]") == [1]
assert re2.fullmatch("a+", "aaa")
assert rpds.HashTrieMap({"a": 1})["a"] == 1
assert wrapt.ObjectProxy([1])[0] == 1
assert yaml.load("a: [1]", Loader=yaml.CSafeLoader) == {"a": [1]}
try:
    yaml.load("a: [1", Loader=yaml.CSafeLoader)
except yaml.YAMLError as error:  # raised across the border of compiled code
    print(len(names), error.problem_mark.line)
"""


def test_every_extension_works_when_only_the_archive_is_there(tmp_path: Path) -> None:
    extensions, line = said(LOAD, tmp_path).split()

    assert int(extensions) >= 8
    assert line == "1"


def test_no_extension_carries_what_only_debuggers_read() -> None:
    with zipfile.ZipFile(build("dev").archive) as archive:
        names = [name for name in archive.namelist() if ".so" in Path(name).suffixes]
        assert names
        assert [name for name in names if len(stripped(archive.read(name))) < archive.getinfo(name).file_size] == []


# Time zones are known without the copy of them that dateutil has.
ZONES = """
import sys
sys.path.insert(0, sys.argv[1])
import zoneinfo
zoneinfo.reset_tzpath(to=[])
from datetime import datetime
import botocore.session
import dateutil.parser, dateutil.tz
print(datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset())
print(dateutil.parser.parse("2026-07-01T00:00:00Z").tzinfo == dateutil.tz.tzutc())
"""


def test_time_zones_are_known_when_only_the_archive_is_there(tmp_path: Path) -> None:
    assert said(ZONES, tmp_path).split() == ["2:00:00", "True"]
