/** Where the lines of a chart over time go, in the units of its picture. */
import { scaleLinear, scaleTime } from 'd3-scale';
import { area, curveMonotoneX, line } from 'd3-shape';

export interface Size {
  width: number;
  height: number;
}

export interface Sample {
  time: number;
}

export interface Chart<T> {
  x: (point: T) => number;
  y: (value: number) => number;
  line: (value: (point: T) => number) => string;
  area: (value: (point: T) => number) => string;
  /** Round numbers beside the lines, few. */
  levels: { value: number; y: number }[];
  times: { time: Date; x: number }[];
  inner: { left: number; right: number; top: number; bottom: number };
}

/** A label is centred under its line, and would be cut off at the edge. */
const HALF_A_LABEL = 10;
const MARGIN = { left: 34, right: 10, top: 10, bottom: 24 };

export function chartOf<T extends Sample>(points: readonly T[], most: number, { width, height }: Size): Chart<T> {
  const inner = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const first = points[0]?.time ?? 0;
  const last = points.at(-1)?.time ?? 1;
  const x = scaleTime()
    .domain([first, Math.max(last, first + 1)])
    .range([inner.left, inner.right]);
  const y = scaleLinear()
    .domain([0, Math.max(most, 1)])
    .nice(4)
    .range([inner.bottom, inner.top]);
  const at = (point: T) => x(point.time);
  const whole = y.ticks(4).filter((value) => Number.isInteger(value));
  return {
    x: at,
    y,
    line: (value) => line<T>(at, (point) => y(value(point))).curve(curveMonotoneX)(points) ?? '',
    area: (value) => area<T>(at, inner.bottom, (point) => y(value(point))).curve(curveMonotoneX)(points) ?? '',
    levels: whole.map((value) => ({ value, y: y(value) })),
    times: x
      .ticks(Math.max(2, Math.floor(width / 110)))
      .map((time) => ({ time, x: x(time) }))
      .filter((tick) => tick.x <= inner.right - HALF_A_LABEL),
    inner,
  };
}
