/** The picture: drawing, moving, zooming; and the worker that lays large ones out. */
import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import order from './fixtures/order.json';
import type { Graph } from '../src/api/types';
import { GraphView, isCounted } from '../src/graph';
import { layOut, type Input, type Layout } from '../src/graph/layout';
import { Viewport } from '../src/graph/viewport';

const ORDER = order as unknown as Graph;
let root: HTMLElement;
let resized: (() => void)[];

beforeEach(() => {
  resized = [];
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(told: () => void) {
        resized.push(told);
      }
      observe() {
        // The test tells of changes.
      }
      disconnect() {
        // as above
      }
    },
  );
  root = document.createElement('div');
  document.body.append(root);
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

function sized(element: HTMLElement, width: number, height: number): HTMLElement {
  Object.defineProperty(element, 'clientWidth', { configurable: true, value: width });
  Object.defineProperty(element, 'clientHeight', { configurable: true, value: height });
  return element;
}

describe('the view', () => {
  function begun(width = 1_000, height = 600) {
    const stage = sized(document.createElement('div'), width, height);
    const world = document.createElement('div');
    stage.append(world);
    root.append(stage);
    const onResize = vi.fn();
    const viewport = new Viewport(stage, world, { onDrag: vi.fn() }, onResize);
    return { viewport, stage, world, onResize };
  }

  it('shows the whole when it can be recognised', () => {
    const { viewport, world, stage } = begun();
    viewport.fit({ width: 400, height: 300 }, undefined);
    expect(viewport.view.value.transform.k).toBe(1);
    expect(world.style.transform).toBe('translate(300px, 150px) scale(1)');
    viewport.fit({ width: 2_000, height: 1_000 }, undefined);
    expect(viewport.view.value.transform.k).toBeCloseTo(0.468);
    expect(stage.dataset['zoom']).toBe('far');
  });

  it('shows where it begins when the whole is too large, unless that is wanted', () => {
    const { viewport } = begun();
    const first = { x: 100, y: 0, width: 248, height: 62 };
    viewport.fit({ width: 500, height: 50_000 }, first);
    expect(viewport.view.value.transform.k).toBe(1);
    viewport.fit({ width: 500, height: 50_000 }, first, { whole: true });
    expect(viewport.view.value.transform.k).toBe(0.03);
  });

  it('does nothing while there is no room', () => {
    const { viewport } = begun(0, 0);
    viewport.fit({ width: 500, height: 500 }, undefined);
    expect(viewport.view.value.transform.k).toBe(1);
  });

  it('moves what is out of sight into it, and leaves alone what is in it', () => {
    const { viewport } = begun();
    viewport.fit({ width: 400, height: 300 }, undefined);
    const before = viewport.view.value.transform;
    viewport.show({ x: 10, y: 10, width: 20, height: 20 });
    expect(viewport.view.value.transform).toBe(before);
    viewport.show({ x: 5_000, y: 5_000, width: 20, height: 20 });
    expect(viewport.view.value.transform.apply([5_010, 5_010])).toEqual([500, 300]);
    expect(viewport.isTouched).toBe(true);
  });

  it('is told when its room changes, and ends with the page', () => {
    const { viewport, onResize } = begun();
    for (const told of resized) told();
    expect(onResize).toHaveBeenCalledOnce();
    viewport.end();
  });
});

