/** What comes over the WebSocket; docs/api.md, section WebSocket. */
import type { ProblemDocument } from '../api/problem';
import type { ExecutionSummary, HistoryEvent, Status } from '../api/types';

/** One event of a history, as it happens. */
export interface Change {
  /** `step.completed`, `workflow.pause_requested`. */
  event_type: string;
  workflow_id: string;
  execution_id: string;
  sequence: number;
  version: number;
  timestamp: string;
  data: Record<string, unknown>;
  truncated?: unknown;
}

/** What a subscription begins with. */
export interface View {
  request_type: string;
  execution_id?: string;
  workflow_id?: string;
  sequence?: number;
  version?: number;
  status?: Status;
  executions?: ExecutionSummary[];
}

export interface Refusal {
  request_type: string | null;
  execution_id?: string;
  workflow_id?: string;
  problem: ProblemDocument;
}

export type Message = Change | View | Refusal;

export function isChange(message: Message): message is Change {
  return 'event_type' in message;
}

export function isRefusal(message: Message): message is Refusal {
  return 'problem' in message;
}

/** `step.timed_out` is `StepTimedOut` in a history. */
export function historyName(dotted: string): string {
  return dotted
    .split(/[._]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

/** A change as the history gives it. */
export function toHistoryEvent(change: Change): HistoryEvent {
  const { step_id: step, task_id: task, ...details } = change.data;
  return {
    id: `${change.execution_id}:${change.sequence}`,
    sequence: change.sequence,
    timestamp: change.timestamp,
    execution_id: change.execution_id,
    workflow_id: change.workflow_id,
    event_type: historyName(change.event_type),
    step_id: typeof step === 'string' ? step : null,
    task_id: typeof task === 'string' ? task : null,
    details: { ...(typeof step === 'string' ? { step_id: step } : {}), ...details },
    source: 'engine',
  };
}
