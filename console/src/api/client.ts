/**
 * The HTTP interface. Every refusal becomes a `Problem`. What may be repeated is repeated when the service is busy or
 * does not answer: reading always, writing because each write carries an `Idempotency-Key` and counts once.
 */
import { parseJson } from './json';
import { Problem, type ProblemDocument } from './problem';

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export interface Options {
  query?: Query;
  signal?: AbortSignal;
  /** The `Idempotency-Key`; a new one otherwise. Give one to repeat what may have counted already. */
  key?: string;
}

export interface Answer<T> {
  status: number;
  data: T;
  headers: Headers;
}

export interface Surroundings {
  /** Where the API is, without a slash at its end: `/dev/api/v1`. */
  base: string;
  /** Headers that say who calls. */
  credentials: () => Promise<Record<string, string>>;
  /** Called with a 401; says whether it is worth a second try (a token was renewed). */
  refused?: (problem: Problem) => Promise<boolean>;
  fetch?: typeof fetch;
  wait?: (milliseconds: number) => Promise<void>;
  chance?: () => number;
}

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8_000;
const BUSY = new Set([429, 500, 502, 503, 504]);

/** A path with every value escaped: path`/workflows/${id}/versions`. */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.reduce((whole, part, index) => whole + encodeURIComponent(values[index - 1] ?? '') + part);
}

export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, '0')).join('');
}

export class Client {
  private readonly fetch: typeof fetch;
  private readonly wait: (milliseconds: number) => Promise<void>;
  private readonly chance: () => number;

  constructor(private readonly around: Surroundings) {
    this.fetch = around.fetch ?? ((...given) => globalThis.fetch(...given));
    this.wait = around.wait ?? ((milliseconds) => new Promise((done) => setTimeout(done, milliseconds)));
    this.chance = around.chance ?? Math.random;
  }

  async get<T>(where: string, query?: Query, options: Options = {}): Promise<T> {
    return (await this.send<T>('GET', where, undefined, { ...options, query: query ?? options.query ?? {} })).data;
  }

  async post<T>(where: string, body?: unknown, options: Options = {}): Promise<T> {
    return (await this.send<T>('POST', where, body, options)).data;
  }

  async put<T>(where: string, body?: unknown, options: Options = {}): Promise<T> {
    return (await this.send<T>('PUT', where, body, options)).data;
  }

  async delete<T>(where: string, options: Options = {}): Promise<T> {
    return (await this.send<T>('DELETE', where, undefined, options)).data;
  }

  /** With the status and headers of the answer, for routes that answer 200 or 202. A text body is sent as YAML. */
  async send<T>(method: string, where: string, body: unknown, options: Options = {}): Promise<Answer<T>> {
    const key = method === 'GET' ? undefined : (options.key ?? newKey());
    let renewed = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once<T>(method, where, body, key, options);
      } catch (error) {
        if (options.signal?.aborted || !(error instanceof Problem)) throw error;
        if (error.status === 401 && !renewed && (await this.around.refused?.(error))) {
          renewed = true;
          continue;
        }
        const mayPass = error.isUnreachable || BUSY.has(error.status);
        if (!mayPass || attempt >= ATTEMPTS) throw error;
        await this.wait(delay(attempt, this.chance()));
      }
    }
  }

  private async once<T>(
    method: string,
    where: string,
    body: unknown,
    key: string | undefined,
    options: Options,
  ): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: 'application/json', ...(await this.around.credentials()) };
    if (key) headers['Idempotency-Key'] = key;
    const request: RequestInit = { method, headers, credentials: 'omit', cache: 'no-store' };
    if (options.signal) request.signal = options.signal;
    if (body !== undefined) {
      headers['Content-Type'] = typeof body === 'string' ? 'application/yaml' : 'application/json';
      request.body = typeof body === 'string' ? body : JSON.stringify(body);
    }
    return read<T>(await this.reach(this.around.base + where + search(options.query), request));
  }

  private async reach(url: string, request: RequestInit): Promise<Response> {
    try {
      return await this.fetch(url, request);
    } catch (error) {
      if (request.signal?.aborted) throw error;
      throw new Problem(0, { code: 'Unreachable', detail: error instanceof Error ? error.message : '' });
    }
  }
}

async function read<T>(response: Response): Promise<Answer<T>> {
  const data = await body(response);
  if (response.ok) return { status: response.status, data: data as T, headers: response.headers };
  const document = isObject(data) ? (data as ProblemDocument) : {};
  const id = response.headers.get('X-Request-Id');
  throw new Problem(response.status, { ...(id ? { request_id: id } : {}), ...document });
}

async function body(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!text) return null;
  if (!(response.headers.get('Content-Type') ?? '').includes('json')) return text;
  try {
    return parseJson(text);
  } catch {
    throw new Problem(response.status, { code: 'Unexpected', detail: 'The answer is no JSON.' });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `?a=1&b=x,y`; lists are joined by commas, and what is null, undefined or '' is left out. */
export function search(query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text !== null && text !== undefined && text !== '') params.set(name, String(text));
  }
  const text = params.toString();
  return text ? `?${text}` : '';
}

/** Full jitter: somewhere between nothing and twice as much each time. */
export function delay(attempt: number, chance: number): number {
  return Math.round(chance * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt));
}
