"""The judges of what is drawn: Graphviz, and Mermaid's own parser. `make tools` installs both. Layer: tests."""

from __future__ import annotations

import html
import json
import subprocess
from collections.abc import Sequence
from typing import Any

from chalicelib.visualization.mermaid import READ_AFTERWARDS, WORD_JOINER
from tests.tools.install import TOOLS
from weftctl.packaging.node import find_node

Found = dict[str, Any]


class MermaidParser:
    """Mermaid's parser in a process of its own, asked one diagram after the other."""

    def __init__(self) -> None:
        assert (TOOLS / "node_modules" / ".installed").exists(), "Mermaid is not installed: run `make tools`."
        node = find_node().folder / "node"
        self._process = subprocess.Popen(
            [node, TOOLS / "mermaid.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def parse(self, text: str) -> Found:
        """What the parser finds, texts as a reader sees them. Fails for what it does not take."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        found: Found = json.loads(self._process.stdout.readline())
        assert "error" not in found, f"{found['error']}\n{text}"
        for each in [*found["nodes"], *found["edges"]]:
            each["text"] = _seen(each["text"])
        for each in found["regions"]:
            each["title"] = _seen(each["title"])
        return found

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _seen(text: str) -> str:
    """Entities as the page will show them; the parser keeps them as signs that no entity has."""
    signs = html.unescape(text.replace("<br>", "\n").replace("ﬂ°°", "&#").replace("ﬂ°", "&").replace("¶ß", ";"))
    assert not [read for read in READ_AFTERWARDS if read in signs], "Mermaid reads it when it shows the label"
    return signs.replace(WORD_JOINER, "")


def parse_dot(text: str) -> Found:
    """``{nodes: {name: label}, edges: [(tail, head, label)], regions: [label], label}`` as Graphviz reads it."""
    command = ["dot", "-Tdot_json"]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stderr}\n{text}"
    graph = json.loads(done.stdout)
    objects: Sequence[Found] = graph.get("objects", [])
    names = [each["name"] for each in objects]
    return {
        "label": _label(graph),
        "nodes": {each["name"]: _label(each) for each in objects if "nodes" not in each},
        "regions": [_label(each) for each in objects if each["name"].startswith("cluster_")],
        "edges": [
            (names[each["tail"]], names[each["head"]], _label(each))
            for each in graph.get("edges", [])
            if each.get("style") != "invis"
        ],
    }


def _label(each: Found) -> str:
    """A label as it is drawn: its escapes, then its entities."""
    escaped = str(each.get("label", "")).replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")
    return html.unescape(escaped)
