import { beforeEach, describe, expect, it, vi } from 'vitest';

import { LiveClient, type Socket, type Surroundings } from '../src/live/client';
import { historyName, toHistoryEvent, type Change } from '../src/live/messages';

class FakeSocket implements Socket {
  readyState = 0;
  onopen: ((event: never) => unknown) | null = null;
  onmessage: ((event: { data: unknown }) => unknown) | null = null;
  onclose: ((event: never) => unknown) | null = null;
  readonly sent: Record<string, unknown>[] = [];

  constructor(
    readonly address: string,
    readonly protocols: string[],
  ) {}

  send(data: string) {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }

  close() {
    this.readyState = 3;
  }

  accept() {
    this.readyState = 1;
    this.onopen?.(undefined as never);
  }

  say(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  break() {
    this.readyState = 3;
    this.onclose?.(undefined as never);
  }
}

const sockets: FakeSocket[] = [];

function latest(): FakeSocket {
  const socket = sockets.at(-1);
  if (!socket) throw new Error('nothing was opened');
  return socket;
}

async function settled() {
  await vi.advanceTimersByTimeAsync(0);
}

function client(changes: Partial<Surroundings> = {}): LiveClient {
  return new LiveClient({
    address: 'ws://localhost/ws',
    token: () => Promise.resolve(null),
    open: (address, protocols) => {
      const socket = new FakeSocket(address, protocols);
      sockets.push(socket);
      return socket;
    },
    chance: () => 0.5,
    ...changes,
  });
}

function change(sequence: number, more: Partial<Change> = {}): Change {
  return {
    event_type: 'step.completed',
    workflow_id: 'w',
    execution_id: 'e',
    sequence,
    version: sequence,
    timestamp: '2026-01-31T09:00:00.000Z',
    data: { step_id: 'a' },
    ...more,
  };
}

function watching(live: LiveClient, id = 'e') {
  const got: number[] = [];
  const views: unknown[] = [];
  const problems: string[] = [];
  let polls = 0;
  const stop = live.watchExecution(id, {
    onChange: (each) => got.push(each.sequence),
    onView: (view) => views.push(view.sequence),
    onProblem: (problem) => problems.push(problem.code),
    onPoll: () => (polls += 1),
  });
  return { got, views, problems, stop, polls: () => polls };
}

const view = (sequence: number) => ({
  request_type: 'subscribe',
  execution_id: 'e',
  sequence,
  version: sequence,
  status: { state: 'running' },
});

beforeEach(() => {
  vi.useFakeTimers();
  sockets.length = 0;
});

describe('connecting', () => {
  it('offers weft alone when no token is needed', async () => {
    watching(client());
    await settled();
    expect(latest().protocols).toEqual(['weft']);
  });

  it('offers the token as a subprotocol when there is one', async () => {
    watching(client({ token: () => Promise.resolve('dev:ann:ä?>') }));
    await settled();
    expect(latest().protocols).toEqual(['weft', 'bearer.ZGV2OmFubjrDpD8-']);
  });

  it('is live when the first answer comes', async () => {
    const live = client();
    watching(live);
    await settled();
    expect(live.state.value).toBe('connecting');
    latest().accept();
    expect(latest().sent).toEqual([{ request_type: 'subscribe', execution_id: 'e' }]);
    latest().say(view(3));
    expect(live.state.value).toBe('live');
  });

  it('closes the connection a while after the last watch has ended', async () => {
    const live = client();
    const { stop } = watching(live);
    await settled();
    latest().accept();
    latest().say(view(3));
    stop();
    expect(latest().sent.at(-1)).toEqual({ request_type: 'unsubscribe', execution_id: 'e' });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(latest().readyState).toBe(3);
    expect(live.state.value).toBe('idle');
  });
});

describe('changes', () => {
  async function begun() {
    const live = client();
    const watch = watching(live);
    await settled();
    latest().accept();
    latest().say(view(3));
    return { live, ...watch };
  }

  it('are handed on once and in order when they come twice', async () => {
    const { got, views } = await begun();
    for (const sequence of [4, 4, 5, 3, 5, 6]) latest().say(change(sequence));
    expect(got).toEqual([4, 5, 6]);
    expect(views).toEqual([3]);
  });

  it('are asked for again when one is missing', async () => {
    const { got } = await begun();
    latest().say(change(4));
    latest().say(change(6));
    latest().say(change(7));
    expect(latest().sent.slice(1)).toEqual([
      { request_type: 'subscribe', execution_id: 'e', after_sequence: 4, after_version: 4 },
    ]);
    latest().say({ request_type: 'subscribe', execution_id: 'e', sequence: 4, version: 4 });
    for (const sequence of [5, 6, 7, 8]) latest().say(change(sequence));
    expect(got).toEqual([4, 5, 6, 7, 8]);
  });

  it('go on from the view when too much was missed', async () => {
    const { got, views } = await begun();
    latest().say(change(6));
    latest().say(view(2_000));
    latest().say(change(2_001));
    expect(views).toEqual([3, 2_000]);
    expect(got).toEqual([2_001]);
  });

  it('of other executions are left alone', async () => {
    const { got } = await begun();
    latest().say(change(4, { execution_id: 'other' }));
    expect(got).toEqual([]);
  });

  it('are read though a message is none', async () => {
    const { got } = await begun();
    latest().onmessage?.({ data: 'no json' });
    latest().say(change(4));
    expect(got).toEqual([4]);
  });

  it('come to everybody who watches the same execution', async () => {
    const { live, got } = await begun();
    const second = watching(live);
    expect(latest().sent.at(-1)).toEqual({ request_type: 'subscribe', execution_id: 'e' });
    latest().say(view(3));
    latest().say(change(4));
    expect(second.views).toEqual([3]);
    expect([got, second.got]).toEqual([[4], [4]]);
  });
});

describe('a lost connection', () => {
  it('is opened again and catches up after the last change', async () => {
    const live = client();
    const { got } = watching(live);
    await settled();
    latest().accept();
    latest().say(view(3));
    latest().say(change(4));
    latest().break();
    expect(live.state.value).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(249);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(502);
    expect(sockets).toHaveLength(2);
    latest().accept();
    expect(latest().sent).toEqual([
      { request_type: 'subscribe', execution_id: 'e', after_sequence: 4, after_version: 4 },
    ]);
    latest().say({ request_type: 'subscribe', execution_id: 'e', sequence: 4, version: 4 });
    latest().say(change(5));
    expect(live.state.value).toBe('live');
    expect(got).toEqual([4, 5]);
  });

  it('is waited for longer each time', async () => {
    watching(client({ chance: () => 1 }));
    await settled();
    const opened: number[] = [];
    for (const wait of [1_250, 2_250, 4_250]) {
      latest().break();
      await vi.advanceTimersByTimeAsync(wait - 1);
      opened.push(sockets.length);
      await vi.advanceTimersByTimeAsync(1);
      opened.push(sockets.length);
    }
    expect(opened).toEqual([1, 2, 2, 3, 3, 4]);
  });

  it('is noticed when a renewal is not answered', async () => {
    const live = client();
    watching(live);
    await settled();
    latest().accept();
    latest().say(view(3));
    await vi.advanceTimersByTimeAsync(4 * 60_000);
    expect(latest().sent.at(-1)).toEqual({
      request_type: 'subscribe',
      execution_id: 'e',
      after_sequence: 3,
      after_version: 3,
    });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(live.state.value).toBe('reconnecting');
  });

  it('stays open when renewals are answered', async () => {
    const live = client();
    watching(live);
    await settled();
    latest().accept();
    latest().say(view(3));
    for (let times = 0; times < 3; times += 1) {
      await vi.advanceTimersByTimeAsync(4 * 60_000);
      latest().say({ request_type: 'subscribe', execution_id: 'e', sequence: 3, version: 3 });
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    expect(live.state.value).toBe('live');
  });

  it('is opened again with a new token when the old one is over', async () => {
    const tokens = ['old', 'new'];
    watching(client({ token: () => Promise.resolve(tokens.shift() ?? null) }));
    await settled();
    latest().accept();
    latest().say({ request_type: 'subscribe', execution_id: 'e', problem: { status: 401, code: 'TokenExpired' } });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(latest().protocols[1]).toBe('bearer.bmV3');
  });

  it('is not tried while the device has no network', async () => {
    let online = false;
    const live = client({ isOnline: () => online });
    watching(live);
    await settled();
    latest().break();
    expect(live.state.value).toBe('offline');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    online = true;
    live.restart();
    await settled();
    expect(sockets).toHaveLength(2);
  });
});

describe('polling', () => {
  it('begins after three failures and ends when the connection is there', async () => {
    const live = client({ chance: () => 0 });
    const { polls } = watching(live);
    await settled();
    for (let times = 0; times < 3; times += 1) {
      latest().break();
      await vi.advanceTimersByTimeAsync(250);
    }
    expect(live.state.value).toBe('polling');
    await vi.advanceTimersByTimeAsync(6_000);
    expect(polls()).toBe(2);
    latest().accept();
    latest().say(view(3));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(polls()).toBe(2);
    expect(live.state.value).toBe('live');
  });

  it.each([
    ['there is no address', { address: null }],
    ['an API key proves the caller', { token: () => Promise.resolve(undefined) }],
  ])('is all there is when %s', async (_, around) => {
    const live = client(around);
    const { polls } = watching(live);
    await settled();
    expect(live.state.value).toBe('polling');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(polls()).toBe(1);
    expect(sockets).toHaveLength(0);
  });
});

describe('a workflow', () => {
  it('gives its executions, and then changes of all of them once', async () => {
    const live = client();
    const views: number[] = [];
    const got: string[] = [];
    live.watchWorkflow('*', {
      onView: (each) => views.push(each.executions?.length ?? -1),
      onChange: (each) => got.push(`${each.execution_id}:${each.sequence}`),
    });
    await settled();
    latest().accept();
    expect(latest().sent).toEqual([{ request_type: 'subscribe', workflow_id: '*' }]);
    latest().say({ request_type: 'subscribe', workflow_id: '*', executions: [{}, {}] });
    for (const each of [change(5), change(2, { execution_id: 'f' }), change(5), change(9)]) latest().say(each);
    expect(views).toEqual([2]);
    expect(got).toEqual(['e:5', 'f:2', 'e:9']);
  });
});

describe('a refusal', () => {
  it('goes to whoever asked', async () => {
    const live = client();
    const { problems } = watching(live);
    await settled();
    latest().accept();
    latest().say({
      request_type: 'subscribe',
      execution_id: 'e',
      problem: { status: 404, code: 'ExecutionNotFound', detail: 'no' },
    });
    expect(problems).toEqual(['ExecutionNotFound']);
  });
});

describe('a change', () => {
  it.each([
    ['step.completed', 'StepCompleted'],
    ['workflow.pause_requested', 'WorkflowPauseRequested'],
    ['human_task.created', 'HumanTaskCreated'],
  ])('%s has the name %s in the history', (dotted, name) => {
    expect(historyName(dotted)).toBe(name);
  });

  it('becomes an event of the history', () => {
    const event = toHistoryEvent(change(4, { data: { step_id: 'a', run_id: 'a#1', output: 1 } }));
    expect(event).toMatchObject({ id: 'e:4', sequence: 4, event_type: 'StepCompleted', step_id: 'a', task_id: null });
    expect(event.details).toEqual({ step_id: 'a', run_id: 'a#1', output: 1 });
  });
});

describe('a caller who may not watch', () => {
  it('is told so, and nothing is opened or polled', async () => {
    vi.useFakeTimers();
    const before = sockets.length;
    let isAllowed = true;
    const onPoll = vi.fn();
    const live = client({ isAllowed: () => isAllowed });
    live.watchExecution('e', { onPoll });
    await settled();
    expect(sockets).toHaveLength(before + 1);
    isAllowed = false;
    live.restart();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(live.state.value).toBe('refused');
    expect(sockets).toHaveLength(before + 1);
    expect(onPoll).not.toHaveBeenCalled();
    vi.useRealTimers();
  });
});
