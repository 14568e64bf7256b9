/** What of a history is shown: which events, and who stands behind them. */
import type { HistoryEvent, StepRun } from '../../api/types';

export const EVENT_TYPES = [
  'WorkflowCreated',
  'WorkflowStarted',
  'WorkflowCompleted',
  'WorkflowFailed',
  'WorkflowCanceled',
  'WorkflowPauseRequested',
  'WorkflowPaused',
  'WorkflowResumed',
  'WorkflowTimedOut',
  'StepScheduled',
  'StepStarted',
  'StepCompleted',
  'StepFailed',
  'StepSkipped',
  'StepRetried',
  'StepTimedOut',
  'StepCanceled',
  'DecisionMade',
  'SignalReceived',
  'ExternalEventReceived',
  'VariableSet',
  'TimerScheduled',
  'TimerFired',
  'HumanTaskCreated',
  'HumanInterventionSubmitted',
  'HumanInterventionTimedOut',
  'RequestRefused',
  'HumanTaskEscalated',
  'CompensationStarted',
  'CompensationCompleted',
  'CompensationFailed',
] as const;

/** Those that may name a person. */
export const BY_PEOPLE: readonly string[] = [
  'WorkflowCreated',
  'WorkflowPauseRequested',
  'WorkflowPaused',
  'WorkflowResumed',
  'WorkflowCanceled',
  'StepStarted',
  'StepSkipped',
  'StepRetried',
  'SignalReceived',
  'VariableSet',
  'HumanInterventionSubmitted',
  'RequestRefused',
];

/** Who did it: the names under which the details of an event have somebody. */
export function whoDid(event: HistoryEvent): string | null {
  for (const name of ['by', 'user', 'confirmed_by', 'started_by', 'submitted_by']) {
    const found = event.details[name];
    if (typeof found === 'string' && found) return found;
  }
  return null;
}

export function reasonOf(event: HistoryEvent): string | null {
  for (const name of ['reason', 'comments']) {
    const found = event.details[name];
    if (typeof found === 'string' && found) return found;
  }
  return null;
}

/** The task that a run waits for people with, by the events of its step. */
export function openTask(run: StepRun, events: readonly HistoryEvent[]): string | null {
  if (run.state !== 'waiting_for_human_intervention') return null;
  const created = events.filter(
    (event) =>
      event.event_type === 'HumanTaskCreated' &&
      (event.details['run_id'] === undefined || event.details['run_id'] === run.run_id),
  );
  const found = created.at(-1);
  const id = found?.task_id ?? found?.details['task_id'];
  return typeof id === 'string' ? id : null;
}

export interface Filter {
  types: readonly string[];
  step: string | null;
  people: boolean;
}

/** Whether a change that came live belongs to what is shown. */
export function fits(event: HistoryEvent, filter: Filter): boolean {
  if (filter.types.length && !filter.types.includes(event.event_type)) return false;
  if (filter.step && event.step_id !== filter.step) return false;
  return !filter.people || whoDid(event) !== null;
}

/** What was read, and what came live after it: in order, each once. */
export function joined(read: readonly HistoryEvent[], live: readonly HistoryEvent[]): HistoryEvent[] {
  const last = read.at(-1)?.sequence ?? 0;
  return [...read, ...live.filter((event) => event.sequence > last)];
}
