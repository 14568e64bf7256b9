"""Messages on a pipe come out as they went in, in whatever pieces they arrive."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.expressions.frames import Closed, pack, unpack


@pytest.mark.parametrize("message", [[], ["value", {"a": [1, 2.5, None, "é"]}], ["x" * 70_000]])
@pytest.mark.parametrize("piece", [1, 1_000_000])
def test_a_message_comes_out_as_it_went_in_when_it_arrives_in_pieces(message: Any, piece: int) -> None:
    source = io.BytesIO(pack(message) + pack("next"))

    assert unpack(lambda count: source.read(min(count, piece))) == message
    assert unpack(source.read) == "next"


def test_a_decimal_is_a_number_when_it_is_packed() -> None:
    assert unpack(io.BytesIO(pack(Decimal("0.5"))).read) == 0.5


@pytest.mark.parametrize("length", [0, 2, 6])
def test_the_end_is_told_when_a_message_is_not_whole(length: int) -> None:
    with pytest.raises(Closed):
        unpack(io.BytesIO(pack(["value"])[:length]).read)
