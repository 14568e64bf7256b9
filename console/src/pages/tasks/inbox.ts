/** What waits for people: what the inbox shows of it, and what an answer says. */
import type { Priority } from '../../api/types';
import type { FormField } from '../../forms/declared';

export interface TaskRow {
  task_id: string;
  execution_id: string;
  workflow_id: string;
  workflow_version: string;
  workflow_name: string | null;
  step_id: string;
  run_id: string;
  intervention_point_id: string;
  name: string;
  description: string | null;
  priority: Priority;
  user_groups: string[];
  deadline: string | null;
  escalated: boolean;
  created_at: string;
  actions: string[];
}

export interface TaskPage {
  tasks: TaskRow[];
  page_size: number;
  next_cursor?: string;
}

export interface Action {
  type: 'approve' | 'reject' | 'modify_data' | 'custom';
  id?: string;
  name?: string | null;
  description?: string | null;
  reason?: string | null;
  field_definitions?: FormField[] | null;
}

export interface Ended {
  outcome: 'answered' | 'timed_out' | 'skipped' | 'canceled' | 'failed' | 'ended';
  ended_at: string;
  action?: string;
  custom_action_id?: string | null;
  user?: string | null;
  reason?: string | null;
  comments?: string | null;
  data?: unknown;
  strategy?: string;
}

export interface HumanTask extends Omit<TaskRow, 'actions'> {
  state: 'open' | 'ended';
  reminders?: number;
  allowed_actions?: Action[];
  context?: { input: unknown; variables: Record<string, unknown> | null; item?: unknown; index?: number };
  ended?: Ended | null;
  execution: {
    execution_id: string;
    state: string;
    started_at: string | null;
    priority: Priority;
    tags: Record<string, string>;
  };
  truncated?: { pointer: string; bytes: number; link?: string }[];
}

export type Urgency = 'none' | 'later' | 'today' | 'soon' | 'overdue';

const HOUR_MS = 3_600_000;

/** How pressing a deadline is: `soon` within an hour, `today` within a day. */
export function urgencyOf(deadline: string | null, now: number): Urgency {
  if (deadline === null) return 'none';
  const left = new Date(deadline).getTime() - now;
  if (left <= 0) return 'overdue';
  if (left <= HOUR_MS) return 'soon';
  return left <= 24 * HOUR_MS ? 'today' : 'later';
}

/** The rows that have every word of the search somewhere in what is shown of them. */
export function found(rows: readonly TaskRow[], search: string): TaskRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const shown = [row.name, row.description, row.workflow_name, row.workflow_id, row.execution_id, row.step_id];
    const text = [...shown, ...row.user_groups].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export interface Answer {
  action_type: string;
  custom_action_id?: string;
  data?: unknown;
  reason?: string;
  comments?: string;
}

/** The body of an answer; texts that are empty are left out. */
export function answerOf(action: Action, given: { data?: unknown; reason: string; comments: string }): Answer {
  const [reason, comments] = [given.reason.trim(), given.comments.trim()];
  return {
    action_type: action.type,
    ...(action.type === 'custom' && action.id ? { custom_action_id: action.id } : {}),
    ...(given.data === undefined ? {} : { data: given.data }),
    ...(reason ? { reason } : {}),
    ...(comments ? { comments } : {}),
  };
}

/** What tells an action from the others of its task. */
export function keyOf(action: Action): string {
  return action.type === 'custom' ? `custom:${action.id ?? ''}` : action.type;
}

export function hasForm(action: Action): boolean {
  return (action.field_definitions ?? []).length > 0;
}

/** Whether somebody in these groups may answer; a user of every role may in any case. */
export function mayAnswer(
  task: Pick<TaskRow, 'user_groups'>,
  groups: readonly string[],
  isDeveloper: boolean,
): boolean {
  return isDeveloper || task.user_groups.length === 0 || task.user_groups.some((group) => groups.includes(group));
}
