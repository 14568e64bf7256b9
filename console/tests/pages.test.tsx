/** Whole pages, with a service that is made up. */
import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import order from './fixtures/order.json';
import { App } from '../src/app';
import { Client } from '../src/api/client';
import type { HistoryEvent, Status, StepRun } from '../src/api/types';
import { authority } from '../src/auth';
import { Authority } from '../src/auth/authority';
import { DEVELOPER, fromDevelopmentToken } from '../src/auth/identity';
import { toast } from '../src/components';
import { setLanguage } from '../src/i18n';
import { LiveClient } from '../src/live/client';
import { listen, navigate } from '../src/routing';
import { begin, identity } from '../src/session';

/** However busy the machine is. */
function until<T>(condition: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(condition, { timeout: 20_000 });
}

const CONFIG = { stage: 'local', api: '/api/v1', websocket: null, oidc: null, development_token: true };

interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

const asked: Asked[] = [];
let answers: Record<string, unknown>;
let root: HTMLElement;
let stop: () => void;

const info = { details: null, sub_state: null, progress_percentage: null, expected_duration: null, updated_at: null };

function run(step: string, more: Partial<StepRun> = {}): StepRun {
  return {
    step_id: step,
    run_id: `${step}#1`,
    name: order.nodes.find((node) => node.id === step)?.name ?? step,
    step_type: 'activity',
    state: 'completed',
    run: 1,
    attempts: 1,
    retry_info: null,
    node: 'worker-1',
    started_at: '2026-11-30T23:25:23.671Z',
    completed_at: '2026-11-30T23:25:24.671Z',
    input: { sku: 'a' },
    output: [1, 2],
    error: null,
    next_step_ids: [],
    status_info: info,
    ...more,
  };
}

function status(more: Partial<Status> = {}): Status {
  return {
    execution_id: 'order-1',
    workflow_id: 'order-fulfilment',
    workflow_name: 'Order fulfilment',
    workflow_version: '1.0.0',
    state: 'running',
    status_info: info,
    priority: 'high',
    created_at: '2026-11-30T23:25:23.443Z',
    started_at: '2026-11-30T23:25:23.671Z',
    completed_at: null,
    deadline: '2026-12-30T23:25:23.671Z',
    input: { order_id: 'o1' },
    output: null,
    error: null,
    variables: { total: 1810 },
    metadata: { origin: 'shop' },
    tags: { team: 'commerce' },
    steps: [
      run('start', { step_type: 'start' }),
      run('charge', {
        state: 'failed',
        attempts: 4,
        retry_info: { retry_count: 3, max_retries: 3, next_retry_at: null, last_error: null },
        error: { code: 'Declined', message: 'The card was declined.', details: { card: 1 }, stack_trace: 'line 1' },
      }),
      run('reserve_line', { index: 0 }),
      run('reserve_line', { run: 2, run_id: 'reserve_line#2', index: 1, state: 'running', completed_at: null }),
    ],
    active_steps: [],
    version: 3,
    parent: { execution_id: 'parent-1', step_id: 'begin', run_id: 'begin#1' },
    ...more,
  };
}

function event(
  sequence: number,
  type: string,
  details: Record<string, unknown> = {},
  step: string | null = null,
): HistoryEvent {
  return {
    id: `order-1:${sequence}`,
    sequence,
    timestamp: '2026-11-30T23:25:23.671Z',
    execution_id: 'order-1',
    workflow_id: 'order-fulfilment',
    event_type: type,
    step_id: step,
    task_id: null,
    details,
    source: 'engine',
  };
}

function row(id: string, state: string) {
  return {
    execution_id: id,
    workflow_id: 'order-fulfilment',
    workflow_name: 'Order fulfilment',
    workflow_version: '1.0.0',
    state,
    priority: 'high',
    created_at: '2026-11-30T23:25:23.443Z',
    started_at: null,
    completed_at: state === 'failed' ? '2026-11-30T23:25:24.443Z' : null,
    duration_ms: 1_000,
    error: state === 'failed' ? { code: 'Declined', message: 'The card was declined.' } : null,
    tags: { team: 'commerce' },
    version: 1,
  };
}

function answered(path: string): Response {
  const found = answers[path];
  if (found instanceof Response) return found.clone();
  if (found !== undefined) return Response.json(found);
  return Response.json({ title: 'Not found', detail: `no ${path}`, code: 'NotFound', errors: [] }, { status: 404 });
}

