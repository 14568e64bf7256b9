/** The start of the console: configuration, who is signed in, the first page. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const CONFIG = { stage: 'local', api: '/api/v1', websocket: '/ws', oidc: null, development_token: true };

let root: HTMLElement;
let asked: { path: string; headers: Record<string, string> }[];
let answers: Record<string, () => Response>;

class NoSocket {
  static made: string[] = [];
  readyState = 0;
  constructor(address: string) {
    NoSocket.made.push(address);
  }
  close() {
    this.readyState = 3;
  }
}

beforeEach(() => {
  vi.resetModules();
  NoSocket.made = [];
  asked = [];
  answers = {
    '/console/config.json': () => Response.json(CONFIG),
    '/api/v1/me': () => Response.json({ name: 'dev', groups: ['ops'], roles: ['viewer'], proof: 'name' }),
    '/api/v1/workflows': () => Response.json({ workflows: [], page_size: 200 }),
    '/api/v1/workflows/executions': () => Response.json({ executions: [], page_size: 25 }),
  };
  vi.stubGlobal('WebSocket', NoSocket);
  vi.spyOn(window, 'fetch').mockImplementation((url, request = {}) => {
    const { pathname } = new URL(String(url), 'http://localhost');
    asked.push({ path: pathname, headers: request.headers as Record<string, string> });
    return Promise.resolve(answers[pathname]?.() ?? Response.json({ code: 'NotFound' }, { status: 404 }));
  });
  vi.stubGlobal('fetch', window.fetch);
  root = document.createElement('div');
  root.id = 'app';
  document.body.append(root);
});

afterEach(async () => {
  const { render } = await import('preact');
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

function until(condition: () => void): Promise<void> {
  return vi.waitFor(condition, { timeout: 20_000 });
}

describe('the console', () => {
  it('starts with the configuration, and asks the service who is there', async () => {
    await import('../src/main');
    const { identity } = await import('../src/session');
    await until(() => expect(root.querySelector('.user-button')?.textContent).toContain('dev'));
    await until(() => expect(identity.value).toMatchObject({ name: 'dev', groups: ['ops'], confirmed: true }));
    expect(asked[0]?.path).toBe('/console/config.json');
    await until(() => expect(NoSocket.made).toHaveLength(1));
    expect(NoSocket.made[0]).toMatch(/^wss?:\/\/.*\/ws$/);
    window.dispatchEvent(new Event('offline'));
    await until(() => expect(root.querySelector('[data-live="offline"]')).not.toBeNull());
    window.dispatchEvent(new Event('online'));
    await until(() => expect(NoSocket.made).toHaveLength(2));
  });

  it('says so when the service cannot be reached, and starts when it can', async () => {
    let away = true;
    answers['/console/config.json'] = () =>
      away ? Response.json({ title: 'Away' }, { status: 404 }) : Response.json(CONFIG);
    await import('../src/main');
    await until(() => expect(root.querySelector('[role="alert"]')?.textContent).toContain('Away'));
    away = false;
    root.querySelector('button')?.click();
    await until(() => expect(root.querySelector('.user-button')).not.toBeNull());
  });

  it('shows what the token says when the service does not say who it is', async () => {
    delete answers['/api/v1/me'];
    await import('../src/main');
    await until(() => expect(root.querySelector('.user-button')?.textContent).toContain('dev'));
  });

  it('asks again who is there once the network is back', async () => {
    const answer = answers['/api/v1/me'];
    delete answers['/api/v1/me'];
    await import('../src/main');
    const { identity } = await import('../src/session');
    await until(() => expect(asked.map(({ path }) => path)).toContain('/api/v1/me'));
    expect(identity.value?.confirmed).toBeUndefined();
    if (answer) answers['/api/v1/me'] = answer;
    window.dispatchEvent(new Event('online'));
    await until(() => expect(identity.value?.confirmed).toBe(true));
  });

  it('asks for a sign-in where nobody is known without one', async () => {
    answers['/console/config.json'] = () => Response.json({ ...CONFIG, development_token: false });
    await import('../src/main');
    await until(() => expect(root.querySelector('.sign-in')).not.toBeNull());
    expect(NoSocket.made).toEqual([]);
  });
});
