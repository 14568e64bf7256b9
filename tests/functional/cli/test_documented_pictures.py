"""The pictures in the documentation are what Weft draws. Layer: tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.cli.runs import Weft

pytestmark = pytest.mark.functional

ROOT = Path(__file__).resolve().parents[3]


def test_the_picture_in_the_documentation_is_the_one_that_is_drawn(weft: Weft) -> None:
    kept = (ROOT / "docs" / "images" / "order-fulfilment.svg").read_text(encoding="utf-8")

    called = weft("visualize", str(ROOT / "examples" / "order-fulfilment.yaml"), "--layout", "layered")

    assert called.out == kept, (
        "weft visualize examples/order-fulfilment.yaml --layout layered -o docs/images/order-fulfilment.svg"
    )
