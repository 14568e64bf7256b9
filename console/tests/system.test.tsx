import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import SystemPage from '../src/pages/system/page';
import { beginWith, FakeService, find, open, root, text } from './fake_service';

const METRICS = {
  taken_at: '2030-01-31T09:02:00Z',
  executions: {
    active: { running: 3, paused: 0 },
    active_capped: true,
    recent: {
      since: '2030-01-31T09:00:00Z',
      started: 4,
      completed: 3,
      failed: 1,
      canceled: 0,
      timed_out: 0,
      per_minute: [{ minute: '2030-01-31T09:01:00Z', started: 4, completed: 3, failed: 1 }],
      p50_ms: 1200,
      p95_ms: null,
    },
  },
  queues: [
    { name: 'weft-commands', kind: 'commands', visible: 2, in_flight: 0, delayed: 0, oldest_age_seconds: 4 },
    { name: 'weft-high', kind: 'tasks', priority: 'high', visible: 0, in_flight: 1, delayed: 0 },
    { name: 'weft-plain', kind: 'tasks', visible: 0, in_flight: 0, delayed: 0 },
    { name: 'weft-dlq', kind: 'dead_letters', visible: 1, in_flight: 0, delayed: 0 },
  ],
  timers: { overdue: 2, due_within_15_minutes: 1, due_within_1_hour: 2, due_within_24_hours: 3, capped: true },
  failures: [
    {
      execution_id: 'e-1',
      workflow_id: 'order',
      completed_at: '2030-01-31T09:01:00Z',
      error: { code: 'Declined', message: 'no' },
    },
  ],
};

let service: FakeService;

beforeEach(() => {
  service = new FakeService();
  beginWith(service);
});

afterEach(() => {
  render(null, root);
  vi.unstubAllGlobals();
});

it('shows the figures in words too, and what needs attention', async () => {
  service.on('GET /metrics', METRICS);
  await open(SystemPage, '/system');

  expect(service.of('GET /metrics')[0]?.query.get('type')).toBe('system');
  for (const said of [
    '75 %',
    '1.2 s',
    '3 or more',
    'Tasks, High',
    'Dead letters',
    'Needs attention',
    'Declined',
    '2 or more',
  ]) {
    expect(text()).toContain(said);
  }
  expect(find('.chart title').textContent).toContain('4 started, 3 completed and 1 failed');
  expect(find('.chart-table').textContent).toContain('431');
});

it('has a tile for each way in which an execution ends', async () => {
  const { recent } = METRICS.executions;
  const counts = { ...recent, started: 15, completed: 7, failed: 1, timed_out: 2, canceled: 5 };
  service.on('GET /metrics', { ...METRICS, executions: { ...METRICS.executions, recent: counts } });
  await open(SystemPage, '/system');
  const tiles = [...root.querySelectorAll('.tiles > div')].slice(0, 5).map((each) => each.textContent);
  expect(tiles).toEqual(['Started15', 'Completed7', 'Failed1', 'Timed out2', 'Canceled5']);
});

it('says what one minute had, by pointer and by keyboard', async () => {
  service.on('GET /metrics', METRICS);
  await open(SystemPage, '/system');
  const slider = find<HTMLInputElement>('.chart-slider');

  await act(async () => {
    slider.value = '1';
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  });
  expect(slider.getAttribute('aria-valuetext')).toContain('Started 4, Completed 3, Failed 1');
  await act(
    async () => void find('.chart').dispatchEvent(new MouseEvent('pointermove', { clientX: 0, bubbles: true })),
  );
  expect(slider.value).toBe('0');
  await act(async () => void find('.chart').dispatchEvent(new Event('pointerleave')));
  await act(async () => void slider.dispatchEvent(new Event('blur')));
  expect(root.querySelectorAll('.dot')).toHaveLength(0);
});

it('is empty where nothing happened', async () => {
  const recent = { ...METRICS.executions.recent, started: 0, completed: 0, failed: 0, per_minute: [], p50_ms: null };
  const timers = { ...METRICS.timers, overdue: 0, capped: false };
  service.on('GET /metrics', { ...METRICS, executions: { active: {}, recent }, queues: [], timers, failures: [] });
  await open(SystemPage, '/system');

  for (const said of ['Nothing happened', 'No execution is active.', 'No execution has failed lately.']) {
    expect(text()).toContain(said);
  }
});
