"""Fragments of `infra/` become one template. Layer: tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from weftctl.packaging.errors import PackagingError
from weftctl.packaging.fragments import combine, for_stage, load_infrastructure, parse_fragment


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Table", {"Ref": "Table"}),
        ("!GetAtt Queue.Arn", {"Fn::GetAtt": ["Queue", "Arn"]}),
        ("!GetAtt [Queue, Arn]", {"Fn::GetAtt": ["Queue", "Arn"]}),
        ("!GetAtt Nested.Outputs.Url", {"Fn::GetAtt": ["Nested", "Outputs.Url"]}),
        ('!Sub "weft-${Stage}"', {"Fn::Sub": "weft-${Stage}"}),
        ("!Not [!Equals [a, b]]", {"Fn::Not": [{"Fn::Equals": ["a", "b"]}]}),
        ("!If [Has, !Ref A, !Ref B]", {"Fn::If": ["Has", {"Ref": "A"}, {"Ref": "B"}]}),
        ("!Condition Has", {"Condition": "Has"}),
        ("!Transform {Name: x}", {"Fn::Transform": {"Name": "x"}}),
    ],
)
def test_a_tag_becomes_its_long_form_when_a_fragment_is_parsed(short: str, long: dict[str, Any]) -> None:
    assert parse_fragment(f"Resources: {{A: {short}}}", "a.yaml") == {"Resources": {"A": long}}


@pytest.mark.parametrize(
    "text", ["Resources: {", "- a list", "Resources: just text", "a: b: c", "!!python/object:os.x {}"]
)
def test_a_fragment_is_refused_with_its_name_when_it_is_not_a_mapping_of_sections(text: str) -> None:
    with pytest.raises(PackagingError, match=r"tables\.yaml"):
        parse_fragment(text, "tables.yaml")


def test_sections_are_united_when_several_fragments_have_them() -> None:
    combined = combine({"a": {"Resources": {"A": 1}}, "b": {"Resources": {"B": 2}, "Outputs": {"O": 3}}})

    assert combined == {"Resources": {"A": 1, "B": 2}, "Outputs": {"O": 3}}


def test_both_files_are_named_when_a_name_is_defined_twice() -> None:
    with pytest.raises(PackagingError, match=r"Resources\.A is defined in one\.yaml and again in two\.yaml"):
        combine({"one.yaml": {"Resources": {"A": 1}}, "two.yaml": {"Resources": {"A": 1}}})


RESOURCES = {
    "Table": {"Type": "AWS::DynamoDB::Table"},
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Queue": {"Type": "AWS::SQS::Queue"},
    "Merged": {"Properties": {}},
}
INFRASTRUCTURE: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String"}, "Other": {"Type": "String"}},
    "Resources": RESOURCES,
}


def test_tables_and_buckets_outlive_the_stack_when_the_stage_is_prod() -> None:
    resources = for_stage(INFRASTRUCTURE, "prod")["Resources"]

    for name in ("Table", "Bucket"):
        assert resources[name]["DeletionPolicy"] == resources[name]["UpdateReplacePolicy"] == "Retain"
    assert resources["Queue"] == RESOURCES["Queue"]
    assert resources["Merged"] == RESOURCES["Merged"]


@pytest.mark.parametrize("stage", ["local", "dev"])
def test_everything_goes_with_the_stack_when_the_stage_is_not_prod(stage: str) -> None:
    assert for_stage(INFRASTRUCTURE, stage)["Resources"] == RESOURCES


def test_the_stage_is_the_default_of_its_parameter_when_a_stage_is_built() -> None:
    parameters = for_stage(INFRASTRUCTURE, "dev")["Parameters"]

    assert parameters == {"Stage": {"Type": "String", "Default": "dev"}, "Other": {"Type": "String"}}
    assert "Default" not in INFRASTRUCTURE["Parameters"]["Stage"]


def test_the_folder_is_named_when_it_has_no_fragment(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=str(tmp_path)):
        load_infrastructure(tmp_path, "dev")