function api(): Client {
  return new Client({
    base: '',
    credentials: () => Promise.resolve({}),
    fetch: (url, request = {}) => {
      const at = new URL(String(url), 'http://x');
      const body = typeof request.body === 'string' ? (JSON.parse(request.body) as unknown) : undefined;
      asked.push({ method: request.method ?? '', path: at.pathname, query: at.searchParams, body });
      return Promise.resolve(answered(at.pathname));
    },
    wait: () => Promise.resolve(),
  });
}

const EXECUTION = '/workflows/executions/order-1';

beforeEach(() => {
  asked.length = 0;
  answers = {
    '/workflows': { workflows: [{ workflow_id: 'order-fulfilment' }], page_size: 200 },
    '/workflows/executions': {
      executions: [row('order-1', 'running'), row('order-2', 'failed')],
      page_size: 25,
      next_cursor: 'n',
    },
    [EXECUTION]: status(),
    [`${EXECUTION}/visualization`]: { graph: order, definition: { steps: [{ id: 'charge', skippable: true }] } },
    [`${EXECUTION}/history`]: {
      execution_id: 'order-1',
      events: [
        event(1, 'WorkflowCreated', { started_by: 'ann' }),
        event(2, 'StepStarted', {}, 'charge'),
        event(3, 'WorkflowPaused', { by: 'bo', reason: 'stocktaking' }),
      ],
      page_size: 100,
    },
  };
  globalThis.ResizeObserver ??= class {
    observe() {
      // Nothing changes its size here.
    }
    unobserve() {
      // as above
    }
    disconnect() {
      // as above
    }
  };
  begin({
    config: CONFIG,
    place: { prefix: '', page: '/console', origin: 'http://x' },
    api: api(),
    live: new LiveClient({ address: null, token: () => Promise.resolve(null) }),
  });
  authority.value = new Authority(CONFIG, identity, {
    fetch,
    storage: window.sessionStorage,
    now: Date.now,
    page: 'http://x/console',
    go: () => undefined,
    hash: () => '',
  });
  identity.value = DEVELOPER;
  root = document.createElement('div');
  document.body.append(root);
  stop = listen();
});

afterEach(() => {
  render(null, root);
  root.remove();
  stop();
  setLanguage('en');
  window.sessionStorage.clear();
});

async function open(hash: string): Promise<void> {
  navigate(hash);
  render(<App />, root);
  await until(() => expect(root.querySelector('h1')).not.toBeNull());
}

function all(selector: string): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>(selector)];
}

async function found(selector: string): Promise<HTMLElement> {
  return until(() => {
    const one = root.querySelector<HTMLElement>(selector);
    if (!one) throw new Error(`no ${selector}`);
    return one;
  });
}

function button(text: string, inside = ''): HTMLElement {
  const one = all(`${inside} button`).find((each) => each.textContent?.trim() === text);
  if (!one) throw new Error(`no button ${text}`);
  return one;
}

async function settled(): Promise<void> {
  await new Promise((done) => setTimeout(done, 0));
}

function enter(field: Element | null, value: string): void {
  (field as HTMLInputElement).value = value;
  field?.dispatchEvent(new Event('input', { bubbles: true }));
}

