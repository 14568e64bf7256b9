import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { fromDevelopmentToken } from '../src/auth/identity';
import { TaskCount } from '../src/pages/tasks/count';
import InboxPage from '../src/pages/tasks/page';
import TaskPage from '../src/pages/tasks/task_page';
import { location } from '../src/routing';
import { beginWith, enter, FakeService, find, open, press, root, settled, submit, text } from './fake_service';

const ROW = {
  task_id: 't1',
  execution_id: 'order-7',
  workflow_id: 'order',
  workflow_version: '1.0.0',
  workflow_name: 'Order',
  step_id: 'approve',
  run_id: 'approve#1',
  intervention_point_id: 'large',
  name: 'Approve a large order',
  description: null,
  priority: 'high',
  user_groups: ['sales-leads'],
  deadline: '2000-01-31T09:00:00.000Z',
  escalated: true,
  created_at: '2000-01-30T09:00:00.000Z',
  actions: ['approve'],
};
const TASK = {
  ...ROW,
  state: 'open',
  reminders: 2,
  allowed_actions: [
    { type: 'approve' },
    { type: 'reject', reason: 'too much' },
    {
      type: 'modify_data',
      field_definitions: [{ name: 'discount', label: 'Discount', field_type: { type: 'number' }, required: true }],
    },
    { type: 'custom', id: 'ask-legal' },
  ],
  context: { input: { total: 5 }, variables: { a: 1 }, item: 'x', index: 1 },
  execution: { execution_id: 'order-7', state: 'running', started_at: null, priority: 'high', tags: { team: 'a' } },
  truncated: [{ pointer: '/context/input', bytes: 90_000 }],
};
const SUBMIT = 'POST /tasks/human/t1/submit';

let service: FakeService;

beforeEach(() => {
  service = new FakeService().on('GET /tasks/human', { tasks: [ROW], page_size: 100 }).on('GET /tasks/human/t1', TASK);
  beginWith(service);
});

afterEach(() => {
  render(null, root);
  vi.unstubAllGlobals();
});

const showTask = () => open(TaskPage, '/tasks/t1', { id: 't1' });

describe('the inbox', () => {
  it('lists what waits, with what is pressing about it', async () => {
    await open(InboxPage, '/tasks');

    expect(find<HTMLAnchorElement>('.task-name a').getAttribute('href')).toBe('#/tasks/t1');
    for (const said of ['Approve a large order', 'Overdue', 'High', 'sales-leads', 'Escalated', 'order-7']) {
      expect(text()).toContain(said);
    }
  });

  it('asks for what is chosen, and searches in what it has', async () => {
    await open(InboxPage, '/tasks');

    await enter('For', '*', 'change');
    expect(service.of('GET /tasks/human').at(-1)?.query.get('all')).toBe('true');
    await enter('Priority', 'high', 'change');
    expect(service.of('GET /tasks/human').at(-1)?.query.get('priority')).toBe('highest,high');
    await enter('For', '?', 'change');
    await enter('Name of the group', 'directors', 'change');
    expect(service.of('GET /tasks/human').at(-1)?.query.get('group')).toBe('directors');
    await enter('Search the tasks', 'nothing like it');
    expect(text()).toContain('No task fits these filters.');
    expect(location.value.query.get('q')).toBe('nothing like it');
  });

  it('goes on to the next page and back', async () => {
    service.on('GET /tasks/human', { tasks: [ROW], page_size: 100, next_cursor: 'c2' });
    await open(InboxPage, '/tasks');

    await press('Next page');
    expect(service.of('GET /tasks/human').at(-1)?.query.get('cursor')).toBe('c2');
    await press('Previous page');
    expect(service.of('GET /tasks/human').at(-1)?.query.get('cursor')).toBeNull();
  });

  it('says that there is nothing, or why it does not know', async () => {
    service.on('GET /tasks/human', { tasks: [], page_size: 100 });
    await open(InboxPage, '/tasks');
    expect(text()).toContain('Nothing waits for you');

    render(null, root);
    service.on('GET /tasks/human', () => ({
      status: 403,
      body: { title: 'Forbidden', detail: 'not you', code: 'Forbidden' },
    }));
    await open(InboxPage, '/tasks');
    expect(text()).toContain('not you');
  });

  it('counts beside the navigation', async () => {
    await open(TaskCount, '/tasks');
    expect(text()).toContain('1 tasks wait for you');

    render(null, root);
    service.on('GET /tasks/human', { tasks: Array.from({ length: 100 }, () => ROW), page_size: 100 });
    await open(TaskCount, '/tasks');
    expect(text()).toContain('99+');
  });
});

