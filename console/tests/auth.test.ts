import { signal } from '@preact/signals';
import { beforeEach, describe, expect, it } from 'vitest';

import { Problem } from '../src/api/problem';
import type { ConsoleConfig } from '../src/api/types';
import { Authority } from '../src/auth/authority';
import { decodeText, encode, encodeText } from '../src/auth/base64url';
import { claimsOf, endOf } from '../src/auth/claims';
import { confirmed, fromClaims, fromDevelopmentToken, may, rolesOf, type Identity } from '../src/auth/identity';
import { challengeOf, randomText } from '../src/auth/pkce';

const ISSUER = 'https://issuer.test';
const PAGE = 'https://weft.test/dev/console';
const NOW = Date.parse('2026-01-31T09:00:00Z');

function jwt(claims: Record<string, unknown>): string {
  return `${encodeText('{}')}.${encodeText(JSON.stringify(claims))}.c2ln`;
}

describe('PKCE', () => {
  it('gives the challenge of RFC 7636, appendix B', async () => {
    expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });

  it('encodes the octets of RFC 7636, appendix A', () => {
    expect(encode(Uint8Array.from([3, 236, 255, 224, 193]))).toBe('A-z_4ME');
  });

  it('has verifiers of 43 unreserved characters, never the same', () => {
    const texts = Array.from({ length: 50 }, randomText);
    for (const text of texts) expect(text).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(new Set(texts).size).toBe(50);
  });
});

describe('base64url', () => {
  it.each(['', 'a', 'dev:ann:x', 'grün 中文 🙂'])('gives %j back', (text) => {
    expect(decodeText(encodeText(text))).toBe(text);
  });
});

describe('claims', () => {
  it('are read from a token and from nothing else', () => {
    expect(claimsOf(jwt({ sub: 'ä' }))).toEqual({ sub: 'ä' });
    expect(endOf(jwt({ exp: 5 }))).toBe(5_000);
    for (const wrong of ['', 'a.b', 'a.!.c', `a.${encodeText('[1]')}.c`, `a.${encodeText('1')}.c`]) {
      expect(claimsOf(wrong)).toBeNull();
      expect(endOf(wrong)).toBeNull();
    }
  });
});

