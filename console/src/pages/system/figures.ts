/** The figures of the system page, as `GET /metrics?type=system` gives them, made ready to be shown. */

export interface Minute {
  minute: string;
  started: number;
  completed: number;
  failed: number;
}

export interface Queue {
  name: string;
  kind: 'commands' | 'tasks' | 'wakeups' | 'dead_letters';
  priority?: string | null;
  visible: number;
  in_flight: number;
  delayed: number;
  oldest_age_seconds?: number | null;
}

export interface FailureRow {
  execution_id: string;
  workflow_id: string;
  completed_at: string;
  error: { code: string; message: string } | null;
}

export interface SystemMetrics {
  taken_at: string;
  executions: {
    active: Record<string, number>;
    /** Whether there are more than were counted. */
    active_capped?: boolean;
    recent: {
      since: string;
      started: number;
      completed: number;
      failed: number;
      canceled: number;
      timed_out: number;
      per_minute: Minute[];
      p50_ms?: number | null;
      p95_ms?: number | null;
      capped?: boolean;
    };
  };
  queues: Queue[];
  timers: {
    due_within_15_minutes: number;
    due_within_1_hour: number;
    due_within_24_hours: number;
    overdue: number;
    capped?: boolean;
  };
  failures: FailureRow[];
}

export const SERIES = ['started', 'completed', 'failed'] as const;
export type Series = (typeof SERIES)[number];

export interface Point extends Record<Series, number> {
  time: number;
}

const MINUTE_MS = 60_000;
const MOST_MINUTES = 24 * 60;

/** A point for each minute from `since` to `until`, with zeros for those in which nothing happened. */
export function minutesOf(rows: readonly Minute[], since: string, until: string): Point[] {
  const known = new Map(rows.map((row) => [floor(new Date(row.minute).getTime()), row]));
  const last = floor(new Date(until).getTime());
  const first = Math.max(floor(new Date(since).getTime()), last - (MOST_MINUTES - 1) * MINUTE_MS);
  const points: Point[] = [];
  for (let time = first; time <= last; time += MINUTE_MS) {
    const row = known.get(time);
    points.push({ time, started: row?.started ?? 0, completed: row?.completed ?? 0, failed: row?.failed ?? 0 });
  }
  return points;
}

function floor(time: number): number {
  return Math.floor(time / MINUTE_MS) * MINUTE_MS;
}

/** The highest value of all series, at least 1. */
export function highest(points: readonly Point[]): number {
  return points.reduce((most, point) => Math.max(most, ...SERIES.map((name) => point[name])), 1);
}

/** The index of the point nearest to a share (0 to 1) of the width. */
export function nearest(points: readonly Point[], share: number): number {
  return Math.min(Math.max(Math.round(share * (points.length - 1)), 0), Math.max(points.length - 1, 0));
}

export interface Bar {
  name: string;
  value: number;
  /** Of the longest bar, 0 to 1. */
  share: number;
}

/** States with executions in them, most first. */
export function barsOf(counts: Record<string, number>): Bar[] {
  const rows = Object.entries(counts).filter(([, value]) => value > 0);
  const most = Math.max(1, ...rows.map(([, value]) => value));
  return rows
    .sort(([, left], [, right]) => right - left)
    .map(([name, value]) => ({ name, value, share: value / most }));
}

const KINDS: readonly Queue['kind'][] = ['commands', 'tasks', 'wakeups', 'dead_letters'];
const PRIORITIES = ['highest', 'high', 'medium', 'low', 'lowest'];

export interface QueueRow extends Queue {
  total: number;
  share: number;
  /** Something is there that should not be: a dead letter, or what has waited for long. */
  isAlarming: boolean;
}

const LONG_SECONDS = 300;

/** Queues by kind, those of tasks by priority, with how long their bars are. */
export function queueRows(queues: readonly Queue[]): QueueRow[] {
  const total = (queue: Queue) => queue.visible + queue.in_flight + queue.delayed;
  const most = Math.max(1, ...queues.map(total));
  const place = ({ kind, priority }: Queue) => KINDS.indexOf(kind) * 10 + PRIORITIES.indexOf(priority ?? '');
  return [...queues]
    .sort((left, right) => place(left) - place(right))
    .map((queue) => ({
      ...queue,
      total: total(queue),
      share: total(queue) / most,
      isAlarming:
        queue.kind === 'dead_letters'
          ? total(queue) > 0
          : queue.visible > 0 && (queue.oldest_age_seconds ?? 0) > LONG_SECONDS,
    }));
}

/** The share of what ended well, 0 to 1; null if nothing ended. */
export function successRate({ completed, failed, timed_out }: SystemMetrics['executions']['recent']): number | null {
  const ended = completed + failed + timed_out;
  return ended === 0 ? null : completed / ended;
}
