import { describe, expect, it } from 'vitest';

import { chartOf } from '../src/charts/chart';
import { barsOf, highest, minutesOf, nearest, queueRows, successRate } from '../src/pages/system/figures';
import { queryOf } from '../src/pages/tasks/filters';
import { answerOf, found, hasForm, keyOf, mayAnswer, type TaskRow, urgencyOf } from '../src/pages/tasks/inbox';
import { actionName, actionText } from '../src/pages/tasks/names';
import { changesBetween, isEmpty } from '../src/pages/workflows/changes';
import { matching, nextVersion, plain, withVersion } from '../src/pages/workflows/definitions';
import { envelopeOf, isExecutionId, NO_OPTIONS, tagsOf } from '../src/pages/workflows/start_options';

const NOW = Date.parse('2030-01-31T09:00:00Z');

describe('the inbox', () => {
  it.each([
    [null, 'none'],
    ['2030-01-31T08:59:59Z', 'overdue'],
    ['2030-01-31T10:00:00Z', 'soon'],
    ['2030-02-01T09:00:00Z', 'today'],
    ['2030-02-01T09:00:01Z', 'later'],
  ])('says how pressing a deadline is: %s', (deadline, urgency) => {
    expect(urgencyOf(deadline, NOW)).toBe(urgency);
  });

  it('finds rows by every word, wherever it stands', () => {
    const row = (name: string, groups: string[]) =>
      ({
        name,
        description: null,
        workflow_name: 'Orders',
        workflow_id: 'o',
        execution_id: 'o-1',
        step_id: 's',
        user_groups: groups,
      }) as unknown as TaskRow;
    const rows = [row('Approve', ['leads']), row('Check', ['buyers'])];

    expect(found(rows, 'ORDERS lead').map(({ name }) => name)).toEqual(['Approve']);
    expect(found(rows, ' ')).toHaveLength(2);
    expect(found(rows, 'none')).toEqual([]);
  });

  it('asks the service for what the address says', () => {
    const asked = (query: string) => queryOf(new URLSearchParams(query), NOW);

    expect(asked('')).toEqual({ page_size: 100 });
    expect(asked('group=*&priority=high')).toEqual({ page_size: 100, all: true, priority: ['highest', 'high'] });
    expect(asked('group=leads&due=hour')).toEqual({
      page_size: 100,
      group: 'leads',
      due_before: '2030-01-31T10:00:00.000Z',
    });
    expect(asked('due=ever')).toEqual({ page_size: 100 });
  });

  it('makes the body of an answer', () => {
    const nothing = { reason: '', comments: ' ' };

    expect(answerOf({ type: 'approve' }, nothing)).toEqual({ action_type: 'approve' });
    expect(answerOf({ type: 'reject' }, { reason: ' no ', comments: 'c' })).toEqual({
      action_type: 'reject',
      reason: 'no',
      comments: 'c',
    });
    expect(answerOf({ type: 'custom', id: 'ask' }, { ...nothing, data: { a: 1 } })).toEqual({
      action_type: 'custom',
      custom_action_id: 'ask',
      data: { a: 1 },
    });
  });

  it('tells actions apart and names them', () => {
    const custom = { type: 'custom', id: 'ask' } as const;

    expect([keyOf({ type: 'approve' }), keyOf(custom)]).toEqual(['approve', 'custom:ask']);
    expect([hasForm(custom), hasForm({ ...custom, field_definitions: [] })]).toEqual([false, false]);
    expect([actionName(custom), actionName({ ...custom, name: 'Ask' }), actionName({ type: 'reject' })]).toEqual([
      'ask',
      'Ask',
      'Reject',
    ]);
    expect([actionText(custom), actionText({ ...custom, description: 'd' })]).toEqual(['', 'd']);
    expect(actionText({ type: 'approve' })).toBe('The workflow goes on.');
  });

  it('lets members answer, everybody if nobody is named, and the developer', () => {
    expect(mayAnswer({ user_groups: ['leads'] }, ['leads'], false)).toBe(true);
    expect(mayAnswer({ user_groups: ['leads'] }, ['weft-admins'], false)).toBe(false);
    expect(mayAnswer({ user_groups: [] }, [], false)).toBe(true);
    expect(mayAnswer({ user_groups: ['leads'] }, [], true)).toBe(true);
  });
});

