/** Which step an arrow key leads to. */
import type { Box } from './layout';

export type Direction = 'up' | 'down' | 'left' | 'right';

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

export function directionOf(key: string): Direction | undefined {
  return ARROWS[key];
}

/** The nearest in that direction; what lies aside counts as twice as far. Undefined at the edge of the picture. */
export function neighbour(
  boxes: Readonly<Record<string, Box>>,
  from: string,
  direction: Direction,
): string | undefined {
  const start = boxes[from];
  if (!start) return Object.keys(boxes)[0];
  let best: string | undefined;
  let shortest = Infinity;
  for (const [id, box] of Object.entries(boxes)) {
    if (id === from) continue;
    const [along, aside] = distances(start, box, direction);
    if (along <= 1) continue;
    const length = along + 2 * aside;
    if (length >= shortest) continue;
    shortest = length;
    best = id;
  }
  return best;
}

function distances(from: Box, to: Box, direction: Direction): [number, number] {
  const x = to.x + to.width / 2 - (from.x + from.width / 2);
  const y = to.y + to.height / 2 - (from.y + from.height / 2);
  switch (direction) {
    case 'up':
      return [-y, Math.abs(x)];
    case 'down':
      return [y, Math.abs(x)];
    case 'left':
      return [-x, Math.abs(y)];
    case 'right':
      return [x, Math.abs(y)];
  }
}
