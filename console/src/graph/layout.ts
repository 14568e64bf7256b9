/**
 * A layered layout of the graph, level by level: what lies in regions (branches, items of a map, a sub-workflow) is
 * laid out alone and becomes one box around the step that owns it, which the level above places like any other step.
 */
import { Graph as Layered, layout as layered } from '@dagrejs/dagre';

import { chainsOf } from './chains';

export interface Input {
  nodes: readonly { id: string; type?: string | undefined; region?: string | null | undefined }[];
  edges: readonly {
    id: string;
    source: string;
    target: string;
    kind: string;
    label?: string | null | undefined;
  }[];
  regions: readonly { id: string; owner: string }[];
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Way {
  points: Point[];
  label: Point | null;
}

/** Where everything is, from the top left corner; by the ids of nodes, regions and edges. */
export interface Layout {
  width: number;
  height: number;
  nodes: Record<string, Box>;
  /** The box around a step and its regions. */
  groups: Record<string, Box>;
  regions: Record<string, Box>;
  edges: Record<string, Way>;
}

export const NODE: Readonly<{ width: number; height: number }> = { width: 248, height: 62 };
export const ROUND: Readonly<{ width: number; height: number }> = { width: 120, height: 40 };
const GROUP_PADDING = 16;
const REGION_PADDING = 14;
const REGION_HEAD = 30;
const REGION_GAP = 16;
const BELOW_OWNER = 26;
const BELOW_REGIONS = 26;
const MARGIN = 24;
const LABEL: Readonly<{ width: number; height: number }> = { width: 150, height: 22 };
const WIDEST_ROW = 2_400;
/** Beyond it the exact ranking takes longer than anybody wants to wait, and differs little. */
const EXACT_RANKS_UP_TO = 250;
/** Beyond it a chain of steps is placed as a whole. */
const CHAINS_BEYOND = 60;
const RANK_GAP = 34;

interface Placed {
  width: number;
  height: number;
  nodes: [string, Box][];
  groups: [string, Box][];
  regions: [string, Box][];
  edges: [string, Way][];
}

interface Plan {
  input: Input;
  /** The nodes of each region; '' has those of none. */
  inside: Map<string, string[]>;
  regionsOf: Map<string, string[]>;
  ownerOf: Map<string, string>;
  regionOf: Map<string, string>;
  round: Set<string>;
  /** By the region where an edge's two ends meet. */
  edges: Map<string, Lifted[]>;
}

/** An edge with the ends that it has on the level where they meet. */
interface Lifted {
  id: string;
  from: string;
  to: string;
  source: string;
  target: string;
  kind: string;
  labelled: boolean;
}

export function layOut(input: Input): Layout {
  const plan = planOf(input);
  const placed = placeLevel(plan, '');
  return {
    width: placed.width,
    height: placed.height,
    nodes: Object.fromEntries(placed.nodes),
    groups: Object.fromEntries(placed.groups),
    regions: Object.fromEntries(placed.regions),
    edges: { ...Object.fromEntries(placed.edges), ...crossing(plan, placed) },
  };
}

// --- who is where ---------------------------------------------------------------------------------------------------

function planOf(input: Input): Plan {
  const known = new Set(input.nodes.map((node) => node.id));
  const regions = input.regions.filter((region) => known.has(region.owner));
  const ownerOf = new Map(regions.map((region) => [region.id, region.owner]));
  const regionOf = new Map(
    input.nodes.map((node) => [node.id, ownerOf.has(node.region ?? '') ? (node.region ?? '') : '']),
  );
  const plan: Plan = {
    input,
    inside: grouped(
      input.nodes,
      (node) => regionOf.get(node.id) ?? '',
      (node) => node.id,
    ),
    regionsOf: grouped(
      regions,
      (region) => region.owner,
      (region) => region.id,
    ),
    ownerOf,
    regionOf,
    round: new Set(input.nodes.filter((node) => isRound(node.type)).map((node) => node.id)),
    edges: new Map(),
  };
  for (const edge of input.edges) {
    if (!known.has(edge.source) || !known.has(edge.target)) continue;
    const [level, from, to] = meeting(plan, edge.source, edge.target);
    const lifted = { ...edge, from, to, labelled: Boolean(edge.label) };
    plan.edges.set(level, [...(plan.edges.get(level) ?? []), lifted]);
  }
  return plan;
}

function grouped<T, V>(values: readonly T[], key: (each: T) => string, value: (each: T) => V): Map<string, V[]> {
  const groups = new Map<string, V[]>();
  for (const each of values) {
    const group = groups.get(key(each));
    if (group) group.push(value(each));
    else groups.set(key(each), [value(each)]);
  }
  return groups;
}

/** A node, and the owners of all regions around it, outwards, each with the region that it lies in. */
function chain(plan: Plan, id: string): { region: string; node: string }[] {
  const links: { region: string; node: string }[] = [];
  let node: string | undefined = id;
  while (node !== undefined && links.length < 100) {
    const region: string = plan.regionOf.get(node) ?? '';
    links.push({ region, node });
    node = region ? plan.ownerOf.get(region) : undefined;
  }
  return links;
}

/** The innermost level on which both ends have something, and what they have there. */
function meeting(plan: Plan, source: string, target: string): [string, string, string] {
  const ends = new Map(chain(plan, target).map((link) => [link.region, link.node]));
  for (const { region, node } of chain(plan, source)) {
    const to = ends.get(region);
    if (to !== undefined) return [region, node, to];
  }
  return ['', source, target];
}

// --- one level ------------------------------------------------------------------------------------------------------

function placeLevel(plan: Plan, region: string): Placed {
  const ids = plan.inside.get(region) ?? [];
  const edges = (plan.edges.get(region) ?? []).filter((edge) => edge.from !== edge.to || edge.source === edge.target);
  const chains = ids.length > CHAINS_BEYOND ? chainsOf(ids, edges) : ids.map((id) => [id]);
  const boxes = new Map(chains.map((chain) => [chain[0] ?? '', stacked(chain.map((id) => placeNode(plan, id)))]));
  const headOf = new Map(chains.flatMap((chain) => chain.map((id) => [id, chain[0] ?? ''] as const)));
  const outside = edges.map((edge) => ({
    ...edge,
    from: headOf.get(edge.from) ?? edge.from,
    to: headOf.get(edge.to) ?? edge.to,
  }));
  // An edge inside a chain is straight, and needs no place of its own.
  const placed = outside.filter((edge, index) => edge.from !== edge.to || edges[index]?.from === edges[index]?.to);
  const whole = assembled(arranged(boxes, placed), boxes, placed);
  const known = new Set(placed.map((edge) => edge.id));
  for (const { id } of edges) if (!known.has(id)) whole.edges.push([id, { points: [], label: null }]);
  return whole;
}

/** Boxes below each other. */
function stacked(parts: readonly Placed[]): Placed {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const whole: Placed = { width: 0, height: 0, nodes: [], groups: [], regions: [], edges: [] };
  const width = Math.max(...parts.map((part) => part.width));
  let y = 0;
  for (const part of parts) {
    add(whole, part, (width - part.width) / 2, y);
    y += part.height + RANK_GAP;
  }
  whole.width = width;
  return whole;
}

function arranged(boxes: ReadonlyMap<string, Placed>, edges: readonly Lifted[]): Layered {
  const graph = new Layered({ multigraph: true });
  graph.setGraph({
    rankdir: 'TB',
    nodesep: 28,
    ranksep: RANK_GAP,
    edgesep: 14,
    marginx: 0,
    marginy: 0,
    ranker: boxes.size > EXACT_RANKS_UP_TO ? 'longest-path' : 'network-simplex',
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [id, box] of boxes) graph.setNode(id, { width: box.width, height: box.height });
  for (const edge of edges) {
    const label = edge.labelled ? { ...LABEL, labelpos: 'c' as const } : {};
    graph.setEdge(edge.from, edge.to, { weight: weightOf(edge.kind), ...label }, edge.id);
  }
  layered(graph);
  return graph;
}

/** The usual way stays straight; ways that are seldom gone bend around it. */
function weightOf(kind: string): number {
  if (kind === 'normal' || kind === 'decision') return 3;
  return kind === 'compensation' ? 0 : 1;
}

function assembled(graph: Layered, boxes: Map<string, Placed>, edges: readonly Lifted[]): Placed {
  const whole: Placed = { width: 0, height: 0, nodes: [], groups: [], regions: [], edges: [] };
  for (const [id, box] of boxes) {
    const { x, y } = graph.node(id) as Point;
    add(whole, box, Math.round(x - box.width / 2), Math.round(y - box.height / 2));
  }
  for (const edge of edges) {
    const found = graph.edge({ v: edge.from, w: edge.to, name: edge.id }) as Partial<Point> & { points?: Point[] };
    const label = edge.labelled && found.x !== undefined && found.y !== undefined ? { x: found.x, y: found.y } : null;
    whole.edges.push([edge.id, { points: found.points ?? [], label }]);
  }
  const { width = 0, height = 0 } = graph.graph();
  whole.width = Math.max(whole.width, Number.isFinite(width) ? width : 0);
  whole.height = Math.max(whole.height, Number.isFinite(height) ? height : 0);
  return whole;
}

function add(whole: Placed, part: Placed, x: number, y: number): void {
  const moved = ([id, box]: [string, Box]): [string, Box] => [id, { ...box, x: box.x + x, y: box.y + y }];
  whole.nodes.push(...part.nodes.map(moved));
  whole.groups.push(...part.groups.map(moved));
  whole.regions.push(...part.regions.map(moved));
  for (const [id, way] of part.edges) {
    const point = (each: Point) => ({ x: each.x + x, y: each.y + y });
    whole.edges.push([id, { points: way.points.map(point), label: way.label && point(way.label) }]);
  }
  whole.width = Math.max(whole.width, x + part.width);
  whole.height = Math.max(whole.height, y + part.height);
}

// --- a step with its regions -------------------------------------------------------------------------------------------

function placeNode(plan: Plan, id: string): Placed {
  const own: Placed = { ...sizeOf(id, plan), nodes: [], groups: [], regions: [], edges: [] };
  const regions = (plan.regionsOf.get(id) ?? []).filter((region) => plan.inside.has(region));
  if (!regions.length) {
    own.nodes.push([id, { x: 0, y: 0, width: own.width, height: own.height }]);
    return own;
  }
  const rows = inRows(regions.map((region) => [region, framed(placeLevel(plan, region))]));
  const width = Math.max(own.width, ...rows.map(widthOf)) + 2 * GROUP_PADDING;
  const whole: Placed = { width: 0, height: 0, nodes: [], groups: [], regions: [], edges: [] };
  whole.nodes.push([id, { x: (width - own.width) / 2, y: GROUP_PADDING, width: own.width, height: own.height }]);
  let y = GROUP_PADDING + own.height + BELOW_OWNER;
  for (const row of rows) {
    let x = (width - widthOf(row)) / 2;
    const height = Math.max(...row.map(([, part]) => part.height));
    for (const [region, part] of row) {
      whole.regions.push([region, { x, y, width: part.width, height: part.height }]);
      add(whole, part, x, y);
      x += part.width + REGION_GAP;
    }
    y += height + REGION_GAP;
  }
  whole.width = width;
  whole.height = y - REGION_GAP + BELOW_REGIONS;
  whole.groups.unshift([id, { x: 0, y: 0, width: whole.width, height: whole.height }]);
  return whole;
}

function sizeOf(id: string, plan: Plan): { width: number; height: number } {
  return plan.round.has(id) ? ROUND : NODE;
}

/** The start and the ends are small: there is little to say of them. */
export function isRound(type: string | undefined): boolean {
  return type === 'start' || type === 'end';
}

function framed(part: Placed): Placed {
  const frame: Placed = { width: 0, height: 0, nodes: [], groups: [], regions: [], edges: [] };
  const width = Math.max(part.width, NODE.width);
  add(frame, part, REGION_PADDING + (width - part.width) / 2, REGION_HEAD + REGION_PADDING / 2);
  frame.width = width + 2 * REGION_PADDING;
  frame.height += REGION_PADDING;
  return frame;
}

function inRows(parts: [string, Placed][]): [string, Placed][][] {
  const rows: [string, Placed][][] = [[]];
  for (const part of parts) {
    const row = rows.at(-1) ?? [];
    if (row.length && widthOf([...row, part]) > WIDEST_ROW) rows.push([part]);
    else row.push(part);
  }
  return rows;
}

function widthOf(row: readonly [string, Placed][]): number {
  return row.reduce((sum, [, part]) => sum + part.width, 0) + REGION_GAP * (row.length - 1);
}

// --- ends --------------------------------------------------------------------------------------------------------------

/**
 * Edges with their ends at the steps that they belong to: on a level above they lead from box to box. Between a step
 * and its own regions they lead down into the region, and out at the foot of the box.
 */
function crossing(plan: Plan, placed: Placed): Record<string, Way> {
  const nodes = new Map(placed.nodes);
  const groups = new Map(placed.groups);
  const ways = new Map(placed.edges);
  const result: Record<string, Way> = {};
  for (const edge of [...plan.edges.values()].flat()) {
    const way = ways.get(edge.id);
    if (!way && edge.kind === 'join') {
      const from = groups.get(edge.source) ?? nodes.get(edge.source);
      const around = groups.get(edge.target);
      if (from && around) result[edge.id] = { points: straight(foot(from), foot(around)), label: null };
    } else if (!way) {
      const [from, to] = [nodes.get(edge.source), nodes.get(edge.target)];
      if (from && to) result[edge.id] = { points: straight(foot(from), head(to)), label: null };
    } else {
      const from =
        edge.from === edge.source ? (groups.get(edge.source) ?? nodes.get(edge.source)) : nodes.get(edge.source);
      const to = nodes.get(edge.target);
      if (from && to && edge.source !== edge.target) result[edge.id] = { ...way, points: joined(from, way.points, to) };
    }
  }
  return result;
}

function joined(from: Box, points: Point[], to: Box): Point[] {
  const between = points.slice(1, -1);
  if (from.y + from.height <= to.y) {
    return [foot(from), ...between.filter((each) => each.y > from.y + from.height && each.y < to.y), head(to)];
  }
  // A way back, or to something beside it, leaves and comes in at the sides.
  const right = to.x + to.width / 2 >= from.x + from.width / 2;
  return [
    side(from, right),
    ...between,
    side(to, between.length ? (between.at(-1)?.x ?? 0) > to.x + to.width / 2 : !right),
  ];
}

function straight(from: Point, to: Point): Point[] {
  return [from, to];
}

export function head(box: Box): Point {
  return { x: box.x + box.width / 2, y: box.y };
}

export function foot(box: Box): Point {
  return { x: box.x + box.width / 2, y: box.y + box.height };
}

function side(box: Box, right: boolean): Point {
  return { x: right ? box.x + box.width : box.x, y: box.y + box.height / 2 };
}

/** Room around the picture. */
export const EDGE_OF_PICTURE = MARGIN;
