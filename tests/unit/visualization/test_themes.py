"""Themes can be read, and themes of one's own are checked."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from chalicelib.domain.definitions import model
from chalicelib.domain.definitions.supported import step_type_name
from chalicelib.domain.execution.events import STEP_STATES
from chalicelib.settings import Settings, SettingsError
from chalicelib.visualization import custom_themes
from chalicelib.visualization.colours import contrast, mixed
from chalicelib.visualization.custom_themes import CustomTheme, to_theme
from chalicelib.visualization.graph import HANDLER, NOT_STARTED, Edge, EdgeKind, Node
from chalicelib.visualization.options import DIRECTIONS, FORMATS, LAYOUT_ALGORITHMS, Options
from chalicelib.visualization.rendering import KINDS, format_of
from chalicelib.visualization.themes import DEFAULT, THEMES, Theme

AA_TEXT, AA_LINE = 4.5, 3.0
STATES = (NOT_STARTED, *STEP_STATES)
TYPES = {each.__struct_config__.tag for each in get_args(model.StepType)} | {HANDLER}
HOUSE = '{"house": {"base": "dark", "background_color": "#000000", "node_shapes": {"activity": "box"}}}'


def nodes() -> list[Node]:
    """One node of each state and of each type."""
    in_states = [Node(id="n", name="n", type="activity", state=state) for state in STATES]
    return [*in_states, *(Node(id="n", name="n", type=str(type_)) for type_ in TYPES)]


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_text_can_be_read_when_it_stands_in_the_picture(theme: Theme) -> None:
    for under in (theme.background_color, theme.region_color):
        assert contrast(theme.text_color, under) >= AA_TEXT
        assert contrast(theme.muted_color, under) >= AA_TEXT
    for node in nodes():
        assert contrast(theme.text_on(theme.fill_of(node)), theme.fill_of(node)) >= AA_TEXT


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_line_can_be_seen_when_it_is_on_the_background(theme: Theme) -> None:
    lines = [theme.line_of(Edge(id="e", source="a", target="b", kind=kind)) for kind in get_args(EdgeKind)]
    for colour in [*lines, theme.highlight_color, *(theme.border_of(theme.fill_of(node)) for node in nodes())]:
        assert contrast(colour, theme.background_color) >= AA_LINE
    for colour in [*lines, theme.highlight_color]:
        assert contrast(colour, theme.region_color) >= AA_LINE


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_state_and_type_has_its_look_when_a_theme_is_built_in(theme: Theme) -> None:
    assert set(theme.node_colors) == set(STATES)
    assert set(theme.type_colors) == TYPES
    assert set(theme.node_shapes) == TYPES


def test_a_way_not_taken_is_muted_when_an_execution_is_drawn() -> None:
    way = Edge(id="e", source="a", target="b", kind="error", taken=False)

    assert DEFAULT.line_of(way) == DEFAULT.muted_color
    assert DEFAULT.line_of(msgspec.structs.replace(way, taken=True)) == DEFAULT.edge_colors["error"]


def test_what_a_theme_does_not_know_has_a_look_all_the_same() -> None:
    odd = Node(id="n", name="n", type="from-tomorrow", state="dreaming")

    assert DEFAULT.fill_of(odd) == DEFAULT.region_color
    assert DEFAULT.fill_of(msgspec.structs.replace(odd, state=None)) == DEFAULT.region_color
    assert DEFAULT.shape_of(odd) == "rounded"


def test_a_text_is_black_or_white_when_the_themes_own_cannot_be_read() -> None:
    assert DEFAULT.text_on("#000000") == "#ffffff"
    assert THEMES["dark"].text_on("#ffff00") == "#000000"


def test_a_border_is_the_text_colour_when_nothing_nearer_can_be_seen() -> None:
    grey = msgspec.structs.replace(DEFAULT, background_color="#777777", text_color="#7a7a7a")

    assert grey.border_of("#777777") in ("#000000", "#ffffff") or contrast(grey.border_of("#777777"), "#777777") >= 3


def test_colours_mix_by_their_share() -> None:
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
    assert round(contrast("#000000", "#ffffff")) == 21


# --- themes of one's own ----------------------------------------------------------------------------------------------


def test_states_types_and_kinds_are_all_there_when_a_theme_of_ones_own_names_them() -> None:
    assert get_args(custom_themes.State) == STATES
    assert set(get_args(custom_themes.StepTypeName)) == TYPES
    assert step_type_name(model.Start()) in TYPES


def test_a_theme_of_ones_own_changes_what_it_names_and_nothing_else() -> None:
    theme = to_theme("house", Settings.from_env({"WEFT_THEMES": HOUSE}).themes["house"])

    assert (theme.name, theme.background_color) == ("house", "#000000")
    assert theme.text_color == THEMES["dark"].text_color
    assert (theme.node_shapes["activity"], theme.node_shapes["decision"]) == ("box", "diamond")
    assert to_theme("plain", CustomTheme()) == msgspec.structs.replace(DEFAULT, name="plain")


@pytest.mark.parametrize(
    ("themes", "words"),
    [
        ('{"dark": {}}', "of 'dark', the name is that of a theme that is built in"),
        ('{"a b": {}}', "of 'a b', the name must be 1 to 64 letters"),
        ('{"x": {"text_color": "#eeeeee"}}', "the text #eeeeee cannot be read on the background #ffffff"),
        ('{"x": {"background_color": "red"}}', "matching regex"),
        ('{"x": {"background_color": "#fff"}}', "matching regex"),
        ('{"x": {"node_colors": {"done": "#ffffff"}}}', "Invalid enum value 'done'"),
        ('{"x": {"edge_colors": {"back": "#ffffff"}}}', "Invalid enum value 'back'"),
        ('{"x": {"node_shapes": {"activity": "star"}}}', "Invalid enum value 'star'"),
        ('{"x": {"font_name": "a\\"; evil"}}', "matching regex"),
        ('{"x": {"base": "pink"}}', "Invalid enum value 'pink'"),
        ('{"x": {"colour": "#ffffff"}}', "unknown field `colour`"),
        ("[]", "Expected `object`, got `array`"),
        ("{", "Input data was truncated"),
    ],
)
def test_a_theme_of_ones_own_is_refused_when_it_cannot_be_used(themes: str, words: str) -> None:
    with pytest.raises(SettingsError, match="WEFT_THEMES=") as refused:
        Settings.from_env({"WEFT_THEMES": themes})

    assert words in refused.value.message
    assert "docs/settings.md" in refused.value.message


# --- options and formats ----------------------------------------------------------------------------------------------


def test_options_have_defaults_that_can_be_chosen_too() -> None:
    options = Options()

    assert options.layout_algorithm in LAYOUT_ALGORITHMS
    assert options.direction in DIRECTIONS
    assert list(KINDS) == list(FORMATS)


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.svg", "svg"), ("A.PNG", "png"), ("x/y.gv", "dot"), ("a.mmd", "mermaid"), ("a.htm", "html"), ("a.bmp", None)],
)
def test_a_format_is_known_by_the_suffix(name: str, format: Any) -> None:
    assert format_of(name) == format