describe('notifications', () => {
  const notice = {
    notification_id: 'n1',
    group: 'w',
    subject: 'Late',
    text: 'It is late',
    created_at: ROW.created_at,
    execution_id: 'e',
    step_id: 's',
    read: false,
  };

  it('are listed and marked as read', async () => {
    service
      .on('GET /notifications', { notifications: [notice], page_size: 100 })
      .on('POST /notifications/n1/read', { ...notice, read: true });
    await open(InboxPage, '/tasks?tab=notices&of=w');
    expect(text()).toContain('It is late');

    await press('Mark as read');
    expect(service.of('POST /notifications/n1/read')).toHaveLength(1);
    expect(text()).not.toContain('Mark as read');
  });

  it('can be narrowed to the unread, of which there may be none', async () => {
    service.on('GET /notifications', { notifications: [], page_size: 100 });
    await open(InboxPage, '/tasks?tab=notices&unread=1&of=w');

    expect(service.of('GET /notifications')[0]?.query.get('unread')).toBe('true');
    expect(text()).toContain('No notifications');
    await act(async () => find('.check input').click());
    await settled();
    expect(service.of('GET /notifications').at(-1)?.query.get('unread')).toBeNull();
  });

  it('are not asked for by who is in no group, and names none', async () => {
    await open(InboxPage, '/tasks?tab=notices');
    expect(service.of('GET /notifications')).toEqual([]);
    expect(text()).toContain('You are in no group.');

    service.on('GET /notifications', { notifications: [], page_size: 100 });
    await enter('For', '?', 'change');
    await enter('Name of the group', 'warehouse', 'change');
    expect(service.of('GET /notifications')[0]?.query.get('group')).toBe('warehouse');
  });

  it('say why one could not be marked', async () => {
    const told = { notifications: [notice], page_size: 100 };
    service.on('GET /notifications', told).on('POST /notifications/n1/read', () => ({
      status: 409,
      body: { title: 'Contended', detail: 'try again', code: 'Contended' },
    }));
    await open(InboxPage, '/tasks?tab=notices&of=w');
    await press('Mark as read');

    expect(text()).toContain('Mark as read');
  });
});

describe('a task', () => {
  it('shows what there is to decide on', async () => {
    await showTask();

    for (const said of ['Item 2', 'total', 'team=a', 'Reminders sent', '/context/input is too large', 'Escalated']) {
      expect(text()).toContain(said);
    }
  });

  it('takes an approval, and shows how it ended', async () => {
    service.on(SUBMIT, { execution_id: 'order-7', state: 'running', message: 'ok' });
    await showTask();
    await press('Approve');
    await enter('Comments', 'fine');
    service.on('GET /tasks/human/t1', {
      ...TASK,
      state: 'ended',
      ended: {
        outcome: 'answered',
        ended_at: ROW.created_at,
        action: 'approve',
        user: 'dev',
        comments: 'fine',
        data: { a: 1 },
      },
    });
    await submit();

    expect(service.of(SUBMIT)[0]?.body).toEqual({ action_type: 'approve', comments: 'fine' });
    expect(text()).toContain('It was answered.');
    expect(text()).toContain('fine');
  });

  it('says that an answer is on its way when it has not been decided', async () => {
    service.on(SUBMIT, () => ({ status: 202, body: { execution_id: 'order-7', state: 'running', message: 'sent' } }));
    await showTask();
    await press('ask-legal');
    await submit();

    expect(service.of(SUBMIT)[0]?.body).toEqual({ action_type: 'custom', custom_action_id: 'ask-legal' });
    expect(text()).toContain('Your answer is on its way.');
  });

  it('has its form checked here, and shows at the field what the service refuses', async () => {
    const errors = [
      { code: 'InvalidValue', pointer: '/data/discount', message: '500 is refused', hint: '', severity: 'error' },
    ];
    service.on(SUBMIT, () => ({
      status: 400,
      body: { title: 'Invalid', detail: 'x', code: 'InvalidSubmission', errors },
    }));
    await showTask();
    await press('Change the data');
    await submit();
    expect(service.of(SUBMIT)).toEqual([]);
    expect(text()).toContain('This is needed.');

    await enter('Discount', '500');
    await submit();
    expect(service.of(SUBMIT)[0]?.body).toEqual({ action_type: 'modify_data', data: { discount: 500 } });
    expect(find('.field-error').textContent).toBe('500 is refused');
    expect(text()).toContain('See what is said at the fields.');
  });

  it('tells that somebody was faster', async () => {
    service.on(SUBMIT, () => ({ status: 409, body: { title: 'Conflict', detail: 'ended', code: 'InvalidState' } }));
    await showTask();
    await press('Reject');
    await enter('Reason', 'no');
    service.on('GET /tasks/human/t1', { ...TASK, state: 'ended', ended: null, deadline: null });
    await submit();

    expect(service.of(SUBMIT)[0]?.body).toEqual({ action_type: 'reject', reason: 'no' });
    expect(text()).toContain('Somebody was faster');
    expect(text()).toContain('How it ended is not known yet.');
  });

  it('is not answered by those who are not asked', async () => {
    beginWith(service, fromDevelopmentToken('dev:bob:weft-operators') ?? undefined);
    await showTask();
    await settled();

    expect(text()).toContain('This task is for members of sales-leads.');
  });
});
