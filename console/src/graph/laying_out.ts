/** Lays a graph out: at once if it is small, else in a worker; in the page itself where no worker can be had. */
import { layOut, type Input, type Layout } from './layout';

const AT_ONCE_UP_TO = 120;

type Answer = { id: number; layout?: Layout; failure?: string };
type Waiting = { resolve: (layout: Layout) => void; reject: (error: Error) => void; input: Input };

let worker: Worker | null | undefined;
let last = 0;
const waiting = new Map<number, Waiting>();

/** What the layout depends on: while it stays the same, so does the layout. */
export function shapeOf(input: Input): string {
  return JSON.stringify([
    input.nodes.map((node) => [node.id, node.type, node.region ?? null]),
    input.edges.map((edge) => [edge.id, edge.source, edge.target, edge.kind, Boolean(edge.label)]),
    input.regions.map((region) => [region.id, region.owner]),
  ]);
}

export function isSmall(input: Input): boolean {
  return input.nodes.length <= AT_ONCE_UP_TO;
}

export function laidOut(input: Input): Promise<Layout> {
  const shared = isSmall(input) ? null : begun();
  if (!shared) return Promise.resolve().then(() => layOut(input));
  last += 1;
  const id = last;
  const needed: Input = {
    nodes: input.nodes.map(({ id: node, type, region }) => ({ id: node, type, region })),
    edges: input.edges.map(({ id: edge, source, target, kind, label }) => ({ id: edge, source, target, kind, label })),
    regions: input.regions.map(({ id: region, owner }) => ({ id: region, owner })),
  };
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject, input: needed });
    shared.postMessage({ id, input: needed });
  });
}

/** Has the worker ready before there is something to lay out. */
export function warmUp(): void {
  begun();
}

function begun(): Worker | null {
  if (worker !== undefined) return worker;
  if (typeof Worker === 'undefined') return (worker = null);
  try {
    worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const asked = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.layout) asked?.resolve(data.layout);
      else asked?.reject(new Error(data.failure));
    };
    worker.onerror = () => {
      worker = null;
      for (const { resolve, input } of waiting.values()) resolve(layOut(input));
      waiting.clear();
    };
  } catch {
    worker = null;
  }
  return worker;
}
