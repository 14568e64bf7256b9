import { describe, expect, it } from 'vitest';

import order from './fixtures/order.json';
import { layOut, type Box, type Input } from '../src/graph/layout';
import { chainsOf } from '../src/graph/chains';
import { shapeOf } from '../src/graph/laying_out';

const whole: Input = { ...order, regions: order.regions };

function chainOf(length: number): Input {
  return {
    nodes: Array.from({ length }, (_, index) => ({ id: `s${index}` })),
    edges: Array.from({ length: length - 1 }, (_, index) => ({
      id: `e${index}`,
      source: `s${index}`,
      target: `s${index + 1}`,
      kind: 'normal',
    })),
    regions: [],
  };
}

function within(inner: Box | undefined, outer: Box | undefined): boolean {
  if (!inner || !outer) return false;
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function apart(one: Box, other: Box): boolean {
  return (
    one.x + one.width <= other.x ||
    other.x + other.width <= one.x ||
    one.y + one.height <= other.y ||
    other.y + other.height <= one.y
  );
}

describe('layOut', () => {
  it('places every node, region and edge when there are regions inside regions', () => {
    const layout = layOut(whole);
    expect(Object.keys(layout.nodes).sort()).toEqual(order.nodes.map((node) => node.id).sort());
    expect(Object.keys(layout.regions).sort()).toEqual(order.regions.map((region) => region.id).sort());
    expect(Object.keys(layout.edges).sort()).toEqual(order.edges.map((edge) => edge.id).sort());
  });

  it('keeps steps inside the region that they belong to, and regions inside the box of their owner', () => {
    const layout = layOut(whole);
    for (const node of order.nodes) {
      if (node.region) expect(within(layout.nodes[node.id], layout.regions[node.region])).toBe(true);
    }
    for (const region of order.regions) {
      expect(within(layout.regions[region.id], layout.groups[region.owner])).toBe(true);
    }
  });

  it('lets no two steps overlap', () => {
    const boxes = Object.values(layOut(whole).nodes);
    for (const [index, box] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) expect(apart(box, other)).toBe(true);
    }
  });

  it('leads every edge from below its source to above its target when it goes forward', () => {
    const { nodes, edges } = layOut(chainOf(3));
    const [from, to] = [nodes['s0'], nodes['s1']];
    expect(edges['e0']?.points.at(0)?.y).toBe((from?.y ?? 0) + (from?.height ?? 0));
    expect(edges['e0']?.points.at(-1)?.y).toBe(to?.y);
  });

  it('takes loops, edges to nowhere and regions of nobody', () => {
    const layout = layOut({
      nodes: [{ id: 'a' }, { id: 'b', region: 'gone' }],
      edges: [
        { id: '1', source: 'a', target: 'b', kind: 'normal' },
        { id: '2', source: 'b', target: 'a', kind: 'normal' },
        { id: '3', source: 'a', target: 'a', kind: 'error', label: 'again' },
        { id: '4', source: 'a', target: 'nowhere', kind: 'normal' },
      ],
      regions: [{ id: 'gone', owner: 'nobody' }],
    });
    expect(Object.keys(layout.nodes)).toEqual(['a', 'b']);
    expect(Object.keys(layout.edges).sort()).toEqual(['1', '2', '3']);
  });

  it('is an empty picture when there is nothing', () => {
    expect(layOut({ nodes: [], edges: [], regions: [] })).toMatchObject({ width: 0, height: 0, nodes: {} });
  });

  it.each([
    ['a chain', chainOf(200)],
    [
      'chains that part and meet, and lead back',
      {
        ...chainOf(200),
        edges: [
          ...chainOf(200).edges,
          { id: 'skip', source: 's10', target: 's150', kind: 'decision', label: 'when' },
          { id: 'back', source: 's120', target: 's30', kind: 'normal' },
        ],
      },
    ],
    [
      'a ring',
      { ...chainOf(80), edges: [...chainOf(80).edges, { id: 'ring', source: 's79', target: 's0', kind: 'normal' }] },
    ],
  ])('places every step of %s, none on another', (_, input) => {
    const layout = layOut(input);
    expect(Object.keys(layout.edges).sort()).toEqual(input.edges.map((edge) => edge.id).sort());
    const boxes = Object.values(layout.nodes);
    expect(boxes).toHaveLength(input.nodes.length);
    for (const [index, box] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) expect(apart(box, other)).toBe(true);
    }
    for (const { points } of Object.values(layout.edges)) expect(points.length).toBeGreaterThanOrEqual(2);
  });

  it('lays out 500 steps in time', () => {
    const began = performance.now();
    const layout = layOut(chainOf(500));
    expect(Object.keys(layout.nodes)).toHaveLength(500);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe('shapeOf', () => {
  it('is the same when states alone have changed', () => {
    const later = { ...whole, nodes: order.nodes.map((node) => ({ ...node, state: 'completed' })) };
    expect(shapeOf(later)).toBe(shapeOf(whole));
    expect(shapeOf({ ...whole, edges: [] })).not.toBe(shapeOf(whole));
  });
});

describe('chainsOf', () => {
  const links = (...pairs: string[]) =>
    pairs.map((pair) => ({ from: pair[0] ?? '', to: pair[1] ?? '', labelled: pair[2] === '!' }));

  it.each([
    ['follow each other', ['a', 'b', 'c'], links('ab', 'bc'), [['a', 'b', 'c']]],
    ['part', ['a', 'b', 'c'], links('ab', 'ac'), [['a'], ['b'], ['c']]],
    ['meet', ['a', 'b', 'c', 'd'], links('ac', 'bc', 'cd'), [['a'], ['b'], ['c', 'd']]],
    ['have a label between them', ['a', 'b'], links('ab!'), [['a'], ['b']]],
    ['go round', ['a', 'b'], links('ab', 'ba'), [['a', 'b']]],
    ['lead to themselves', ['a'], links('aa'), [['a']]],
  ])('gives the chains of steps that %s', (_, ids, given, chains) => {
    expect(chainsOf(ids, given)).toEqual(chains);
  });
});
