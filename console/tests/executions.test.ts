import { describe, expect, it, vi } from 'vitest';

import { Client } from '../src/api/client';
import type { ExecutionSummary } from '../src/api/types';
import { LiveClient } from '../src/live/client';
import { isEmpty, NONE, read, tagsOf, toAddress, toQuery } from '../src/pages/executions/filters';
import { changed, ExecutionsModel } from '../src/pages/executions/model';

/** However busy the machine is. */
function until<T>(condition: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(condition, { timeout: 20_000 });
}

const NOW = Date.parse('2026-01-31T09:00:00.000Z');

describe('the filters', () => {
  it('are the same after a way through the address', () => {
    const filters = {
      workflow: 'order',
      states: ['failed', 'running'] as const,
      time: 'range' as const,
      from: '2026-01-01T00:00',
      to: '2026-01-02T00:00',
      tags: ['team=billing', 'a=b=c'],
    };
    const address = new URLSearchParams();
    for (const [name, value] of Object.entries(toAddress(filters))) if (value !== null) address.set(name, value);
    expect(read(address)).toEqual(filters);
  });

  it('drop what is none of theirs', () => {
    const found = read(new URLSearchParams('states=failed,nonsense&time=soon&tags=x,,y=1'));
    expect(found).toEqual({ ...NONE, states: ['failed'], tags: ['y=1'] });
  });

  it('ask for a time before now, or for a range in UTC', () => {
    expect(toQuery({ ...NONE, time: '1h' }, NOW)).toMatchObject({
      created_from: '2026-01-31T08:00:00.000Z',
      created_to: '',
    });
    const from = '2026-01-01T10:00';
    expect(toQuery({ ...NONE, time: 'range', from, to: 'nonsense' }, NOW)).toMatchObject({
      created_from: new Date(from).toISOString(),
      created_to: '',
    });
  });

  it('know when there are none', () => {
    expect(isEmpty(NONE)).toBe(true);
    expect(isEmpty({ ...NONE, from: 'x' })).toBe(true);
    expect(isEmpty({ ...NONE, tags: ['a=b'] })).toBe(false);
  });

  it.each([
    ['team=a, b=', ['team=a', 'b=']],
    ['', []],
    ['team', null],
    ['=a', null],
  ])('read the tags of %j', (text, tags) => {
    expect(tagsOf(text)).toEqual(tags);
  });
});

function row(id: string, state = 'running'): ExecutionSummary {
  return { execution_id: id, state } as ExecutionSummary;
}

describe('the list', () => {
  function begun(pages: Record<string, { executions: ExecutionSummary[]; next_cursor?: string }>) {
    const asked: string[] = [];
    const api = new Client({
      base: '',
      credentials: () => Promise.resolve({}),
      fetch: (url) => {
        const cursor = new URL(String(url), 'http://x').searchParams.get('cursor') ?? '';
        asked.push(cursor);
        const page = pages[cursor];
        return Promise.resolve(page ? Response.json(page) : Response.json({ code: 'InvalidCursor' }, { status: 400 }));
      },
    });
    const live = new LiveClient({ address: null, token: () => Promise.resolve(null) });
    return { model: new ExecutionsModel(api, live, () => NOW), asked };
  }

  const ids = (model: ExecutionsModel) => model.rows.value?.map((each) => each.execution_id);

  it('goes forward and back by cursors', async () => {
    const { model, asked } = begun({
      '': { executions: [row('a')], next_cursor: '2' },
      '2': { executions: [row('b')], next_cursor: '3' },
      '3': { executions: [row('c')] },
    });
    model.search(NONE);
    await until(() => expect(ids(model)).toEqual(['a']));
    model.previous();
    model.next();
    await until(() => expect(ids(model)).toEqual(['b']));
    model.next();
    await until(() => expect(model.page.value).toEqual({ number: 3, hasNext: false }));
    model.next();
    model.previous();
    await until(() => expect(ids(model)).toEqual(['b']));
    model.search({ ...NONE, workflow: 'w' });
    await until(() => expect(model.page.value.number).toBe(1));
    expect(asked).toEqual(['', '2', '3', '2', '']);
  });

  it('lights what is new or has changed when it looks again', async () => {
    const pages = { '': { executions: [row('a')] } };
    const { model } = begun(pages);
    model.search(NONE);
    await until(() => expect(ids(model)).toEqual(['a']));
    expect(model.fresh.value.size).toBe(0);
    pages[''] = { executions: [row('b'), row('a', 'completed')] };
    await model.read({ quietly: true });
    expect([...model.fresh.value].sort()).toEqual(['a', 'b']);
  });

  it('says what went wrong, and keeps what it has', async () => {
    const pages: Record<string, { executions: ExecutionSummary[] }> = { '': { executions: [row('a')] } };
    const { model } = begun(pages);
    model.search(NONE);
    await until(() => expect(ids(model)).toEqual(['a']));
    delete pages[''];
    await model.read({ quietly: true });
    expect(model.problem.value?.code).toBe('InvalidCursor');
    expect(ids(model)).toEqual(['a']);
  });

  it('is read again twice after a change: the list lags behind', async () => {
    vi.useFakeTimers();
    const { model, asked } = begun({ '': { executions: [] } });
    const close = model.open();
    model.search(NONE);
    await vi.advanceTimersByTimeAsync(3_000);
    const polled = asked.length;
    expect(polled).toBeGreaterThanOrEqual(2);
    close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(polled);
    vi.useRealTimers();
  });

  it('compares by execution and state', () => {
    expect([...changed([row('a'), row('b')], [row('a', 'failed'), row('b'), row('c')])]).toEqual(['a', 'c']);
  });
});
