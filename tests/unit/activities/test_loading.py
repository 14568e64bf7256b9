"""Importing the modules with activities, and naming the one that is broken.

Layer: tests.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.activities.errors import ActivityModuleError
from chalicelib.activities.loading import custom_modules, load_activities
from chalicelib.activities.registry import REGISTRY

ROOT = Path(__file__).resolve().parents[3]

MODULE = """
from chalicelib.activities import activity

@activity("loaded.{name}")
def run(input):
    return input
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_the_examples_are_registered_when_nothing_else_is_named() -> None:
    registry = load_activities()
    assert registry is REGISTRY
    assert {
        "example.ChargeCard",
        "example.PickOrder",
        "example.PrepareGreeting",
        "example.Refund",
        "example.ReleaseStock",
        "example.RepeatGreeting",
        "example.ReserveStock",
        "example.SingleGreeting",
    } <= set(registry.names())


def test_a_module_is_imported_when_the_settings_name_it(folder: Path) -> None:
    (folder / "my_billing_activities.py").write_text(MODULE.format(name="Billing"))
    registry = load_activities(["my_billing_activities"])
    assert registry.find("loaded.Billing") is not None


def test_loading_again_is_harmless(folder: Path) -> None:
    (folder / "my_repeated_activities.py").write_text(MODULE.format(name="Repeated"))
    load_activities(["my_repeated_activities"])
    first = REGISTRY.find("loaded.Repeated")
    load_activities(["my_repeated_activities"])
    assert REGISTRY.find("loaded.Repeated") is first


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("broken_syntax", "def (", "SyntaxError"),
        ("broken_dependency", "import not_there_at_all", "ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("broken_body", "raise ValueError('no region')", "ValueError: no region"),
        ("broken_exit", "raise SystemExit(1)", "SystemExit: 1"),
    ],
)
def test_the_module_is_named_when_it_cannot_be_imported(folder: Path, name: str, text: str, cause: str) -> None:
    (folder / f"{name}.py").write_text(text)
    with pytest.raises(ActivityModuleError) as refused:
        load_activities([name])
    assert f"The activity module '{name}' cannot be imported: {cause}" in refused.value.message
    assert refused.value.__cause__ is not None


def test_the_module_is_named_when_there_is_none() -> None:
    with pytest.raises(ActivityModuleError, match="'nowhere_to_be_found' cannot be imported: ModuleNotFoundError"):
        load_activities(["nowhere_to_be_found"])


def test_both_places_are_named_when_two_modules_register_one_name(folder: Path) -> None:
    (folder / "claims_first.py").write_text(MODULE.format(name="Claimed"))
    (folder / "claims_second.py").write_text(MODULE.format(name="Claimed"))
    with pytest.raises(ActivityModuleError) as refused:
        load_activities(["claims_first", "claims_second"])
    for part in ("'claims_second'", "claims_first.py:4", "claims_second.py:4"):
        assert part in refused.value.message


def test_modules_and_packages_are_found_when_they_lie_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "one.py").write_text("")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "__init__.py").write_text("")
    assert list(custom_modules([str(tmp_path)], "app.custom")) == ["app.custom.many", "app.custom.one"]


def test_a_custom_module_is_imported_without_being_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.activities import custom

    (tmp_path / "dropped_in.py").write_text(MODULE.format(name="DroppedIn"))
    monkeypatch.setattr(custom, "__path__", [*custom.__path__, str(tmp_path)])
    assert load_activities().find("loaded.DroppedIn") is not None


def test_no_aws_or_http_module_is_imported_when_activities_are_loaded() -> None:
    code = (
        "import sys\n"
        "from chalicelib.activities.loading import load_activities\n"
        "from chalicelib.activities.runner import RegisteredActivities\n"
        "load_activities()\n"
        "print(sorted({n.partition('.')[0] for n in sys.modules} & {'boto3', 'botocore', 'urllib3', 'difflib'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
