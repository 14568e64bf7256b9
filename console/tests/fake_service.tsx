/** A service that answers from a table, and a page shown against it. */
import { type ComponentType, render } from 'preact';
import { act } from 'preact/test-utils';
import { vi } from 'vitest';

import { Client } from '../src/api/client';
import type { ConsoleConfig } from '../src/api/types';
import { DEVELOPER, type Identity } from '../src/auth/identity';
import type { PageProps } from '../src/pages/page';
import { navigate, type Params } from '../src/routing';
import { begin, identity } from '../src/session';

export interface Sent {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  key: string | null;
}

type Answer = { status?: number; body: unknown };

export class FakeService {
  readonly sent: Sent[] = [];
  private readonly answers = new Map<string, (sent: Sent) => Answer>();

  /** `on('GET /workflows', …)`; what is not a function is the body of a 200. */
  on(route: string, answer: ((sent: Sent) => Answer) | object): this {
    this.answers.set(
      route,
      typeof answer === 'function' ? (answer as (sent: Sent) => Answer) : () => ({ body: answer }),
    );
    return this;
  }

  of(route: string): Sent[] {
    return this.sent.filter(({ method, path }) => `${method} ${path}` === route);
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(String(input), 'http://fake');
    const text = typeof init?.body === 'string' ? init.body : '';
    const headers = new Headers(init?.headers);
    const sent: Sent = {
      method: init?.method ?? 'GET',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      body: headers.get('Content-Type') === 'application/json' ? JSON.parse(text) : text,
      key: headers.get('Idempotency-Key'),
    };
    this.sent.push(sent);
    const { status = 200, body } = this.answers.get(`${sent.method} ${sent.path}`)?.(sent) ?? {
      status: 404,
      body: { code: 'UnknownRoute', title: 'Not found', detail: `${sent.method} ${sent.path}` },
    };
    return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
  };
}

const CONFIG: ConsoleConfig = { stage: 'local', api: '', websocket: null, oidc: null, development_token: true };

export const root = document.createElement('div');
document.body.append(root);

export function beginWith(service: FakeService, who: Identity = DEVELOPER): void {
  // The test's browser lays nothing out.
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
  identity.value = who;
  const place = { prefix: '', page: '/console', origin: 'http://fake' };
  begin({
    config: CONFIG,
    place,
    api: new Client({ base: '', credentials: async () => ({}), fetch: service.fetch, wait: async () => undefined }),
  } as Parameters<typeof begin>[0]);
}

export async function open(Page: ComponentType<PageProps>, hash: string, params: Params = {}): Promise<void> {
  navigate(hash);
  await act(async () => render(<Page params={params} />, root));
  await settled();
}

/** Until what was asked for has been answered and is shown. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await act(async () => {
      await new Promise((done) => setImmediate(done));
    });
  }
}

export function text(): string {
  return root.textContent ?? '';
}

export function find<T extends HTMLElement>(selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`There is no ${selector}`);
  return found;
}

export async function press(label: string): Promise<void> {
  const all = [...root.querySelectorAll<HTMLElement>('button, a, label.action, summary')];
  const wanted = all.find((each) => (each.getAttribute('aria-label') ?? each.textContent ?? '').includes(label));
  if (!wanted) throw new Error(`There is nothing to press called ${label}`);
  await act(async () => (wanted.querySelector('input') ?? wanted).click());
  await settled();
}

export async function enter(label: string, value: string, kind = 'input'): Promise<void> {
  const named = [...root.querySelectorAll('label')].find((each) => each.textContent?.startsWith(label));
  const input =
    root.querySelector<HTMLInputElement>(`[aria-label="${label}"]`) ??
    (named && (document.getElementById(named.htmlFor) as HTMLInputElement | null));
  if (!input) throw new Error(`There is no input called ${label}`);
  await act(async () => {
    input.value = value;
    input.dispatchEvent(new Event(kind, { bubbles: true }));
  });
  await settled();
}

export async function submit(): Promise<void> {
  await act(async () => {
    find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  });
  await settled();
}
