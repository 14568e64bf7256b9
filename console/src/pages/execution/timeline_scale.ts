/** The measure of a timeline: round steps of time, at most so many of them. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY, 365 * DAY,
]; // prettier-ignore

/** The marks of a length of time in milliseconds, 0 first. */
export function marks(lengthMs: number, most = 8): number[] {
  const step = STEPS.find((each) => lengthMs / each <= most) ?? lengthMs / most;
  const found: number[] = [];
  for (let at = 0; at <= lengthMs && found.length <= most + 1; at += step) found.push(at);
  return found;
}

export interface Bar {
  left: number;
  width: number;
}

/** Where a run lies, in hundredths of the whole; never too short to see. */
export function bar(from: number, to: number, start: number, length: number): Bar {
  const whole = Math.max(length, 1);
  const left = clamp(((from - start) / whole) * 100, 0, 100);
  const width = clamp(((to - from) / whole) * 100, 0.4, Math.max(0.4, 100 - left));
  return { left: Math.min(left, 99.6), width };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
