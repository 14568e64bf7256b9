import { describe, expect, it, vi } from 'vitest';

import { Client } from '../src/api/client';
import type { HistoryEvent, Status, StepRun } from '../src/api/types';
import { LiveClient } from '../src/live/client';
import { givenBy } from '../src/pages/execution/control_dialog';
import {
  executionControls,
  mostTelling,
  referenceTo,
  requestFor,
  runsOf,
  stepControls,
} from '../src/pages/execution/controls';
import { fits, joined, reasonOf, whoDid } from '../src/pages/execution/history_view';
import { ExecutionModel } from '../src/pages/execution/model';
import { bar, marks } from '../src/pages/execution/timeline_scale';

/** However busy the machine is. */
function until<T>(condition: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(condition, { timeout: 20_000 });
}

function run(more: Partial<StepRun> = {}): StepRun {
  return {
    step_id: 'check',
    run_id: 'check#1',
    name: 'Check',
    step_type: 'activity',
    state: 'completed',
    run: 1,
    attempts: 1,
    retry_info: null,
    node: null,
    started_at: '2026-01-31T09:00:00.000Z',
    completed_at: null,
    input: null,
    output: null,
    error: null,
    next_step_ids: [],
    status_info: {
      details: null,
      sub_state: null,
      progress_percentage: null,
      expected_duration: null,
      updated_at: null,
    },
    ...more,
  };
}

const SKIPPABLE = { steps: [{ id: 'check', skippable: true }] };

describe('what may be done to an execution', () => {
  it.each([
    ['running', ['pause', 'signal', 'set', 'cancel']],
    ['waiting_for_event', ['pause', 'signal', 'set', 'cancel']],
    ['paused', ['resume', 'signal', 'set', 'cancel']],
    ['completed', []],
    ['failed', []],
    ['canceled', []],
  ])('that is %s', (state, controls) => {
    expect(executionControls(state)).toEqual(controls);
  });
});

describe('what may be done to a step', () => {
  it.each([
    ['running', 'running', null, []],
    ['running', 'running', SKIPPABLE, ['skip']],
    ['failed', 'running', SKIPPABLE, ['retry', 'rerun']],
    ['failed', 'failed', null, ['retry', 'rerun']],
    ['failed', 'canceled', null, []],
    ['failed', 'completed', null, ['rerun']],
    ['completed', 'running', null, ['rerun']],
    ['waiting_for_confirmation', 'running', null, ['confirm']],
    ['waiting_for_confirmation', 'canceled', null, []],
  ] as const)('that is %s in an execution that is %s', (step, execution, definition, controls) => {
    expect(stepControls(run({ state: step }), execution, definition)).toEqual(controls);
  });
});

describe('a request', () => {
  it.each([
    ['pause', { reason: ' stocktaking ' }, 'POST', '/pause', { reason: 'stocktaking' }],
    ['cancel', { reason: '' }, 'POST', '/cancel', {}],
    ['skip', { reason: '', step: 'check[0]#2' }, 'POST', '/skip/check%5B0%5D%232', {}],
    ['rerun', { reason: '', step: 'check', input: null }, 'POST', '/rerun/check', { input: null }],
    ['rerun', { reason: '', step: 'check' }, 'POST', '/rerun/check', {}],
    ['set', { reason: 'r', variables: { a: 1 } }, 'PUT', '/variables', { variables: { a: 1 }, reason: 'r' }],
    ['signal', { reason: 'r', signal: { name: 'n', payload: 1 } }, 'POST', '/signal', { signal_name: 'n', payload: 1 }],
  ] as const)('to %s', (control, given, method, tail, body) => {
    expect(requestFor(control, given)).toEqual({ method, tail, body });
  });
});

describe('what was entered', () => {
  const entered = { reason: '', text: '', signal: ' go ', withInput: false, step: undefined };

  it('is read as JSON where a value is asked for', () => {
    expect(givenBy('signal', { ...entered, text: '{"a": 1}' })).toMatchObject({
      signal: { name: 'go', payload: { a: 1 } },
    });
    expect(givenBy('signal', entered)).toMatchObject({ signal: { name: 'go', payload: null } });
    expect(givenBy('set', { ...entered, text: '{"a": 1}' })).toMatchObject({ variables: { a: 1 } });
    expect(givenBy('rerun', { ...entered, text: '[1]', withInput: true })).toMatchObject({ input: [1] });
    expect(givenBy('rerun', { ...entered, text: 'ignored' })).not.toHaveProperty('input');
  });

  it.each(['{', '[]', '{}', 'null', '1'])('is refused as variables when it is %s', (text) => {
    expect(typeof givenBy('set', { ...entered, text })).toBe('string');
  });
});

describe('the runs of a step', () => {
  const runs = [
    run(),
    run({ run: 2, run_id: 'check#2', started_at: '2026-01-31T09:05:00.000Z' }),
    run({ step_id: 'other' }),
  ];

  it('are those of the step, the latest first', () => {
    expect(runsOf({ steps: runs } as unknown as Status, 'check').map(referenceTo)).toEqual(['check#2', 'check#1']);
    expect(runsOf(null, 'check')).toEqual([]);
  });

  it('show first what failed, then what is open, then the latest', () => {
    const [good, open, bad] = [run(), run({ state: 'running' }), run({ state: 'failed' })];
    expect(mostTelling([good, open, bad])).toBe(bad);
    expect(mostTelling([good, open])).toBe(open);
    expect(mostTelling([good])).toBe(good);
    expect(mostTelling([])).toBeUndefined();
  });
});

