/**
 * The list of executions. A page is read when the search changes; after that it is kept up to date by what comes live:
 * what changed is read again, soon and at most so often, and only on the first page do new rows come in.
 */
import { batch, signal, type ReadonlySignal } from '@preact/signals';

import { toQuery, type Filters } from './filters';
import type { Client } from '../../api/client';
import { toProblem, type Problem } from '../../api/problem';
import type { ExecutionPage, ExecutionSummary } from '../../api/types';
import type { LiveClient } from '../../live/client';

const PAGE_SIZE = 25;
/** The list lags behind an execution by up to a second; a second look shows what the first was too early for. */
const FIRST_LOOK_MS = 250;
const SECOND_LOOK_MS = 1_200;

export class ExecutionsModel {
  private readonly heldRows = signal<readonly ExecutionSummary[] | null>(null);
  private readonly heldProblem = signal<Problem | null>(null);
  private readonly heldPage = signal<{ number: number; hasNext: boolean }>({ number: 1, hasNext: false });
  private readonly heldFresh = signal<ReadonlySet<string>>(new Set());
  readonly rows: ReadonlySignal<readonly ExecutionSummary[] | null> = this.heldRows;
  readonly problem: ReadonlySignal<Problem | null> = this.heldProblem;
  readonly page: ReadonlySignal<{ number: number; hasNext: boolean }> = this.heldPage;
  /** Those that came or changed since the page was opened: they are lit for a moment. */
  readonly fresh: ReadonlySignal<ReadonlySet<string>> = this.heldFresh;
  private filters: Filters | null = null;
  /** The cursors that led to the pages so far; the first page has none. */
  private cursors: (string | null)[] = [null];
  /** The page that is shown, from 0 on. */
  private at = 0;
  private era = 0;
  private timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(
    private readonly api: Client,
    private readonly live: LiveClient,
    private readonly now: () => number = Date.now,
  ) {}

  open(): () => void {
    const unwatch = this.live.watchWorkflow('*', {
      onChange: () => this.lookSoon(),
      onView: () => this.lookSoon(),
      onPoll: () => void this.read({ quietly: true }),
    });
    return () => {
      unwatch();
      this.era += 1;
      for (const timer of this.timers) clearTimeout(timer);
      this.timers.clear();
    };
  }

  search(filters: Filters): void {
    this.filters = filters;
    this.cursors = [null];
    this.turn(0);
  }

  next(): void {
    if (this.heldPage.value.hasNext) this.turn(this.at + 1);
  }

  previous(): void {
    if (this.at > 0) this.turn(this.at - 1);
  }

  private turn(at: number): void {
    this.at = at;
    void this.read({ quietly: false });
  }

  private lookSoon(): void {
    if (this.timers.size) return;
    for (const wait of [FIRST_LOOK_MS, SECOND_LOOK_MS]) {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        void this.read({ quietly: true });
      }, wait);
      this.timers.add(timer);
    }
  }

  /** Quietly: what differs from before is lit. */
  async read({ quietly }: { quietly: boolean }): Promise<void> {
    if (!this.filters) return;
    this.era += 1;
    const { era, at } = this;
    const cursor = this.cursors[at] ?? null;
    try {
      const query = { ...toQuery(this.filters, this.now()), page_size: PAGE_SIZE, cursor };
      const page = await this.api.get<ExecutionPage>('/workflows/executions', query);
      if (era !== this.era) return;
      this.cursors[at + 1] = page.next_cursor ?? null;
      const before = this.heldRows.value;
      batch(() => {
        this.heldFresh.value = quietly && before ? changed(before, page.executions) : new Set();
        this.heldRows.value = page.executions;
        this.heldPage.value = { number: at + 1, hasNext: page.next_cursor !== undefined };
        this.heldProblem.value = null;
      });
    } catch (error) {
      if (era === this.era) this.heldProblem.value = toProblem(error);
    }
  }
}

/** The rows that are new, or in another state than before. */
export function changed(before: readonly ExecutionSummary[], after: readonly ExecutionSummary[]): ReadonlySet<string> {
  const states = new Map(before.map((row) => [row.execution_id, row.state]));
  return new Set(after.filter((row) => states.get(row.execution_id) !== row.state).map((row) => row.execution_id));
}