describe('the shell', () => {
  it('has the pages, the skip link and who is signed in', async () => {
    await open('#/executions');
    expect(root.querySelector('.skip-link')).not.toBeNull();
    expect(root.querySelector('[aria-current="page"]')?.textContent).toContain('Executions');
    expect(root.querySelector('.user-button')?.textContent).toContain('dev');
  });

  it('leads back from a page that is not there', async () => {
    await open('#/nowhere');
    expect(root.textContent).toContain('There is no such page');
  });

  it('speaks Chinese when that is chosen', async () => {
    await open('#/executions');
    setLanguage('zh');
    await until(() => expect(root.querySelector('h1')?.textContent).toBe('执行'));
  });

  it('says who somebody is, and lets them be somebody else', async () => {
    await open('#/executions');
    (await found('.user-button')).click();
    expect((await found('.user-panel')).textContent).toContain('operator');
    button('Sign in as somebody else').click();
    await found('.sign-in');
    enter(root.querySelector('input[autocomplete="username"]'), 'eve');
    await settled();
    root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await until(() => expect(identity.value?.name).toBe('eve'));
    await found('h1');
    await settled();
    (await found('.user-button')).click();
    await found('.user-panel');
    button('Sign out').click();
    await found('.sign-in');
  });

  it('lets people sign in at their issuer, or with a key, where a development token counts for nothing', async () => {
    const gone: string[] = [];
    const config = {
      ...CONFIG,
      development_token: false,
      oidc: {
        issuer: 'https://i.test',
        client_id: 'c',
        scopes: 'openid',
        authorization_endpoint: 'https://i.test/a',
        token_endpoint: 'https://i.test/t',
      },
    };
    const shown = new Authority(config, identity, {
      fetch,
      storage: window.sessionStorage,
      now: Date.now,
      page: 'http://x/console',
      go: (url) => gone.push(url),
      hash: () => '',
    });
    authority.value = shown;
    shown.leave();
    shown.problem.value = { kind: 'ended', detail: 'The token is over.' };
    navigate('#/executions');
    render(<App />, root);
    expect((await found('[role="alert"]')).textContent).toContain('The token is over.');
    expect(root.querySelector('input[autocomplete="username"]')).toBeNull();
    button('Sign in with your organisation').click();
    await until(() => expect(gone[0]).toContain('https://i.test/a?response_type=code'));
    enter(root.querySelector('input[type="password"]'), 's3cret');
    await settled();
    root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await until(() => expect(identity.value?.proof).toBe('key'));
  });

  it('shows news at its edge until they are dismissed', async () => {
    await open('#/executions');
    toast('It broke', 'error');
    const shown = await found('.toast-error');
    expect(shown.textContent).toContain('It broke');
    shown.querySelector('button')?.click();
    await until(() => expect(root.querySelector('.toast-error')).toBeNull());
  });
});

describe('the executions', () => {
  it('are listed with state, error and tags', async () => {
    await open('#/executions');
    await found('[data-execution="order-2"]');
    const text = root.querySelector('[data-execution="order-2"]')?.textContent;
    for (const part of ['Failed', 'The card was declined.', 'team=commerce', 'High']) expect(text).toContain(part);
    expect(root.querySelector('a[href="#/executions/order-2"]')).not.toBeNull();
    // Where a tag is cut off, its title has the whole.
    expect(document.querySelector('.tags .tag')?.getAttribute('title')).toBe('team=commerce');
  });

  it('are searched for by what the address says', async () => {
    await open('#/executions?states=failed&tags=team%3Dcommerce');
    await found('[data-execution="order-1"]');
    const { query } = asked.find(({ path }) => path === '/workflows/executions') ?? { query: new URLSearchParams() };
    expect([query.get('states'), query.get('tags'), query.get('page_size')]).toEqual(['failed', 'team=commerce', '25']);
  });

  it('are searched for by the form, which changes the address', async () => {
    await open('#/executions');
    await found('[data-execution="order-1"]');
    button('Failed').click();
    await until(() => expect(window.location.hash).toContain('states=failed'));
    (await found('.state-filter-button')).click();
    (await found('.state-choice input')).click();
    await until(() => expect(window.location.hash).toContain('timed_out%2Cpending'));
    button('Clear filters').click();
    await until(() => expect(window.location.hash).toBe('#/executions'));
  });

  it('are searched for by workflow and time, and opened by id', async () => {
    await open('#/executions');
    await found('[data-execution="order-1"]');
    const field = root.querySelector('[list="workflow-ids"]');
    enter(field, 'order-fulfilment');
    await settled();
    field?.dispatchEvent(new Event('change', { bubbles: true }));
    await until(() => expect(window.location.hash).toContain('workflow_id=order-fulfilment'));
    const time = root.querySelector<HTMLSelectElement>('.search-fields select');
    if (time) time.value = 'range';
    time?.dispatchEvent(new Event('change', { bubbles: true }));
    const from = await found('input[type="datetime-local"]');
    (from as HTMLInputElement).value = '2026-01-01T00:00';
    from.dispatchEvent(new Event('change', { bubbles: true }));
    await until(() => expect(window.location.hash).toContain('from=2026-01-01T00%3A00'));
    enter(root.querySelector('.open-by-id input'), 'order-1');
    await settled();
    root.querySelector('.open-by-id')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await until(() => expect(window.location.hash).toBe('#/executions/order-1'));
  });

  it('close the choice of states by Escape', async () => {
    await open('#/executions');
    (await found('.state-filter-button')).click();
    await found('.state-choice');
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    await until(() => expect(root.querySelector('.state-choice')).toBeNull());
  });

  it('refuse a tag that is none', async () => {
    await open('#/executions');
    await found('[data-execution="order-1"]');
    enter(all('.search-fields input').at(-1) ?? null, 'nonsense');
    await settled();
    root.querySelector('.search-fields')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    expect((await found('.field-error')).textContent).toContain('key=value');
  });

  it('turn the page', async () => {
    await open('#/executions');
    await found('[data-execution="order-1"]');
    button('Next page').click();
    await until(() => expect(asked.some(({ query }) => query.get('cursor') === 'n')).toBe(true));
  });

  it('say when there are none', async () => {
    answers['/workflows/executions'] = { executions: [], page_size: 25 };
    await open('#/executions');
    expect((await found('.empty')).textContent).toContain('No executions yet');
  });

  it('show a refusal with its code', async () => {
    answers['/workflows/executions'] = Response.json(
      { title: 'Forbidden', detail: 'No.', code: 'Forbidden' },
      { status: 403 },
    );
    await open('#/executions');
    expect((await found('[role="alert"]')).textContent).toContain('Forbidden');
  });
});

