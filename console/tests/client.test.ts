import { describe, expect, it } from 'vitest';

import { Client, delay, path, search } from '../src/api/client';
import { parseJson } from '../src/api/json';
import { Problem, toProblem } from '../src/api/problem';

interface Sent {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: unknown;
}

type Answer = Response | Error;

function client(answers: Answer[], refused?: (problem: Problem) => Promise<boolean>) {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const made = new Client({
    base: '/dev/api/v1',
    credentials: () => Promise.resolve({ Authorization: 'Bearer t' }),
    ...(refused ? { refused } : {}),
    fetch: (url, request = {}) => {
      sent.push({
        url: String(url),
        method: request.method ?? '',
        headers: request.headers as Record<string, string>,
        body: request.body,
      });
      const answer = answers.shift() ?? new Error('no more answers');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    wait: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    chance: () => 1,
  });
  return { made, sent, waits };
}

function problem(status: number, code = 'Code'): Response {
  return Response.json(
    { title: 'Title', detail: 'Detail', code, errors: [], state: 'paused' },
    { status, headers: { 'X-Request-Id': 'r-1', 'Content-Type': 'application/problem+json' } },
  );
}

describe('a request', () => {
  it('says who calls and what is asked for', async () => {
    const { made, sent } = client([Response.json({ a: 1 })]);
    expect(await made.get('/workflows', { states: ['a', 'b'], empty: '', none: null, page_size: 5 })).toEqual({ a: 1 });
    expect(sent[0]).toMatchObject({ url: '/dev/api/v1/workflows?states=a%2Cb&page_size=5', method: 'GET' });
    expect(sent[0]?.headers).toMatchObject({ Authorization: 'Bearer t' });
    expect(sent[0]?.headers['Idempotency-Key']).toBeUndefined();
  });

  it('carries a key of its own when it writes, or the one that is given', async () => {
    const { made, sent } = client([Response.json({}), Response.json({}), Response.json({}), Response.json({})]);
    await made.post('/a', {});
    await made.put('/a', {}, { key: 'mine' });
    await made.delete('/a');
    expect(sent[0]?.headers['Idempotency-Key']).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(sent[1]?.headers['Idempotency-Key']).toBe('mine');
    expect(sent[0]?.body).toBe('{}');
    expect(sent[2]?.body).toBeUndefined();
  });

  it('sends a text as YAML', async () => {
    const { made, sent } = client([Response.json({})]);
    await made.post('/workflows/validate', 'id: x');
    expect(sent[0]?.headers['Content-Type']).toBe('application/yaml');
    expect(sent[0]?.body).toBe('id: x');
  });

  it('is repeated with the same key when the service is busy or away', async () => {
    const { made, sent, waits } = client([
      problem(503),
      new TypeError('gone'),
      problem(429),
      Response.json({ ok: true }),
    ]);
    expect(await made.post('/a', {})).toEqual({ ok: true });
    expect(new Set(sent.map(({ headers }) => headers['Idempotency-Key'])).size).toBe(1);
    expect(waits).toEqual([500, 1_000, 2_000]);
  });

  it('is given up after the fourth try', async () => {
    const { made, sent } = client([problem(503), problem(503), problem(503), problem(503)]);
    await expect(made.get('/a')).rejects.toMatchObject({ status: 503 });
    expect(sent).toHaveLength(4);
  });

  it('is not repeated when it was refused', async () => {
    const { made, sent } = client([problem(409, 'InvalidState')]);
    const refusal = await made.post('/a', {}).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Problem);
    expect(refusal).toMatchObject({
      status: 409,
      code: 'InvalidState',
      requestId: 'r-1',
      state: 'paused',
      message: 'Detail',
    });
    expect(sent).toHaveLength(1);
  });

  it('is repeated once when the token was renewed', async () => {
    const { made, sent } = client([problem(401), Response.json({})], () => Promise.resolve(true));
    await made.get('/a');
    expect(sent).toHaveLength(2);
    const second = client([problem(401), problem(401)], () => Promise.resolve(true));
    await expect(second.made.get('/a')).rejects.toMatchObject({ status: 401 });
  });

  it('ends as it was ended when it is given up by the page', async () => {
    const end = new AbortController();
    const { made } = client([new DOMException('ended', 'AbortError')]);
    end.abort();
    await expect(made.get('/a', {}, { signal: end.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('an answer', () => {
  it('gives its status where that matters', async () => {
    const { made } = client([Response.json({ state: 'paused' }, { status: 202 })]);
    expect(await made.send('POST', '/a', {})).toMatchObject({ status: 202, data: { state: 'paused' } });
  });

  it('may be a text or nothing', async () => {
    const { made } = client([
      new Response('<svg/>', { headers: { 'Content-Type': 'image/svg+xml' } }),
      new Response(null),
    ]);
    expect(await made.get('/a')).toBe('<svg/>');
    expect(await made.get('/a')).toBeNull();
  });

  it('is a problem too when a gateway gives something else', async () => {
    const html = new Response('<h1>no</h1>', { status: 403, headers: { 'Content-Type': 'text/html' } });
    const broken = new Response('{', { status: 200, headers: { 'Content-Type': 'application/json' } });
    const { made } = client([html, broken]);
    await expect(made.get('/a')).rejects.toMatchObject({ status: 403, code: 'Unexpected' });
    await expect(made.get('/a')).rejects.toMatchObject({ code: 'Unexpected' });
  });
});

describe('helpers', () => {
  it('escape every value of a path', () => {
    expect(path`/executions/${'a/b:c'}/skip/${'check#2'}`).toBe('/executions/a%2Fb%3Ac/skip/check%232');
  });

  it('leave an empty query out', () => {
    expect(search()).toBe('');
    expect(search({ a: undefined, b: false, c: 0 })).toBe('?b=false&c=0');
  });

  it('wait longer each time, up to a limit', () => {
    expect([1, 2, 3, 10].map((attempt) => delay(attempt, 1))).toEqual([500, 1_000, 2_000, 8_000]);
    expect(delay(3, 0)).toBe(0);
  });

  it('make a problem of any error', () => {
    expect(toProblem(new Error('x'))).toMatchObject({ status: 0, code: 'ConsoleError', message: 'x' });
    expect(toProblem('x').message).toBe('x');
    const known = new Problem(404, {});
    expect(toProblem(known)).toBe(known);
  });

  it('read JSON', () => {
    expect(parseJson('{"a": [1, "12345678901234567890"]}')).toEqual({ a: [1, '12345678901234567890'] });
    expect(() => parseJson('{')).toThrow(SyntaxError);
  });
});