describe('the picture', () => {
  it('has an overview and tools, and says how many steps are left out', async () => {
    render(<GraphView graph={{ ...ORDER, omitted: 7 }} onSelect={() => undefined} />, root);
    await vi.waitFor(() => expect(root.querySelectorAll('.graph-tools button')).toHaveLength(4));
    expect(root.textContent).toContain('7 steps are left out');
    const tools = [...root.querySelectorAll<HTMLElement>('.graph-tools button')];
    for (const tool of tools) tool.click();
    await vi.waitFor(() => expect(root.querySelector('.minimap')).not.toBeNull());
    root.querySelector('.minimap svg')?.dispatchEvent(new Event('pointerdown', { bubbles: true }));
  });

  it('tells which step was chosen', async () => {
    const chosen: string[] = [];
    render(<GraphView graph={ORDER} onSelect={(id) => chosen.push(id)} selected="charge" />, root);
    await vi.waitFor(() =>
      expect(root.querySelector('[data-node="charge"]')?.getAttribute('aria-pressed')).toBe('true'),
    );
    root.querySelector<HTMLElement>('[data-node="total"] .graph-node-name')?.click();
    expect(chosen).toEqual(['total']);
  });

  it('changes with the states, and keeps its places', async () => {
    render(<GraphView graph={ORDER} />, root);
    await vi.waitFor(() => expect(root.querySelector('[data-node="approve"]')).not.toBeNull());
    const node = root.querySelector<HTMLElement>('[data-node="approve"]');
    const at = node?.style.top;
    const nodes = ORDER.nodes.map((each) =>
      each.id === 'approve'
        ? { ...each, state: 'running', current: true, attempts: 2, max_attempts: 3, runs: 2, progress_percentage: 40 }
        : each,
    );
    render(<GraphView graph={{ ...ORDER, nodes }} />, root);
    await vi.waitFor(() => expect(node?.getAttribute('data-state')).toBe('running'));
    expect(node?.style.top).toBe(at);
    for (const part of ['2/3', '×2', '40 %', 'Running']) expect(node?.textContent).toContain(part);
    expect(node?.querySelector<HTMLElement>('.graph-progress-bar')?.style.width).toBe('40%');
  });

  it('counts the runs inside a map', async () => {
    const nodes = ORDER.nodes.map((each) =>
      each.id === 'reserve_line' ? { ...each, state: 'running', counts: { completed: 3, running: 2 } } : each,
    );
    const regions = (ORDER.regions ?? []).map((each) =>
      each.kind === 'map' ? { ...each, total: 5, counts: { completed: 3, running: 2 } } : each,
    );
    render(<GraphView graph={{ ...ORDER, nodes, regions }} />, root);
    await vi.waitFor(() =>
      expect(root.querySelector('[data-node="reserve_line"]')?.textContent).toContain('3 Completed'),
    );
    expect(root.querySelector('.graph-region-map')?.textContent).toContain('of 5');
  });

  it('of a definition says the types', async () => {
    const nodes = ORDER.nodes.map(({ id, name, type, region }) => ({ id, name, type, region: region ?? null }));
    const edges = ORDER.edges.map((edge) => ({ ...edge, taken: null }));
    render(<GraphView graph={{ ...ORDER, view_type: 'definition', nodes, edges }} />, root);
    await vi.waitFor(() => expect(root.querySelector('[data-node="charge"]')?.textContent).toContain('Activity'));
    expect(root.querySelectorAll('.graph-edge-plain')).toHaveLength(edges.length);
  });
});

describe('what is counted', () => {
  it.each([
    [{}, false],
    [{ completed: 1 }, false],
    [{ completed: 1, failed: 1 }, true],
    [{ completed: 5 }, false],
  ])('%j of a step outside a map: %s', (counts, counted) => {
    expect(isCounted({ id: 'a', name: 'a', type: 'activity', counts: counts as Record<string, number> }, ORDER)).toBe(
      counted,
    );
  });
});

describe('laying out', () => {
  const large: Input = {
    nodes: Array.from({ length: 200 }, (_, index) => ({ id: `s${index}`, type: 'activity' })),
    edges: [],
    regions: [],
  };

  class FakeWorker {
    static made: FakeWorker[] = [];
    onmessage: ((event: { data: unknown }) => void) | null = null;
    onerror: (() => void) | null = null;
    asked: { id: number; input: Input }[] = [];

    constructor() {
      FakeWorker.made.push(this);
    }

    postMessage(message: { id: number; input: Input }) {
      this.asked.push(message);
    }
  }

  async function fresh() {
    vi.resetModules();
    FakeWorker.made = [];
    vi.stubGlobal('Worker', FakeWorker);
    return import('../src/graph/laying_out');
  }

  it('is done by a worker when the graph is large', async () => {
    const { laidOut, warmUp } = await fresh();
    warmUp();
    const waiting = laidOut(large);
    const [worker] = FakeWorker.made;
    expect(FakeWorker.made).toHaveLength(1);
    const layout = { width: 1 } as Layout;
    worker?.onmessage?.({ data: { id: worker.asked[0]?.id, layout } });
    expect(await waiting).toBe(layout);
  });

  it('fails with what the worker says', async () => {
    const { laidOut } = await fresh();
    const waiting = laidOut(large);
    const [worker] = FakeWorker.made;
    worker?.onmessage?.({ data: { id: worker.asked[0]?.id, failure: 'no' } });
    await expect(waiting).rejects.toThrow('no');
  });

  it('is done in the page when the worker cannot be had', async () => {
    const { laidOut } = await fresh();
    const waiting = laidOut(large);
    FakeWorker.made[0]?.onerror?.();
    expect(Object.keys((await waiting).nodes)).toHaveLength(200);
    expect(Object.keys((await laidOut(large)).nodes)).toHaveLength(200);
    expect(FakeWorker.made).toHaveLength(1);
  });

  it('is done in the page when the graph is small', async () => {
    const { laidOut } = await fresh();
    const small = { ...large, nodes: large.nodes.slice(0, 3) };
    expect(await laidOut(small)).toEqual(layOut(small));
    expect(FakeWorker.made).toHaveLength(0);
  });

  it('of a large picture is waited for', async () => {
    vi.stubGlobal('Worker', undefined);
    vi.resetModules();
    const view = await import('../src/graph');
    const graph: Graph = {
      ...ORDER,
      regions: [],
      edges: [],
      nodes: large.nodes.map(({ id }) => ({ id, name: id, type: 'activity', state: 'completed' })),
    };
    render(<view.GraphView graph={graph} />, root);
    expect(root.querySelector('.loading')).not.toBeNull();
    await vi.waitFor(() => expect(root.querySelectorAll('.graph-node')).toHaveLength(200), { timeout: 20_000 });
  });
});
