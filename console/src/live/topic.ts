/** One thing that is watched: which change came last, and whether the next one follows it. */
import type { Change, View } from './messages';
import type { Problem } from '../api/problem';

export interface Watch {
  /** A whole view: the first one, and again when too much was missed. */
  onView?: (view: View) => void;
  /** Every change, in order and once. */
  onChange?: (change: Change) => void;
  /** There is no live connection: ask over HTTP what has changed. */
  onPoll?: () => void;
  /** It cannot be watched. */
  onProblem?: (problem: Problem) => void;
}

export type Kind = 'execution' | 'workflow';
export type Verdict = 'next' | 'known' | 'gap';

const MOST_EXECUTIONS = 5_000;

export class Topic {
  readonly watches = new Set<Watch>();
  /** The last change that was handed on; null before the first view. */
  private last: { sequence: number; version: number } | null = null;
  /** Of a workflow's executions, which each have a sequence of their own. */
  private seen = new Map<string, number>();
  private catchingUp = false;

  constructor(
    readonly kind: Kind,
    readonly id: string,
  ) {}

  /** What to ask for: everything, or what came after the last change. */
  request(): Record<string, unknown> {
    const named = { request_type: 'subscribe', [`${this.kind}_id`]: this.id };
    if (this.kind === 'workflow' || !this.last) return named;
    return { ...named, after_sequence: this.last.sequence, after_version: this.last.version };
  }

  concerns(message: { execution_id?: string; workflow_id?: string }, isChange: boolean): boolean {
    if (this.kind === 'execution') return message.execution_id === this.id;
    if (isChange) return this.id === '*' || message.workflow_id === this.id;
    return message.execution_id === undefined && message.workflow_id === this.id;
  }

  begin(view: View): void {
    this.catchingUp = false;
    this.seen.clear();
    const whole = view.status !== undefined || view.executions !== undefined;
    if (view.sequence !== undefined && (whole || !this.last)) {
      this.last = { sequence: view.sequence, version: view.version ?? 0 };
    }
    if (whole) for (const watch of this.watches) watch.onView?.(view);
  }

  /** Hands a change on if it is the next one. A gap is reported once, until what was missed has come. */
  take(change: Change): Verdict {
    const verdict = this.kind === 'execution' ? this.judge(change) : this.judgeOfMany(change);
    if (verdict !== 'next') return verdict;
    for (const watch of this.watches) watch.onChange?.(change);
    return 'next';
  }

  private judge(change: Change): Verdict {
    if (!this.last || change.sequence <= this.last.sequence) return 'known';
    if (change.sequence > this.last.sequence + 1) {
      if (this.catchingUp) return 'known';
      this.catchingUp = true;
      return 'gap';
    }
    this.last = { sequence: change.sequence, version: change.version };
    return 'next';
  }

  private judgeOfMany(change: Change): Verdict {
    if (change.sequence <= (this.seen.get(change.execution_id) ?? 0)) return 'known';
    if (this.seen.size >= MOST_EXECUTIONS) this.seen.clear();
    this.seen.set(change.execution_id, change.sequence);
    return 'next';
  }

  /** The connection is gone: what was asked for is not coming. */
  disconnected(): void {
    this.catchingUp = false;
  }
}
