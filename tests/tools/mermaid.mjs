// Reads a JSON text a line, each a Mermaid diagram, and answers a line each: what Mermaid's own parser finds in it.
import { createInterface } from "node:readline";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, maxTextSize: 10_000_000, maxEdges: 100_000 });

// A region that is given a style stands among the nodes too.
const nodesOf = (db) => {
  const regions = new Set(db.getSubGraphs().map(({ id }) => id));
  return [...db.getVertices().values()].filter(({ id }) => !regions.has(id));
};

const found = (diagram) => ({
  type: diagram.type,
  nodes: nodesOf(diagram.db).map(({ id, text, classes }) => ({ id, text, classes })),
  edges: diagram.db.getEdges().map(({ start, end, text, stroke }) => ({ start, end, text, stroke })),
  regions: diagram.db.getSubGraphs().map(({ id, title, nodes }) => ({ id, title, nodes })),
});

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = found(await mermaid.mermaidAPI.getDiagramFromText(JSON.parse(line)));
  } catch (error) {
    answer = { error: String(error.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
