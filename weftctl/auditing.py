"""`make audit`, its second half: known vulnerabilities of what ships, by pip-audit.

Layer: command line. pip-audit takes a package that the advisories' server does not know for an aside. Where that
server cannot be reached it knows none, and "no known vulnerabilities" would be no finding at all: that is said, and
does not fail, since it says nothing about the packages.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

REQUIREMENTS: Final = "requirements.txt"
_COMMAND: Final = ("-m", "pip_audit", "--requirement", REQUIREMENTS, "--disable-pip", "--no-deps", "--format", "json")


def main() -> int:
    """Audit ``requirements.txt``; gives the exit code."""
    ran = subprocess.run([sys.executable, *_COMMAND], capture_output=True, text=True, check=False)
    try:
        report = json.loads(ran.stdout)
    except json.JSONDecodeError:
        reason = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"WARNING: no package was audited, pip-audit could not work: {reason}", file=sys.stderr)
        return 0
    lines, code = verdict(report)
    print("\n".join(lines), file=sys.stderr)
    return code


def verdict(report: dict[str, Any]) -> tuple[list[str], int]:
    """What to say of a report of pip-audit, and the exit code: 1 for a known vulnerability."""
    packages = report["dependencies"]
    lines = [
        f"{each['name']} {each['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'no release'}"
        for each in packages
        for found in each.get("vulns", ())
    ]
    if lines:
        return lines, 1
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    if skipped and len(skipped) == len(packages):
        return [f"WARNING: no package was audited, the advisories could not be had: {packages[0]['skip_reason']}"], 0
    if skipped:
        return [f"WARNING: not audited: {', '.join(skipped)}. No known vulnerability in the others."], 0
    return [f"{len(packages)} packages audited: no known vulnerability."], 0


if __name__ == "__main__":
    sys.exit(main())