describe('the system page', () => {
  const minute = (time: string, started: number, completed = 0, failed = 0) => ({
    minute: time,
    started,
    completed,
    failed,
  });

  it('has a point for each minute, zeros included', () => {
    const points = minutesOf([minute('2030-01-31T09:01:00Z', 3)], '2030-01-31T09:00:30Z', '2030-01-31T09:02:10Z');

    expect(points.map(({ started }) => started)).toEqual([0, 3, 0]);
    expect(highest(points)).toBe(3);
    expect(highest([])).toBe(1);
  });

  it('goes back a day at most', () => {
    expect(minutesOf([], '2020-01-01T00:00:00Z', '2030-01-31T09:00:00Z')).toHaveLength(24 * 60);
  });

  it('knows the point that is nearest', () => {
    const points = minutesOf([], '2030-01-31T09:00:00Z', '2030-01-31T09:10:00Z');

    expect([-1, 0.26, 0.5, 2].map((share) => nearest(points, share))).toEqual([0, 3, 5, 10]);
    expect(nearest([], 0.5)).toBe(0);
  });

  it('draws within its picture', () => {
    const points = minutesOf([minute('2030-01-31T09:01:00Z', 3)], '2030-01-31T09:00:00Z', '2030-01-31T09:05:00Z');
    const chart = chartOf(points, 3, { width: 400, height: 200 });

    expect(chart.line(({ started }) => started)).toMatch(/^M34,/);
    expect(chart.area(({ started }) => started)).toMatch(/Z$/);
    expect(chart.levels.map(({ value }) => value)).toEqual([0, 1, 2, 3]);
    expect(chart.times.length).toBeGreaterThan(1);
    expect(chartOf([], 0, { width: 100, height: 100 }).line(() => 1)).toBe('');
  });

  it('shows states with somebody in them, the most first', () => {
    expect(barsOf({ running: 1, paused: 4, pending: 0 })).toEqual([
      { name: 'paused', value: 4, share: 1 },
      { name: 'running', value: 1, share: 0.25 },
    ]);
  });

  it('orders queues and says which need attention', () => {
    const queue = (name: string, kind: string, more: object = {}) =>
      ({ name, kind, visible: 0, in_flight: 0, delayed: 0, ...more }) as never;
    const rows = queueRows([
      queue('dlq', 'dead_letters', { visible: 1 }),
      queue('low', 'tasks', { priority: 'low', visible: 2, oldest_age_seconds: 301 }),
      queue('highest', 'tasks', { priority: 'highest', visible: 2, oldest_age_seconds: 20 }),
      queue('commands', 'commands', { in_flight: 4 }),
    ]);

    expect(rows.map(({ name, share, isAlarming }) => [name, share, isAlarming])).toEqual([
      ['commands', 1, false],
      ['highest', 0.5, false],
      ['low', 0.5, true],
      ['dlq', 0.25, true],
    ]);
  });

  it('says how much ended well', () => {
    const recent = { completed: 3, failed: 1, timed_out: 0 } as never;

    expect(successRate(recent)).toBe(0.75);
    expect(successRate({ completed: 0, failed: 0, timed_out: 0 } as never)).toBeNull();
  });
});

describe('the differences of two versions', () => {
  const before = {
    id: 'a',
    version: '1.0.0',
    steps: [{ id: 'x', name: 'X', timeout: null }, { id: 'y' }, 5],
    transitions: [{ from_step_id: 'x', to_step_id: 'y' }],
    tags: { b: '1', a: '2' },
  };

  it('are steps, transitions and fields', () => {
    const after = {
      ...before,
      version: '1.1.0',
      description: 'new',
      steps: [{ id: 'x', name: 'Z' }, { id: 'z' }],
      transitions: [{ from: 'x', to: 'z', condition: '$.a' }],
    };

    expect(changesBetween(before, after)).toEqual({
      steps: { added: ['z'], removed: ['y'], changed: [{ id: 'x', fields: ['name'] }] },
      transitions: { added: ['x → z ($.a)'], removed: ['x → y'] },
      fields: ['description'],
    });
  });

  it('are none where only the version, the order of keys or a null differs', () => {
    const after = {
      ...before,
      version: '2.0.0',
      tags: { a: '2', b: '1' },
      steps: [{ name: 'X', id: 'x' }, { id: 'y' }],
    };

    expect(isEmpty(changesBetween(before, after))).toBe(true);
    expect(isEmpty(changesBetween({}, { steps: [{ id: 'x' }] }))).toBe(false);
  });
});

describe('a definition', () => {
  it('is shown as one registers it', () => {
    expect(plain({ id: 'a', created_at: 'x', updated_at: 'y', description: null })).toEqual({ id: 'a' });
  });

  it.each([
    ['1.2.3', '1.2.4'],
    ['2.0.0-rc.1', '2.0.0-rc.2'],
    ['1.0.0-alpha', '1.0.0-alpha.1'],
    ['1.0.9+build.5', '1.0.10'],
  ])('has a next version: %s', (version, next) => {
    expect(nextVersion(version)).toBe(next);
  });

  it.each([
    ['id: a\nversion: 1.0.0 # first\n', 'id: a\nversion: 1.0.1 # first\n'],
    ["version: '1.0.0'\n", "version: '1.0.1'\n"],
    ['{\n  "version": "1.0.0",\n}', '{\n  "version": "1.0.1",\n}'],
    ['id: a', 'id: a'],
  ])('takes another version: %j', (text, changed) => {
    expect(withVersion(text, '1.0.1')).toBe(changed);
  });

  it('is found by every word of its name, id or description', () => {
    const entry = (id: string, name: string, description: string | null) => ({ id, name, description }) as never;
    const all = [entry('order', 'Order fulfilment', 'Payment'), entry('hello', 'Hello', null)];

    expect(matching(all, 'payment ORDER')).toHaveLength(1);
    expect(matching(all, '')).toHaveLength(2);
  });
});

describe('the options of a start', () => {
  it('become an envelope, empty ones left out', () => {
    expect(envelopeOf({ a: 1 }, NO_OPTIONS)).toEqual({ input: { a: 1 } });
    const options = {
      execution_id: 'o-1',
      version: '1.0.0',
      priority: 'high',
      deadline: '2030-01-31T09:00',
      tags: 'team = office\n\na=b=c',
    };
    expect(envelopeOf(null, options)).toMatchObject({
      input: null,
      execution_id: 'o-1',
      version: '1.0.0',
      priority: 'high',
      deadline: expect.stringMatching(/^2030-01-31T09:00:00(Z|[+-]\d\d:\d\d)$/),
      tags: { team: 'office', a: 'b=c' },
    });
  });

  it('name the first line that is no tag', () => {
    expect(tagsOf('a=b\n=c\nd').wrongLine).toBe(2);
    expect(tagsOf('').wrongLine).toBeNull();
  });

  it('know an execution id', () => {
    expect(['o-1:a.b_c', 'control', '-a', 'a b', 'a'.repeat(129)].map(isExecutionId)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
