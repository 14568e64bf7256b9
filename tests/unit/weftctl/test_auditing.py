"""What is said of a report of pip-audit: nothing found is told from nothing looked at."""

from __future__ import annotations

from typing import Any

from weftctl.auditing import verdict

SOUND: dict[str, Any] = {"name": "sound", "version": "1.0", "vulns": []}
UNKNOWN: dict[str, Any] = {"name": "unknown", "skip_reason": "not found"}
BAD: dict[str, Any] = {"name": "bad", "version": "2.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}


def test_vulnerability_fails_the_audit_when_others_could_not_be_looked_at() -> None:
    assert verdict({"dependencies": [UNKNOWN, BAD]}) == (["bad 2.0: CVE-1, fixed in 2.1"], 1)


def test_audit_says_that_it_looked_at_nothing_when_no_advisory_could_be_had() -> None:
    (line,), code = verdict({"dependencies": [UNKNOWN, UNKNOWN]})

    assert line.startswith("WARNING: no package was audited")
    assert code == 0


def test_audit_names_what_it_did_not_look_at_when_some_are_unknown() -> None:
    assert verdict({"dependencies": [SOUND, UNKNOWN]}) == (
        ["WARNING: not audited: unknown. No known vulnerability in the others."],
        0,
    )


def test_audit_counts_the_packages_when_all_are_sound() -> None:
    assert verdict({"dependencies": [SOUND]}) == (["1 packages audited: no known vulnerability."], 0)
