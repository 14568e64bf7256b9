/**
 * One execution as the page has it: its status and its graph, both the service's, read again when something changed;
 * and the changes that came live. However fast changes come, one reading is under way at a time.
 */
import { batch, signal, type ReadonlySignal } from '@preact/signals';

import { path, type Client } from '../../api/client';
import { toProblem, type Problem } from '../../api/problem';
import type { HistoryEvent, Status, Visualization } from '../../api/types';
import type { LiveClient } from '../../live/client';
import { toHistoryEvent } from '../../live/messages';

/** Changes that belong together come together. */
const TOGETHER_MS = 60;
const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 3_000;
/** A reading may take half of the time. */
const PAUSE_PER_READING = 1;
const KEPT_CHANGES = 2_000;
/** The progress of an activity at work is in no change: it is asked for. */
const PROGRESS_MS = 5_000;

export class ExecutionModel {
  private readonly heldStatus = signal<Status | null>(null);
  private readonly heldPicture = signal<Visualization | null>(null);
  private readonly heldProblem = signal<Problem | null>(null);
  private readonly heldChanges = signal<readonly HistoryEvent[]>([]);
  readonly status: ReadonlySignal<Status | null> = this.heldStatus;
  readonly picture: ReadonlySignal<Visualization | null> = this.heldPicture;
  readonly problem: ReadonlySignal<Problem | null> = this.heldProblem;
  /** Those of this visit, oldest first. */
  readonly changes: ReadonlySignal<readonly HistoryEvent[]> = this.heldChanges;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private progress: ReturnType<typeof setTimeout> | undefined;
  private reading = false;
  private again = false;
  private pause = SHORTEST_PAUSE_MS;
  /** When the last reading ended. */
  private lastRead = -Infinity;
  private ended = new AbortController();
  private unwatch: (() => void) | undefined;

  constructor(
    readonly id: string,
    private readonly api: Client,
    private readonly live: LiveClient,
    private depth = 1,
  ) {}

  open(): () => void {
    this.ended = new AbortController();
    void this.read();
    this.unwatch = this.live.watchExecution(this.id, {
      onView: () => this.refresh(),
      onPoll: () => {
        if (!this.isRefused()) this.refresh();
      },
      onChange: (change) => {
        this.heldChanges.value = [...this.heldChanges.value.slice(-KEPT_CHANGES), toHistoryEvent(change)];
        this.refresh();
      },
    });
    return () => this.close();
  }

  /** Asking again would change nothing. */
  private isRefused(): boolean {
    return [403, 404].includes(this.heldProblem.value?.status ?? 0);
  }

  private close(): void {
    this.unwatch?.();
    this.ended.abort();
    clearTimeout(this.timer);
    clearTimeout(this.progress);
    this.timer = undefined;
  }

  /** How many levels of sub-workflows are drawn out. */
  draw(depth: number): void {
    if (depth === this.depth) return;
    this.depth = depth;
    void this.read();
  }

  /** Soon, and together with what else changes until then. */
  refresh(): void {
    if (this.reading) this.again = true;
    else this.timer ??= setTimeout(() => void this.read(), this.wait());
  }

  private wait(): number {
    return Math.max(TOGETHER_MS, this.lastRead + this.pause - performance.now());
  }

  async read(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    this.again = false;
    const began = performance.now();
    let failed: Problem | null = null;
    try {
      await this.readBoth();
    } catch (error) {
      failed = toProblem(error);
      if (!this.ended.signal.aborted) this.heldProblem.value = failed;
    } finally {
      this.reading = false;
      this.lastRead = performance.now();
      const took = this.lastRead - began;
      this.pause = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, took * PAUSE_PER_READING));
      if (this.ended.signal.aborted) this.again = false;
      else if (failed && mayPass(failed)) this.timer ??= setTimeout(() => void this.read(), LONGEST_PAUSE_MS);
      else if (this.again) this.refresh();
      this.followProgress();
    }
  }

  private followProgress(): void {
    clearTimeout(this.progress);
    const atWork = this.status.value?.active_steps?.some(
      (run) => run.state === 'running' && run.step_type === 'activity',
    );
    if (!atWork || this.ended.signal.aborted) return;
    this.progress = setTimeout(() => {
      if (document.hidden) this.followProgress();
      else this.refresh();
    }, PROGRESS_MS);
  }

  private async readBoth(): Promise<void> {
    const options = { signal: this.ended.signal };
    const where = path`/workflows/executions/${this.id}`;
    const query = { format: 'json', depth: this.depth };
    const [status, picture] = await Promise.all([
      this.api.get<Status>(where, {}, options),
      this.api.get<Visualization>(`${where}/visualization`, query, options),
    ]);
    if (this.ended.signal.aborted) return;
    batch(() => {
      this.heldStatus.value = status;
      this.heldPicture.value = picture;
      this.heldProblem.value = null;
    });
  }
}

/** Nothing was decided: the service was not reached, was busy, or failed. */
function mayPass(problem: Problem): boolean {
  return problem.isUnreachable || problem.status === 429 || problem.status >= 500;
}