describe('an identity', () => {
  it('has the roles of its groups', () => {
    expect([...rolesOf(['weft-operators'])].sort()).toEqual(['operator', 'viewer']);
    expect([...rolesOf(['sales-leads', 'constructor'])]).toEqual([]);
    expect(rolesOf(['weft-admins']).has('admin')).toBe(true);
  });

  it('comes of a development token in its form alone', () => {
    expect(fromDevelopmentToken('dev:ann:weft-viewers,sales')).toMatchObject({
      name: 'ann',
      groups: ['weft-viewers', 'sales'],
      proof: 'development',
    });
    for (const wrong of ['dev:ann', 'ann', 'dev::x', 'dev:-a:x', 'dev:a:b:c']) {
      expect(fromDevelopmentToken(wrong)).toBeNull();
    }
  });

  it('takes the first name there is, and groups as a list or a text', () => {
    expect(fromClaims({ sub: '1', email: 'a@b', groups: ['weft-viewers'] }).name).toBe('a@b');
    expect(fromClaims({ sub: '1', 'cognito:groups': 'weft-viewers,x' }).groups).toEqual(['weft-viewers', 'x']);
  });

  it('is what the service says it is', () => {
    const before = fromClaims({ sub: '1', groups: ['4711'] });
    const after = confirmed(before, {
      name: 'ann',
      groups: ['4711', 'weft-viewers'],
      roles: ['viewer'],
      proof: 'token',
    });
    expect(after).toMatchObject({ name: 'ann', groups: ['4711', 'weft-viewers'], proof: 'oidc', isAdmin: false });
    expect([may(after, 'viewer'), may(after, 'operator')]).toEqual([true, false]);
  });

  it('may do what its roles say, and where they are unknown the service says', () => {
    const viewer = fromClaims({ sub: '1', groups: ['weft-viewers'] });
    const unknown = fromClaims({ sub: '1', groups: ['4711'] });
    expect([may(viewer, 'viewer'), may(viewer, 'operator'), may(unknown, 'admin'), may(null, 'viewer')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

// --- the whole way -------------------------------------------------------------------------------------------------

class FakeStorage {
  readonly kept = new Map<string, string>();
  getItem = (name: string) => this.kept.get(name) ?? null;
  setItem = (name: string, value: string) => void this.kept.set(name, value);
  removeItem = (name: string) => void this.kept.delete(name);
}

interface Call {
  url: string;
  form: URLSearchParams;
}

class FakeIssuer {
  readonly calls: Call[] = [];
  answers: (call: Call) => { status?: number; body: unknown } = () => ({ status: 500, body: {} });

  fetch = ((url: string, request: RequestInit = {}) => {
    if (url.endsWith('/.well-known/openid-configuration')) {
      return Promise.resolve(
        Response.json({
          issuer: ISSUER,
          authorization_endpoint: `${ISSUER}/authorize?tenant=1`,
          token_endpoint: `${ISSUER}/token`,
          end_session_endpoint: `${ISSUER}/end`,
        }),
      );
    }
    const call = { url, form: new URLSearchParams(String(request.body)) };
    this.calls.push(call);
    const { status = 200, body } = this.answers(call);
    return Promise.resolve(Response.json(body, { status }));
  }) as typeof fetch;
}

let storage: FakeStorage;
let issuer: FakeIssuer;
let gone: string[];
let now: number;

beforeEach(() => {
  storage = new FakeStorage();
  issuer = new FakeIssuer();
  gone = [];
  now = NOW;
});

const CONFIG: ConsoleConfig = {
  stage: 'dev',
  api: '/api/v1',
  websocket: null,
  oidc: { issuer: ISSUER, client_id: 'console', scopes: ['openid', 'profile'] },
  development_token: false,
};

function authority(config: Partial<ConsoleConfig> = {}) {
  const identity = signal<Identity | null>(null);
  const made = new Authority({ ...CONFIG, ...config }, identity, {
    fetch: issuer.fetch,
    storage: storage as unknown as Storage,
    now: () => now,
    page: PAGE,
    go: (url) => gone.push(url),
    hash: () => '#/executions/order-7',
  });
  return { made, identity };
}

function tokens(more: Record<string, unknown> = {}, claims: Record<string, unknown> = {}) {
  const base = { iss: ISSUER, sub: '1', exp: NOW / 1000 + 3_600, groups: ['weft-operators'], ...claims };
  return {
    access_token: jwt({ ...base, aud: 'api' }),
    id_token: jwt({ ...base, aud: 'console', preferred_username: 'ann', nonce: nonce() }),
    refresh_token: 'again',
    expires_in: 3_600,
    ...more,
  };
}

function nonce(): string | null {
  return gone[0] ? new URL(gone[0]).searchParams.get('nonce') : null;
}

async function signedIn(answer = () => tokens()) {
  await authority().made.beginOidc();
  issuer.answers = () => ({ body: answer() });
  const { made, identity } = authority();
  const state = new URL(gone[0] ?? '').searchParams.get('state') ?? '';
  const hash = await made.start(new URLSearchParams({ code: 'c0de', state, iss: ISSUER }));
  return { made, identity, hash };
}

describe('signing in', () => {
  it('leads to the issuer with everything that the code flow and PKCE need', async () => {
    await authority().made.beginOidc();
    const url = new URL(gone[0] ?? '');
    expect(url.origin + url.pathname).toBe(`${ISSUER}/authorize`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      tenant: '1',
      response_type: 'code',
      client_id: 'console',
      redirect_uri: PAGE,
      scope: 'openid profile',
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(url.searchParams.get(name)).toHaveLength(43);
  });

  it('exchanges the code with the verifier, and leads back to the page that was open', async () => {
    const { identity, hash, made } = await signedIn();
    const { form } = issuer.calls[0] ?? { form: new URLSearchParams() };
    expect(form.get('grant_type')).toBe('authorization_code');
    expect(form.get('redirect_uri')).toBe(PAGE);
    expect(await challengeOf(form.get('code_verifier') ?? '')).toBe(
      new URL(gone[0] ?? '').searchParams.get('code_challenge'),
    );
    expect(hash).toBe('#/executions/order-7');
    expect(identity.value).toMatchObject({ name: 'ann', groups: ['weft-operators'], proof: 'oidc' });
    expect(await made.headers()).toEqual({ Authorization: `Bearer ${tokens().access_token}` });
  });

  it('is kept for the tab', async () => {
    await signedIn();
    const { made, identity } = authority();
    await made.start(new URLSearchParams());
    expect(identity.value?.name).toBe('ann');
  });

  it.each([
    ['the state is another', { code: 'c', state: 'forged' }, /not begun here/],
    ['the issuer says another name', { code: 'c', state: '$', iss: 'https://evil.test' }, /another issuer/],
    ['the issuer refuses', { error: 'access_denied', error_description: 'No entry', state: '$' }, /No entry/],
  ])('fails when %s', async (_, query: Record<string, string>, why) => {
    await authority().made.beginOidc();
    const state = new URL(gone[0] ?? '').searchParams.get('state') ?? '';
    const { made, identity } = authority();
    const given = { ...query, state: (query['state'] ?? '').replace('$', state) };
    await made.start(new URLSearchParams(given));
    expect(identity.value).toBeNull();
    expect(made.problem.value?.kind).toBe('failed');
    expect(made.problem.value?.detail).toMatch(why);
  });

  it.each([
    ['nonce', { nonce: 'other' }],
    ['audience', { aud: 'other' }],
    ['issuer', { iss: 'https://other.test' }],
  ])('fails when the id token has another %s', async (_, claims) => {
    const wrong = () => tokens({ id_token: jwt({ iss: ISSUER, aud: 'console', nonce: nonce(), sub: '1', ...claims }) });
    const { identity, made } = await signedIn(wrong);
    expect(identity.value).toBeNull();
    expect(made.problem.value?.kind).toBe('failed');
  });

  it('counts once: the same return is refused the second time', async () => {
    await signedIn();
    const state = new URL(gone[0] ?? '').searchParams.get('state') ?? '';
    const { made } = authority();
    await made.start(new URLSearchParams({ code: 'c0de', state }));
    expect(made.problem.value?.detail).toMatch(/finished before/);
  });

  it('says so when the issuer cannot be reached', async () => {
    issuer.fetch = () => Promise.reject(new TypeError('no network'));
    const { made } = authority();
    await made.beginOidc();
    expect(made.problem.value?.detail).toBe('issuer.test cannot be reached.');
    expect(gone).toEqual([]);
  });

  it('asks no discovery when the endpoints are configured', async () => {
    const oidc = {
      ...(CONFIG.oidc as NonNullable<ConsoleConfig['oidc']>),
      authorization_endpoint: 'https://a.test/go',
      token_endpoint: 'https://a.test/token',
    };
    issuer.fetch = () => Promise.reject(new TypeError('not to be asked'));
    await authority({ oidc }).made.beginOidc();
    expect(gone[0]).toMatch(/^https:\/\/a\.test\/go\?/);
  });
});

describe('a session', () => {
  it('is renewed before its token ends, once for all who ask', async () => {
    const { made } = await signedIn();
    now = NOW + 3_570_000;
    const renewed = jwt({ iss: ISSUER, exp: now / 1000 + 3_600 });
    issuer.answers = () => ({ body: { access_token: renewed, expires_in: 3_600 } });
    const headers = await Promise.all([made.headers(), made.headers()]);
    expect(headers).toEqual([{ Authorization: `Bearer ${renewed}` }, { Authorization: `Bearer ${renewed}` }]);
    expect(issuer.calls.filter(({ form }) => form.get('grant_type') === 'refresh_token')).toHaveLength(1);
    expect(issuer.calls.at(-1)?.form.get('refresh_token')).toBe('again');
  });

  it('is tried again after a renewal when the service says that its token is over', async () => {
    const { made } = await signedIn();
    issuer.answers = () => ({ body: tokens() });
    expect(await made.refused(new Problem(401, { code: 'TokenExpired' }))).toBe(true);
  });

  it('ends quietly with the sign-in page when it cannot be renewed', async () => {
    const { made, identity } = await signedIn();
    issuer.answers = () => ({ status: 400, body: { error: 'invalid_grant' } });
    expect(await made.refused(new Problem(401, { code: 'TokenExpired', detail: 'over' }))).toBe(false);
    expect(identity.value).toBeNull();
    expect(made.problem.value).toEqual({ kind: 'ended', detail: 'over' });
    expect(storage.kept.size).toBe(0);
  });

  it('goes on with the id token when the access token is not for this service', async () => {
    const { made } = await signedIn();
    expect(await made.refused(new Problem(401, { code: 'InvalidToken' }))).toBe(true);
    expect(await made.headers()).toEqual({ Authorization: `Bearer ${tokens().id_token}` });
    expect(await made.refused(new Problem(401, { code: 'InvalidToken' }))).toBe(false);
  });

  it('uses the id token at once when the access token cannot be read', async () => {
    const { made } = await signedIn(() => tokens({ access_token: 'opaque' }));
    expect(await made.headers()).toEqual({ Authorization: `Bearer ${tokens().id_token}` });
  });

  it('is ended at the issuer too when somebody signs out', async () => {
    const { made, identity } = await signedIn();
    made.signOut();
    expect(identity.value).toBeNull();
    const url = new URL(gone.at(-1) ?? '');
    expect(url.origin + url.pathname).toBe(`${ISSUER}/end`);
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(PAGE);
    expect(storage.kept.size).toBe(0);
  });
});

describe('a renewal', () => {
  it('that the issuer does not answer fails the request and keeps the session', async () => {
    const { made, identity } = await signedIn();
    issuer.answers = () => ({ status: 503, body: {} });
    now = NOW + 3_570_000;
    expect(await made.headers()).toHaveProperty('Authorization');
    now = NOW + 3_601_000;
    await expect(made.headers()).rejects.toMatchObject({ code: 'Unreachable', status: 0 });
    await expect(made.refused(new Problem(401, { code: 'TokenExpired' }))).rejects.toMatchObject({ status: 0 });
    expect(identity.value?.name).toBe('ann');
    issuer.answers = () => ({ body: tokens({}, { exp: NOW / 1000 + 7_200 }) });
    expect(await made.headers()).toHaveProperty('Authorization');
  });

  it.each([
    ['keeps what the service confirmed while name and groups stay', ['weft-operators'], true],
    ['begins anew when the groups are others', ['weft-viewers'], false],
  ])('%s', async (_, groups, isKept) => {
    const { made, identity } = await signedIn();
    const caller = { name: 'Ann', groups: ['weft-operators'], roles: ['viewer'], proof: 'token' };
    const known = identity.value && confirmed(identity.value, caller);
    identity.value = known;
    issuer.answers = () => ({ body: tokens({}, { exp: NOW / 1000 + 7_200, groups }) });
    now = NOW + 3_601_000;
    await made.headers();
    expect(identity.value === known).toBe(isKept);
  });

  it('that the issuer refuses ends the session', async () => {
    const { made, identity } = await signedIn();
    issuer.answers = () => ({ status: 400, body: { error: 'invalid_grant' } });
    expect(await made.refused(new Problem(401, { code: 'TokenExpired' }))).toBe(false);
    expect(identity.value).toBeNull();
    expect(made.problem.value?.kind).toBe('ended');
  });
});

describe('in the stage local', () => {
  const local = { oidc: null, development_token: true };

  it('nobody has to sign in', async () => {
    const { made, identity } = authority(local);
    await made.start(new URLSearchParams());
    expect(identity.value?.name).toBe('dev');
    expect(await made.headers()).toEqual({});
    expect(await made.socketToken()).toBeNull();
  });

  it('anybody may be somebody else, and come back', async () => {
    const { made, identity } = authority(local);
    await made.start(new URLSearchParams());
    made.leave();
    expect(identity.value).toBeNull();
    expect(made.useDevelopmentToken('wrong')).toBe(false);
    expect(made.useDevelopmentToken('dev:ann:sales-leads')).toBe(true);
    expect(await made.headers()).toEqual({ Authorization: 'Bearer dev:ann:sales-leads' });
    expect(await made.socketToken()).toBe('dev:ann:sales-leads');
    made.useNothing();
    expect(identity.value?.name).toBe('dev');
  });
});

describe('elsewhere', () => {
  it('a development token is not taken, not even one that was kept', async () => {
    storage.setItem('weft.credentials', JSON.stringify({ kind: 'development', token: 'dev:ann:weft-admins' }));
    const { made, identity } = authority();
    await made.start(new URLSearchParams());
    expect(identity.value).toBeNull();
    expect(made.useDevelopmentToken('dev:ann:weft-admins')).toBe(false);
    made.useNothing();
    expect(identity.value).toBeNull();
  });

  it('an API key goes in its own header, and over no WebSocket', async () => {
    const { made, identity } = authority({ oidc: null });
    await made.start(new URLSearchParams());
    made.useKey('s3cret');
    expect(identity.value?.roles).toBeNull();
    expect(await made.headers()).toEqual({ 'X-Api-Key': 's3cret' });
    expect(await made.socketToken()).toBeUndefined();
  });

  it('damaged credentials are nobody', async () => {
    storage.setItem('weft.credentials', '{');
    const { made, identity } = authority();
    await made.start(new URLSearchParams());
    expect(identity.value).toBeNull();
  });
});
