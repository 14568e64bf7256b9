"""Round trips, both dialects, the published schema, and garbage."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.definitions.definition import (
    check_definition,
    content_hash,
    load_definition,
    to_document,
)
from chalicelib.domain.definitions.durations import ISO_PATTERN, is_iso_duration, to_seconds
from chalicelib.domain.definitions.findings import CODES
from chalicelib.domain.definitions.graph import graph_of
from chalicelib.domain.definitions.json_schema import evaluate
from chalicelib.domain.definitions.normalise import normalise, normalised
from chalicelib.domain.definitions.parsing import parse_document
from chalicelib.domain.definitions.reading import read_document
from chalicelib.domain.definitions.schema import definition_schema
from chalicelib.domain.definitions.timestamps import parse_timestamp
from chalicelib.domain.definitions.versions import highest, parse_version
from chalicelib.domain.errors import WeftError
from tests.property.definitions.strategies import Document, broken, chains, json_values, shaped_documents

pytestmark = pytest.mark.property

SCHEMA = {keyword: each for keyword, each in definition_schema().items() if keyword not in ("$schema", "$id")}


def fits_schema(document: Any) -> bool:
    """Whether a document fits the published schema."""
    return evaluate(SCHEMA, document, most=1) == []


def is_pointer_into(pointer: str, document: Any) -> bool:
    """Whether a pointer leads to a place of the document, or to one that is missing in a place of it."""
    value = document
    for segment in pointer.split("/")[1:]:
        key = segment.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return False
    return True


# --- valid documents ------------------------------------------------------------------------------------------------


@given(chains())
def test_a_definition_comes_back_when_it_is_written_out(document: Document) -> None:
    loaded = load_definition(document).definition
    written = to_document(loaded)

    assert load_definition(written).definition == loaded
    assert load_definition(json.dumps(written)).definition == loaded
    assert normalise(written) == written
    assert content_hash(load_definition(written).definition) == content_hash(loaded)
    assert graph_of(loaded).start.id == "start"


class QuotingDumper(yaml.SafeDumper):
    """Puts every text in quotes: what needs none differs between the versions of YAML."""


QuotingDumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def in_yaml(document: Document) -> str:
    """The document in block style."""
    text: str = yaml.dump(document, Dumper=QuotingDumper, allow_unicode=True)
    return text


@given(chains())
def test_a_definition_is_the_same_in_json_and_yaml(document: Document) -> None:
    loaded = load_definition(document)
    text = json.dumps(document, ensure_ascii=False)

    assert load_definition(text, media_type="application/json") == loaded
    # JSON is YAML too, but for characters that YAML wants escaped.
    assert not text.isprintable() or load_definition(text, media_type="application/yaml") == loaded
    assert load_definition(in_yaml(document), media_type="application/yaml") == loaded


def in_first_dialect(document: Document) -> Document:
    """A chain as the first dialect says it: no start, no end, transitions and settings inside the steps."""
    names = {"sub_workflow": "SubWorkflow", "data_mapping": "DataMapping"}
    steps = []
    work = document["steps"][1:-1]
    for number, each in enumerate(work):
        settings = dict(each["step_type"])
        kind = settings.pop("type")
        following = [{"target_id": work[number + 1]["id"]}] if number + 1 < len(work) else []
        rest = {name: value for name, value in each.items() if name != "step_type"}
        steps.append(
            {**rest, "step_type": names.get(kind, kind.title()), "properties": settings, "transitions": following}
        )
    rest = {name: value for name, value in document.items() if name not in ("steps", "transitions")}
    return {**rest, "start_step_id": work[0]["id"], "steps": steps}


@given(chains().filter(lambda document: len(document["steps"]) > 2))
def test_the_first_dialect_gives_the_same_definition_as_the_main_one(document: Document) -> None:
    classic = load_definition(in_first_dialect(document)).definition
    main = load_definition(document).definition

    def parts(definition: Any) -> Any:
        steps = {each.id: each for each in definition.steps}
        ways = {(each.from_step_id, each.to_step_id) for each in definition.transitions}
        rest = {key: value for key, value in to_document(definition).items() if key not in ("steps", "transitions")}
        return {key: each for key, each in steps.items() if key not in ("start", "end")}, ways, rest

    assert parts(classic) == parts(main)


# --- any document ---------------------------------------------------------------------------------------------------

documents = chains() | shaped_documents() | broken(chains()) | broken(shaped_documents())


@given(documents)
def test_normalising_is_idempotent(document: Any) -> None:
    once = normalised(document).document

    assert normalised(once).document == once


@given(documents)
def test_findings_have_known_codes_and_lead_into_the_document(document: Any) -> None:
    before = json.dumps(document)
    report = check_definition(document)

    assert json.dumps(document) == before
    assert (report.definition is None) == any(each.severity == "error" for each in report.findings)
    for finding in report.findings:
        assert finding.code in CODES
        assert finding.message
        assert is_pointer_into(finding.pointer, document), finding


@given(documents)
def test_what_is_accepted_can_be_written_out_and_read_again(document: Any) -> None:
    accepted = check_definition(document).definition

    if accepted is not None:
        assert load_definition(to_document(accepted)).definition == accepted
        assert graph_of(accepted).step("start") is accepted.steps[0]


@given(documents)
def test_the_schema_accepts_the_main_form_of_what_has_the_right_shape(document: Any) -> None:
    main = normalised(document)
    if not read_document(main.document).findings and not main.findings:
        assert fits_schema(main.document)


@given(documents)
def test_what_the_schema_accepts_has_the_right_shape(document: Any) -> None:
    if fits_schema(document):
        main = normalised(document)
        assert main.findings == []
        assert [each for each in read_document(main.document).findings if each.code != "InvalidDuration"] == []


@given(
    st.dictionaries(st.sampled_from(["id", "steps", "transitions", "start_step_id", "input_type", "x"]), json_values)
)
def test_only_findings_come_of_an_object_of_garbage(document: Any) -> None:
    report = check_definition(document)

    assert report.definition is None
    assert report.findings


@given(st.text(max_size=200) | st.binary(max_size=200))
@example("&a [*a]")
@example("? [a]\n: b")
@example("%YAML 1.1\n---\na: b")
@example("!!binary x")
@example("a: |\n  text\n")
@example(b"\xff\xfea\x00:\x00 \x00b\x00")
@example('{"a": "\\ud800\\udc00"}')
def test_only_our_own_errors_come_of_a_text_of_garbage(text: str | bytes) -> None:
    with contextlib.suppress(WeftError):
        parse_document(text)
    check_definition(text)
    check_definition(text, media_type="application/json")
    check_definition(text, media_type="application/yaml")


@given(st.text(alphabet="{}[]:,-&*!|>'\"#%@?~ \n\tab01.ex", max_size=60))
def test_only_our_own_errors_come_of_a_text_of_marks(text: str) -> None:
    check_definition(text, media_type="application/json")
    check_definition(text, media_type="application/yaml")


def has_a_key_twice(text: str) -> bool:
    """Whether an object of a JSON text has two equal keys."""
    twice: list[bool] = []
    json.loads(text, object_pairs_hook=lambda pairs: twice.append(len(dict(pairs)) < len(pairs)))
    return any(twice)


@given(st.text(alphabet='{}[]:,"ab1 \\u', max_size=40))
def test_json_means_the_same_to_us_as_to_everybody(text: str) -> None:
    try:
        wanted = json.loads(text)
    except ValueError:
        return
    # What everybody lets pass and we do not: a key twice, half a character.
    if isinstance(wanted, dict) and "\\u" not in text and not has_a_key_twice(text):
        assert parse_document(text, media_type="application/json") == wanted


# --- small values ---------------------------------------------------------------------------------------------------


@given(st.text(alphabet="PTWDHMSY0123456789.,", max_size=12))
def test_a_duration_is_read_when_it_matches_the_published_pattern(text: str) -> None:
    matches = evaluate({"pattern": ISO_PATTERN}, text, most=1) == []

    assert (to_seconds(text) is not None) == matches
    assert not matches or is_iso_duration(text)


@given(st.datetimes(timezones=st.timezones()))
def test_a_timestamp_is_read_back_when_it_was_written(instant: Any) -> None:
    offset = instant.utcoffset()
    if offset.total_seconds() % 60 == 0:
        read = parse_timestamp(instant.isoformat())
        assert read is None or read == instant.astimezone(UTC)


numbers = st.integers(0, 3)
versions = st.builds(
    lambda major, minor, patch, pre: f"{major}.{minor}.{patch}" + (f"-{'.'.join(pre)}" if pre else ""),
    numbers, numbers, numbers, st.lists(st.sampled_from(["alpha", "1", "2", "10", "x-y"]), max_size=2),
)  # fmt: skip


@given(st.lists(versions, min_size=1))
def test_the_highest_version_is_not_below_any_other(texts: list[str]) -> None:
    best = parse_version(highest(texts) or "")

    assert best is not None
    for text in texts:
        other = parse_version(text)
        assert other is not None
        assert (not best.prerelease, best) >= (not other.prerelease, other)