describe('an execution', () => {
  it('is shown as a graph with the state of every step', async () => {
    await open('#/executions/order-1');
    await found('[data-node="approve"]');
    expect(all('[data-node]')).toHaveLength(order.nodes.length);
    const node = root.querySelector('[data-node="approve"]');
    expect(node?.getAttribute('data-state')).toBe('waiting_for_human_intervention');
    expect(node?.textContent).toContain('Waiting for a person');
    expect(all('.graph-edge')).toHaveLength(order.edges.length);
    expect(all('[data-region]')).toHaveLength(order.regions.length);
  });

  it('can be walked through with the keyboard', async () => {
    await open('#/executions/order-1');
    const start = await found('[data-node="start"]');
    await settled();
    start.focus();
    const press = (key: string) =>
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    press('ArrowDown');
    expect(document.activeElement?.getAttribute('data-node')).toBe('total');
    for (const key of ['+', '-', '0', 'x', 'End', 'Home']) press(key);
    expect(document.activeElement?.getAttribute('data-node')).toBe('start');
  });

  it('opens a step with its error, its values and what may be done', async () => {
    await open('#/executions/order-1?step=charge');
    const panel = await found('.step-panel');
    await until(() => expect(panel.querySelector('.history-table')).not.toBeNull());
    for (const part of ['The card was declined.', 'Declined', '4 of 4', 'worker-1', 'sku', 'Retry', 'Run again']) {
      expect(panel.textContent).toContain(part);
    }
    panel.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    await until(() => expect(root.querySelector('.step-panel')).toBeNull());
  });

  it('lets one of several runs be chosen', async () => {
    await open('#/executions/order-1?step=reserve_line');
    const choice = (await found('.step-panel select')) as HTMLSelectElement;
    expect(choice.options).toHaveLength(2);
    expect(choice.value).toBe('reserve_line#2');
    choice.value = 'reserve_line#1';
    choice.dispatchEvent(new Event('change', { bubbles: true }));
    await until(() => expect(window.location.hash).toContain('run=reserve_line%231'));
  });

  it('is taken in hand after a confirmation with a reason', async () => {
    answers[`${EXECUTION}/pause`] = { execution_id: 'order-1', state: 'paused', message: 'Paused.' };
    await open('#/executions/order-1');
    await found('.execution-head');
    button('Pause').click();
    const dialog = await found('dialog');
    enter(dialog.querySelector('textarea'), 'stocktaking');
    await settled();
    dialog.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await until(() => expect(root.querySelector('dialog')).toBeNull());
    expect(asked.find(({ path }) => path.endsWith('/pause'))?.body).toEqual({ reason: 'stocktaking' });
    expect(root.querySelector('.toast')?.textContent).toContain('Paused.');
  });

  it('shows why a request was refused, in the dialog', async () => {
    answers[`${EXECUTION}/retry/charge%231`] = Response.json(
      { title: 'Conflict', detail: 'It has ended.', code: 'InvalidState', errors: [], state: 'completed' },
      { status: 409 },
    );
    await open('#/executions/order-1?step=charge');
    await found('.step-panel');
    button('Retry', '.step-panel').click();
    const dialog = await found('dialog');
    dialog.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await until(() => expect(dialog.textContent).toContain('It has ended.'));
  });

  it('refuses variables that are no object before anything is sent', async () => {
    await open('#/executions/order-1?tab=variables');
    await found('.json');
    button('Set variables', '.tab-panel').click();
    const dialog = await found('dialog');
    enter(dialog.querySelector('.textarea-code'), '[1]');
    await settled();
    dialog.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    expect((await found('.field-error')).textContent).toContain('object');
    expect(asked.some(({ method }) => method === 'PUT')).toBe(false);
  });

  it('has no buttons for those who may only look', async () => {
    identity.value = fromDevelopmentToken('dev:eve:weft-viewers');
    await open('#/executions/order-1?step=charge');
    await found('.step-panel');
    expect(root.textContent).not.toContain('Cancel execution');
    expect(all('.step-panel button').some((each) => each.textContent === 'Retry')).toBe(false);
  });

  it.each([
    ['timeline', '.timeline-row', 'Charge the card'],
    ['history', '[data-event="StepStarted"]', 'Step started'],
    ['log', '[data-event="WorkflowPaused"]', 'stocktaking'],
    ['data', '.json', 'order_id'],
    ['variables', '.json', 'total'],
  ])('has the view %s', async (tab, selector, text) => {
    await open(`#/executions/order-1?tab=${tab}`);
    await found(selector);
    expect(root.querySelector('.tab-panel')?.textContent).toContain(text);
  });

  it('shows in the log only what people did', async () => {
    await open('#/executions/order-1?tab=log');
    await found('[data-event="WorkflowPaused"]');
    expect(root.querySelector('[data-event="StepStarted"]')).toBeNull();
    root.querySelector<HTMLElement>('[data-event="WorkflowPaused"] .link-button')?.click();
    expect((await found('.history-table .json')).textContent).toContain('reason');
  });

  it('asks for the events that are chosen', async () => {
    await open('#/executions/order-1?tab=history');
    await found('[data-event]');
    const types = (await found('.filter select')) as HTMLSelectElement;
    types.value = 'StepFailed';
    types.dispatchEvent(new Event('change', { bubbles: true }));
    await until(() => expect(asked.at(-1)?.query.get('event_types')).toBe('StepFailed'));
  });

  it('can be read as a list', async () => {
    await open('#/executions/order-1?as=list');
    await found('.table-cards');
    expect(root.querySelector('.table-cards')?.textContent).toContain('Wait for the carrier');
    all('.table-cards .link-button')[0]?.click();
    await found('.step-panel');
  });

  it('leads to the task that waits for a person', async () => {
    answers[EXECUTION] = status({
      steps: [run('approve', { state: 'waiting_for_human_intervention', completed_at: null })],
    });
    answers[`${EXECUTION}/history`] = {
      execution_id: 'order-1',
      events: [event(1, 'HumanTaskCreated', { task_id: 't-1' }, 'approve')],
      page_size: 100,
    };
    await open('#/executions/order-1?step=approve');
    expect((await found('.step-panel a.button-primary')).getAttribute('href')).toBe('#/tasks/t-1');
  });

  it("gives the service's picture as a file", async () => {
    await open('#/executions/order-1');
    await found('.graph-node');
    const saved: string[] = [];
    vi.spyOn(URL, 'createObjectURL').mockImplementation((file) => `blob:${(file as Blob).type}`);
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function click(this: HTMLAnchorElement) {
      saved.push(`${this.download} ${this.href}`);
    });
    answers[`${EXECUTION}/visualization`] = new Response('<svg/>', { headers: { 'Content-Type': 'image/svg+xml' } });
    button('Download as SVG').click();
    await until(() => expect(saved).toEqual(['order-1.svg blob:image/svg+xml']));
  });

  it('draws sub-workflows as deep as is chosen', async () => {
    const nodes = [
      ...order.nodes,
      { id: 'child', name: 'Child', type: 'sub_workflow', state: 'completed', child_execution_ids: ['c-1'] },
    ];
    answers[`${EXECUTION}/visualization`] = { graph: { ...order, nodes } };
    await open('#/executions/order-1?step=child');
    const depth = (await found('.graph-tab select')) as HTMLSelectElement;
    expect((await found('.step-panel')).querySelector('a')?.getAttribute('href')).toBe('#/executions/c-1');
    depth.value = '3';
    depth.dispatchEvent(new Event('change', { bubbles: true }));
    await until(() => expect(asked.some(({ query }) => query.get('depth') === '3')).toBe(true));
  });

  it('moves between its views by the arrow keys', async () => {
    await open('#/executions/order-1');
    const tab = await found('[role="tab"][aria-selected="true"]');
    tab.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }));
    await until(() => expect(window.location.hash).toContain('tab=timeline'));
  });

  it('says when there is none', async () => {
    answers = {};
    await open('#/executions/order-1');
    expect(root.querySelector('h1')?.textContent).toBe('There is no such execution');
  });
});
