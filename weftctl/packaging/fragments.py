"""Combines the CloudFormation fragments of ``infra/`` into one template.

A fragment is a YAML file with some of the template's sections. CloudFormation's short tags (``!Sub x``) become their
long form (``{"Fn::Sub": x}``), since the template travels as JSON. Sections of several fragments are united; a name
defined twice is an error, because one of the two would be lost without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from weftctl.packaging.errors import PackagingError

Template = dict[str, Any]

DATA_RESOURCE_TYPES = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket"})
RETAINED_STAGES = frozenset({"prod"})


class _FragmentLoader(yaml.SafeLoader):
    """A safe YAML loader that also knows CloudFormation's tags."""


def _intrinsic(loader: _FragmentLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    return {name: value}


_FragmentLoader.add_multi_constructor("!", _intrinsic)


def parse_fragment(text: str, name: str) -> Template:
    """Parses one fragment; ``name`` is what an error calls it.

    Raises:
        PackagingError: not YAML, or no mapping of mappings.
    """
    try:
        fragment = yaml.load(text, Loader=_FragmentLoader)  # noqa: S506  # nosec B506
    except yaml.YAMLError as error:
        raise PackagingError(f"{name} is not valid YAML: {error}") from error
    if not isinstance(fragment, dict) or not all(isinstance(section, dict) for section in fragment.values()):
        raise PackagingError(f"{name} has to be a mapping of template sections")
    return fragment


def combine(fragments: Mapping[str, Template]) -> Template:
    """Unites fragments, given by name, section by section.

    Raises:
        PackagingError: two fragments define the same name in the same section.
    """
    combined: Template = {}
    origin: dict[tuple[str, str], str] = {}
    for file_name, fragment in fragments.items():
        for section, entries in fragment.items():
            target = combined.setdefault(section, {})
            for name, entry in entries.items():
                if name in target:
                    first = origin[section, name]
                    raise PackagingError(f"{section}.{name} is defined in {first} and again in {file_name}")
                origin[section, name] = file_name
                target[name] = entry
    return combined


def for_stage(infrastructure: Template, stage: str) -> Template:
    """The infrastructure as ``stage`` deploys it: its name as the default of ``Stage``, data kept where it must be."""
    parameters = infrastructure.get("Parameters", {})
    staged: Template = {
        **infrastructure,
        "Parameters": {**parameters, "Stage": {**parameters.get("Stage", {}), "Default": stage}},
    }
    if stage in RETAINED_STAGES:
        staged["Resources"] = {name: _retained(entry) for name, entry in infrastructure["Resources"].items()}
    return staged


def _retained(resource: Template) -> Template:
    if resource.get("Type") not in DATA_RESOURCE_TYPES:
        return resource
    return {**resource, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def load_infrastructure(folder: Path, stage: str) -> Template:
    """All of ``folder``'s fragments as ``stage`` deploys them."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise PackagingError(f"there are no fragments (*.yaml) in {folder}")
    combined = combine({file.name: parse_fragment(file.read_text(encoding="utf-8"), file.name) for file in files})
    return for_stage(combined, stage)
