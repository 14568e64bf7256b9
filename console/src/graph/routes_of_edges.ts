/** The lines between steps: along the layout's points, or straight where somebody has moved a step. */
import { curveBasis, curveBumpY, line } from 'd3-shape';

import { foot, head, type Box, type Layout, type Point, type Way } from './layout';
import type { GraphEdge } from '../api/types';

export type Moves = Readonly<Record<string, Point>>;

const alongPoints = line<Point>(
  (point) => point.x,
  (point) => point.y,
).curve(curveBumpY);
const around = line<Point>(
  (point) => point.x,
  (point) => point.y,
).curve(curveBasis);

export function boxOf(layout: Layout, moves: Moves, id: string): Box | undefined {
  const box = layout.nodes[id];
  const moved = moves[id];
  return box && moved ? { ...box, x: box.x + moved.x, y: box.y + moved.y } : box;
}

export interface Line {
  path: string;
  label: Point | null;
}

export function lineOf(edge: GraphEdge, layout: Layout, moves: Moves): Line | null {
  const way = layout.edges[edge.id];
  if (!way || way.points.length < 2) return null;
  if (!moves[edge.source] && !moves[edge.target]) return { path: pathOf(way.points), label: way.label };
  return moved(edge, layout, moves, way);
}

function pathOf(points: readonly Point[]): string {
  const forward = points.every((point, index) => index === 0 || point.y >= (points[index - 1]?.y ?? 0));
  return (forward ? alongPoints : around)([...points]) ?? '';
}

function moved(edge: GraphEdge, layout: Layout, moves: Moves, way: Way): Line | null {
  const from = boxOf(layout, moves, edge.source);
  const to = boxOf(layout, moves, edge.target);
  if (!from || !to) return null;
  // A join ends at the foot of a box that stays where it is.
  const start = foot(from);
  const end = edge.kind === 'join' ? (way.points.at(-1) ?? head(to)) : head(to);
  const bend = Math.max(24, Math.abs(end.y - start.y) / 2);
  const path = `M${start.x},${start.y}C${start.x},${start.y + bend} ${end.x},${end.y - bend} ${end.x},${end.y}`;
  return { path, label: way.label && { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 } };
}
