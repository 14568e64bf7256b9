/** What may be done to an execution and to a step of it in their present state; docs/api.md has the table. */
import { ENDED_EXECUTION, ENDED_STEP, type Status, type StepRun } from '../../api/types';

export type ExecutionControl = 'pause' | 'resume' | 'signal' | 'set' | 'cancel';
export type StepControl = 'confirm' | 'retry' | 'skip' | 'rerun';
export type Control = ExecutionControl | StepControl;

export function executionControls(state: string): ExecutionControl[] {
  if (ENDED_EXECUTION.has(state)) return [];
  return [state === 'paused' ? 'resume' : 'pause', 'signal', 'set', 'cancel'];
}

/** `run` is the latest run of the step (in a map, of the item). */
export function stepControls(run: StepRun, state: string, definition: unknown): StepControl[] {
  const controls: StepControl[] = [];
  const ended = ENDED_STEP.has(run.state);
  const goesOn = !ENDED_EXECUTION.has(state);
  if (goesOn && run.state === 'waiting_for_confirmation') controls.push('confirm');
  if (run.state === 'failed' && (goesOn || state === 'failed')) controls.push('retry');
  if (goesOn && !ended && isSkippable(definition, run.step_id)) controls.push('skip');
  if (ended && state !== 'canceled') controls.push('rerun');
  return controls;
}

/** The step's own part of a definition. */
export function stepOf(definition: unknown, id: string): Record<string, unknown> | undefined {
  const steps = (definition as { steps?: unknown } | null)?.steps;
  if (!Array.isArray(steps)) return undefined;
  return (steps as Record<string, unknown>[]).find((step) => step['id'] === id);
}

function isSkippable(definition: unknown, id: string): boolean {
  return stepOf(definition, id)?.['skippable'] === true;
}

/** How a run is named in a request. */
export function referenceTo(run: StepRun): string {
  return run.run_id ?? run.step_id;
}

/** The runs of a step, the latest first. */
export function runsOf(status: Status | null, step: string): StepRun[] {
  return (status?.steps ?? [])
    .filter((run) => run.step_id === step)
    .sort((one, other) => (other.started_at ?? '').localeCompare(one.started_at ?? '') || other.run - one.run);
}

/** The run to show first: one that failed or waits rather than one among many that went well. */
export function mostTelling(runs: readonly StepRun[]): StepRun | undefined {
  return runs.find((run) => run.state === 'failed') ?? runs.find((run) => !ENDED_STEP.has(run.state)) ?? runs[0];
}

export interface Request {
  method: 'POST' | 'PUT';
  /** Below the execution. */
  tail: string;
  body: Record<string, unknown>;
}

export interface Given {
  reason: string;
  step?: string | undefined;
  /** Undefined: the step's own. */
  input?: unknown;
  variables?: Record<string, unknown>;
  signal?: { name: string; payload: unknown };
}

export function requestFor(control: Control, given: Given): Request {
  const reason = given.reason.trim() ? { reason: given.reason.trim() } : {};
  switch (control) {
    case 'set':
      return { method: 'PUT', tail: '/variables', body: { variables: given.variables ?? {}, ...reason } };
    case 'signal':
      return {
        method: 'POST',
        tail: '/signal',
        body: { signal_name: given.signal?.name ?? '', payload: given.signal?.payload ?? null },
      };
    case 'pause':
    case 'resume':
    case 'cancel':
      return { method: 'POST', tail: `/${control}`, body: reason };
    default: {
      const input = control === 'rerun' && given.input !== undefined ? { input: given.input } : {};
      return {
        method: 'POST',
        tail: `/${control}/${encodeURIComponent(given.step ?? '')}`,
        body: { ...input, ...reason },
      };
    }
  }
}
