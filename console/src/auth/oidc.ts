/**
 * Signing in at an OpenID Connect issuer: authorization code with PKCE, for a public client.
 *
 * `begin` leads away to the issuer, `finish` takes up what it comes back with. What has to survive the way there and
 * back (state, nonce, verifier, the page that was open) lies in the session storage and is taken out once.
 */
import type { OidcConfig } from '../api/types';
import { claimsOf } from './claims';
import { challengeOf, randomText } from './pkce';

export interface Endpoints {
  authorization: string;
  token: string;
  endSession?: string | undefined;
}

export interface Tokens {
  access: string;
  id: string | null;
  refresh: string | null;
  /** Of the access token, in milliseconds since 1970; null if unknown. */
  expiresAt: number | null;
}

/** A sign-in that did not work, in the issuer's words where it has some. */
export class SignInError extends Error {
  constructor(
    message: string,
    /** Whether it may work another time: the issuer did not answer, or not with a decision. */
    readonly mayPass = false,
  ) {
    super(message);
  }
}

interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  redirect: string;
  /** The page that was open: the hash of its address. */
  hash: string;
  endpoints: Endpoints;
}

export interface Browser {
  fetch: typeof fetch;
  storage: Storage;
  now: () => number;
}

const PENDING = 'weft.oidc.pending';

export async function discover(config: OidcConfig, browser: Browser): Promise<Endpoints> {
  if (config.authorization_endpoint && config.token_endpoint) {
    return { authorization: config.authorization_endpoint, token: config.token_endpoint };
  }
  const url = `${config.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = await json(browser, url);
  if (document['issuer'] !== config.issuer) {
    throw new SignInError(`${url} describes another issuer: ${String(document['issuer'])}`);
  }
  const authorization = config.authorization_endpoint ?? document['authorization_endpoint'];
  const token = config.token_endpoint ?? document['token_endpoint'];
  if (typeof authorization !== 'string' || typeof token !== 'string') {
    throw new SignInError(`${url} names no endpoints.`);
  }
  const end = document['end_session_endpoint'];
  return { authorization, token, endSession: typeof end === 'string' ? end : undefined };
}

/** Keeps what is needed on return, and gives the address to go to. */
export async function begin(config: OidcConfig, redirect: string, hash: string, browser: Browser): Promise<string> {
  if (!globalThis.crypto?.subtle) throw new SignInError('The page must be opened over https to sign in.');
  const endpoints = await discover(config, browser);
  const pending: Pending = {
    state: randomText(),
    nonce: randomText(),
    verifier: randomText(),
    redirect,
    hash,
    endpoints,
  };
  browser.storage.setItem(PENDING, JSON.stringify(pending));
  const url = new URL(endpoints.authorization);
  const scopes = Array.isArray(config.scopes) ? config.scopes.join(' ') : config.scopes;
  const parameters = {
    response_type: 'code',
    client_id: config.client_id,
    redirect_uri: redirect,
    scope: scopes,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** Whether the address is one that an issuer has led back to. */
export function isReturn(query: URLSearchParams): boolean {
  return query.has('state') && (query.has('code') || query.has('error'));
}

export interface Finished {
  tokens: Tokens;
  endpoints: Endpoints;
  hash: string;
}

export async function finish(config: OidcConfig, query: URLSearchParams, browser: Browser): Promise<Finished> {
  const pending = taken(browser.storage);
  if (!pending || pending.state !== query.get('state')) {
    throw new SignInError('This sign-in was not begun here, or it was finished before. Try again.');
  }
  const said = query.get('iss');
  if (said !== null && said !== config.issuer) throw new SignInError(`The answer is of another issuer: ${said}`);
  if (query.has('error')) throw new SignInError(query.get('error_description') ?? query.get('error') ?? '');
  const answer = await exchange(pending.endpoints.token, browser, {
    grant_type: 'authorization_code',
    client_id: config.client_id,
    code: query.get('code') ?? '',
    redirect_uri: pending.redirect,
    code_verifier: pending.verifier,
  });
  const tokens = toTokens(answer, browser.now(), null);
  checkId(tokens.id, config, pending.nonce);
  return { tokens, endpoints: pending.endpoints, hash: pending.hash };
}

export async function refresh(
  config: OidcConfig,
  endpoints: Endpoints,
  tokens: Tokens,
  browser: Browser,
): Promise<Tokens> {
  if (!tokens.refresh) throw new SignInError('There is nothing to renew the session with.');
  const answer = await exchange(endpoints.token, browser, {
    grant_type: 'refresh_token',
    client_id: config.client_id,
    refresh_token: tokens.refresh,
  });
  return toTokens(answer, browser.now(), tokens);
}

function taken(storage: Storage): Pending | null {
  const text = storage.getItem(PENDING);
  storage.removeItem(PENDING);
  try {
    return text ? (JSON.parse(text) as Pending) : null;
  } catch {
    return null;
  }
}

/** An id token came straight from the issuer, over TLS, so its signature may go unverified (OpenID Connect Core 3.1.3.7). */
function checkId(token: string | null, config: OidcConfig, nonce: string): void {
  if (!token) return;
  const claims = claimsOf(token);
  if (!claims) throw new SignInError('The id token cannot be read.');
  if (claims['iss'] !== config.issuer) throw new SignInError('The id token is of another issuer.');
  const audience = [claims['aud']].flat();
  if (!audience.includes(config.client_id)) throw new SignInError('The id token is for another client.');
  if (claims['nonce'] !== nonce) throw new SignInError('The id token belongs to another sign-in.');
}

function toTokens(answer: Record<string, unknown>, now: number, before: Tokens | null): Tokens {
  const access = answer['access_token'];
  if (typeof access !== 'string' || !access) throw new SignInError('The issuer gave no access token.');
  const seconds = Number(answer['expires_in']);
  return {
    access,
    id: typeof answer['id_token'] === 'string' ? answer['id_token'] : (before?.id ?? null),
    refresh: typeof answer['refresh_token'] === 'string' ? answer['refresh_token'] : (before?.refresh ?? null),
    expiresAt: Number.isFinite(seconds) && seconds > 0 ? now + seconds * 1000 : null,
  };
}

async function exchange(
  url: string,
  browser: Browser,
  parameters: Record<string, string>,
): Promise<Record<string, unknown>> {
  return json(browser, url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
  });
}

async function json(browser: Browser, url: string, request: RequestInit = {}): Promise<Record<string, unknown>> {
  let response: Response;
  try {
    response = await browser.fetch(url, {
      ...request,
      credentials: 'omit',
      headers: { Accept: 'application/json', ...request.headers },
    });
  } catch {
    throw new SignInError(`${new URL(url).host} cannot be reached.`, true);
  }
  const document: unknown = await response.json().catch(() => null);
  const body = typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {};
  if (!response.ok) {
    const why = body['error_description'] ?? body['error'] ?? `status ${response.status}`;
    throw new SignInError(`${new URL(url).host}: ${String(why)}`, response.status >= 500 || response.status === 429);
  }
  return body;
}
