/** Between RFC 3339 and the input `datetime-local`, which knows no offset and shows the browser's own time. */

/** The local wall-clock time of a timestamp, for the input; empty if it is none. `offsetOf` gives minutes west of UTC. */
export function toLocal(text: string, offsetOf: (time: Date) => number = (time) => time.getTimezoneOffset()): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return '';
  return new Date(time.getTime() - offsetOf(time) * 60_000).toISOString().slice(0, 19);
}

/** The timestamp of a local wall-clock time, with the offset of that moment; empty for an empty one. */
export function fromLocal(
  local: string,
  offsetOf: (time: Date) => number = (time) => time.getTimezoneOffset(),
): string {
  const wall = new Date(`${local.length === 16 ? `${local}:00` : local}Z`);
  if (local === '' || Number.isNaN(wall.getTime())) return '';
  const first = new Date(wall.getTime() + offsetOf(wall) * 60_000);
  const offset = offsetOf(first);
  return `${wall.toISOString().slice(0, 19)}${written(offset)}`;
}

function written(minutesWest: number): string {
  if (minutesWest === 0) return 'Z';
  const minutes = Math.abs(minutesWest);
  const digits = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return `${minutesWest < 0 ? '+' : '-'}${digits.join(':')}`;
}