function event(sequence: number, more: Partial<HistoryEvent> = {}): HistoryEvent {
  return {
    id: `e:${sequence}`,
    sequence,
    timestamp: '2026-01-31T09:00:00.000Z',
    execution_id: 'e',
    workflow_id: 'w',
    event_type: 'StepStarted',
    step_id: 'a',
    task_id: null,
    details: {},
    source: 'engine',
    ...more,
  };
}

describe('the history', () => {
  it('goes on with what came live, each event once', () => {
    const all = joined([event(1), event(2)], [event(2), event(3)]);
    expect(all.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(joined([], [event(1)])).toHaveLength(1);
  });

  it('says who did it and why', () => {
    expect(whoDid(event(1, { details: { by: 'ann' } }))).toBe('ann');
    expect(whoDid(event(1, { details: { user: 'bo', by: '' } }))).toBe('bo');
    expect(whoDid(event(1))).toBeNull();
    expect(reasonOf(event(1, { details: { reason: 'r' } }))).toBe('r');
    expect(reasonOf(event(1, { details: { reason: null, comments: 'c' } }))).toBe('c');
    expect(reasonOf(event(1))).toBeNull();
  });

  it.each([
    [{ types: [], step: null, people: false }, true],
    [{ types: ['StepFailed'], step: null, people: false }, false],
    [{ types: [], step: 'b', people: false }, false],
    [{ types: ['StepStarted'], step: 'a', people: false }, true],
    [{ types: [], step: null, people: true }, false],
  ])('shows an event if it fits %j', (filter, shown) => {
    expect(fits(event(1), filter)).toBe(shown);
  });
});

describe('the timeline', () => {
  it.each([
    [0, [0]],
    [900, [0, 200, 400, 600, 800]],
    [60_000, [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]],
  ])('has round marks for %d ms', (length, found) => {
    expect(marks(length)).toEqual(found);
  });

  it('never has many marks, however long it is', () => {
    for (let length = 1; length < 1e12; length *= 3) expect(marks(length).length).toBeLessThanOrEqual(10);
  });

  it('shows every run inside the whole, and the shortest one too', () => {
    expect(bar(1_000, 2_000, 1_000, 4_000)).toEqual({ left: 0, width: 25 });
    expect(bar(5_000, 5_000, 1_000, 4_000)).toEqual({ left: 99.6, width: 0.4 });
    expect(bar(0, 1, 0, 0)).toMatchObject({ left: 0 });
  });
});

describe('the model of an execution', () => {
  function begun(answers: () => Promise<Response>) {
    const asked: string[] = [];
    const api = new Client({
      base: '',
      credentials: () => Promise.resolve({}),
      fetch: (url) => {
        asked.push(String(url));
        return answers();
      },
      wait: () => Promise.resolve(),
    });
    const live = new LiveClient({ address: null, token: () => Promise.resolve(null) });
    return { model: new ExecutionModel('e', api, live), asked };
  }

  it('reads status and graph together, and no more often than they can be had', async () => {
    vi.useFakeTimers();
    const { model, asked } = begun(() => Promise.resolve(Response.json({ state: 'running' })));
    const close = model.open();
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toEqual(['/workflows/executions/e', '/workflows/executions/e/visualization?format=json&depth=1']);
    expect(model.status.value?.state).toBe('running');
    for (let times = 0; times < 20; times += 1) model.refresh();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveLength(4);
    close();
    vi.useRealTimers();
  });

  it('asks every few seconds where nothing comes live', async () => {
    vi.useFakeTimers();
    const { model, asked } = begun(() => Promise.resolve(Response.json({})));
    const close = model.open();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(asked).toHaveLength(4);
    close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(4);
    vi.useRealTimers();
  });

  it.each([403, 404])('polls no more once it was answered %d', async (status) => {
    vi.useFakeTimers();
    const { model, asked } = begun(() => Promise.resolve(Response.json({ code: 'No' }, { status })));
    const close = model.open();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(asked).toHaveLength(2);
    close();
    vi.useRealTimers();
  });

  it('asks for the progress of an activity at work, which no change tells', async () => {
    vi.useFakeTimers();
    const active_steps = [run({ state: 'running' })];
    const { model, asked } = begun(() => Promise.resolve(Response.json({ active_steps })));
    await model.read();
    await vi.advanceTimersByTimeAsync(5_400);
    expect(asked).toHaveLength(4);
    active_steps.length = 0;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(asked).toHaveLength(6);
    vi.useRealTimers();
  });

  it('reads again after a failure that may pass, until it works or nobody looks', async () => {
    vi.useFakeTimers();
    let status = 503;
    const { model, asked } = begun(() => Promise.resolve(Response.json({ state: 'running' }, { status })));
    await model.read();
    expect(model.problem.value?.status).toBe(503);
    status = 200;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(model.problem.value).toBeNull();
    status = 503;
    const close = model.open();
    await vi.advanceTimersByTimeAsync(0);
    close();
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(before);
    vi.useRealTimers();
  });

  it('keeps what it has when a reading fails', async () => {
    const answers = [Response.json({ state: 'running' }), Response.json({})];
    const { model } = begun(() => Promise.resolve(answers.shift() ?? Response.json({ code: 'No' }, { status: 403 })));
    await model.read();
    await model.read();
    expect(model.status.value?.state).toBe('running');
    expect(model.problem.value?.code).toBe('No');
  });

  it('draws sub-workflows out to the depth that is wanted', async () => {
    const { model, asked } = begun(() => Promise.resolve(Response.json({})));
    await model.read();
    model.draw(1);
    model.draw(3);
    await until(() => expect(asked).toHaveLength(4));
    expect(asked.at(-1)).toContain('depth=3');
  });
});
