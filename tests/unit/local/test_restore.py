"""The saved state is adjusted before the emulator reads it. Layer: tests."""

from __future__ import annotations

import json
from pathlib import Path

from weftctl.local.emulator import restore

OLD, NEW = "127.0.0.1:4000", "127.0.0.1:5000"


def test_every_file_has_the_new_address_when_the_port_changed(tmp_path: Path) -> None:
    (tmp_path / "lambda.json").write_text(json.dumps({"url": f"http://{OLD}/q"}))
    (tmp_path / "code.zip").write_bytes(b"\x00binary")

    restore(tmp_path, OLD, NEW)

    assert json.loads((tmp_path / "lambda.json").read_text()) == {"url": f"http://{NEW}/q"}
    assert (tmp_path / "code.zip").read_bytes() == b"\x00binary"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["code.zip", "lambda.json"]


def test_messages_are_released_when_queues_were_saved(tmp_path: Path) -> None:
    held = {"receipt_handle": "r", "visible_at": 1000.0, "sent_at": 1.0}
    (tmp_path / "sqs.json").write_text(json.dumps({"messages": [held]}))

    restore(tmp_path, OLD, OLD)

    assert json.loads((tmp_path / "sqs.json").read_text()) == {
        "messages": [{"receipt_handle": None, "visible_at": 1.0, "sent_at": 1.0}]
    }


def test_streams_are_read_anew_when_functions_were_saved(tmp_path: Path) -> None:
    file = tmp_path / "lambda.json"
    file.write_text(json.dumps({"payload": {"dynamodb_stream_positions": {"data": {"e": 42}}}}))

    restore(tmp_path, OLD, OLD)

    assert json.loads(file.read_text()) == {"payload": {"dynamodb_stream_positions": {"data": {}}}}


def test_nothing_is_written_when_nothing_has_to_change(tmp_path: Path) -> None:
    file = tmp_path / "iam.json"
    file.write_text("{}")
    file.chmod(0o400)  # writing in place would fail, and replacing would change the number
    number = file.stat().st_ino

    restore(tmp_path, OLD, NEW)

    assert file.stat().st_ino == number


def test_nothing_happens_when_nothing_was_saved(tmp_path: Path) -> None:
    restore(tmp_path / "state", OLD, NEW)

    assert not (tmp_path / "state").exists()
