/**
 * Who is signed in, and what proves it to the service.
 *
 * Credentials live in the session storage: they end with the tab. Tokens are renewed before they end where the issuer
 * gave something to renew them with; where it refuses, the sign-in page comes up and leads back to the same page. Where it
 * does not answer, the credentials are kept and the request fails.
 */
import { signal, type Signal } from '@preact/signals';

import { Problem } from '../api/problem';
import type { ConsoleConfig, OidcConfig } from '../api/types';
import { claimsOf, endOf } from './claims';
import { DEVELOPER, fromClaims, fromDevelopmentToken, ofKey, type Identity } from './identity';
import * as oidc from './oidc';

type Credentials =
  | { kind: 'none' }
  | { kind: 'development'; token: string }
  | { kind: 'key'; key: string }
  | { kind: 'oidc'; tokens: oidc.Tokens; endpoints: oidc.Endpoints; use: 'access' | 'id' };

const STORED = 'weft.credentials';
const RENEW_BEFORE_END_MS = 60_000;

export interface Surroundings extends oidc.Browser {
  /** The page's address, without query and hash. */
  page: string;
  /** Leads away from the page. */
  go: (url: string) => void;
  hash: () => string;
}

export class Authority {
  /** Why the last sign-in failed, or that the session has ended. */
  readonly problem: Signal<{ kind: 'failed' | 'ended'; detail: string } | null> = signal(null);
  private credentials: Credentials | null = null;
  private renewal: Promise<boolean> | null = null;

  constructor(
    readonly config: ConsoleConfig,
    private readonly identity: Signal<Identity | null>,
    private readonly around: Surroundings,
  ) {}

  /** Takes up a return from the issuer, or what the tab has kept. Gives the hash of the page to go on with, if any. */
  async start(query: URLSearchParams): Promise<string | null> {
    if (this.config.oidc && oidc.isReturn(query)) return this.finish(this.config.oidc, query);
    this.use(this.kept() ?? (this.config.development_token ? { kind: 'none' } : null), { keep: false });
    return null;
  }

  private async finish(config: OidcConfig, query: URLSearchParams): Promise<string | null> {
    try {
      const { tokens, endpoints, hash } = await oidc.finish(config, query, this.around);
      this.use({ kind: 'oidc', tokens, endpoints, use: preferred(tokens, config) });
      return hash;
    } catch (error) {
      this.problem.value = { kind: 'failed', detail: messageOf(error) };
      return null;
    }
  }

  async beginOidc(): Promise<void> {
    if (!this.config.oidc) return;
    this.problem.value = null;
    try {
      this.around.go(await oidc.begin(this.config.oidc, this.around.page, this.around.hash(), this.around));
    } catch (error) {
      this.problem.value = { kind: 'failed', detail: messageOf(error) };
    }
  }

  /** False if the token has not the form of one. */
  useDevelopmentToken(token: string): boolean {
    if (!this.config.development_token || !fromDevelopmentToken(token)) return false;
    this.use({ kind: 'development', token });
    return true;
  }

  useKey(key: string): void {
    this.use({ kind: 'key', key });
  }

  /** In the stage local: the user `dev`, who needs no proof. */
  useNothing(): void {
    if (this.config.development_token) this.use({ kind: 'none' });
  }

  /** Shows the sign-in page, and forgets nothing until somebody has signed in. */
  leave(): void {
    this.problem.value = null;
    this.identity.value = null;
  }

  /** Forgets the credentials; of an issuer that has a page for it, ends the session there too. */
  signOut(): void {
    const before = this.credentials;
    this.use(null);
    this.problem.value = null;
    if (before?.kind !== 'oidc' || !before.endpoints.endSession || !this.config.oidc) return;
    const url = new URL(before.endpoints.endSession);
    url.searchParams.set('client_id', this.config.oidc.client_id);
    url.searchParams.set('post_logout_redirect_uri', this.around.page);
    if (before.tokens.id) url.searchParams.set('id_token_hint', before.tokens.id);
    this.around.go(url.href);
  }

  /** What a request carries. */
  async headers(): Promise<Record<string, string>> {
    if (this.credentials?.kind === 'key') return { 'X-Api-Key': this.credentials.key };
    const token = await this.token();
    return token ? { Authorization: `Bearer ${token}` } : {};
  }

  /** What a WebSocket can carry: a token, nothing (null), or that it cannot carry what there is (undefined). */
  async socketToken(): Promise<string | null | undefined> {
    return this.credentials?.kind === 'key' ? undefined : this.token();
  }

  private async token(): Promise<string | null> {
    if (this.credentials?.kind === 'oidc' && this.isEnding(this.credentials)) {
      const end = this.endOf(this.credentials) ?? 0;
      await this.renew().catch((error: unknown) => {
        // Until it ends it can still be used.
        if (end <= this.around.now()) throw error;
      });
    }
    const now = this.credentials;
    if (now?.kind === 'development') return now.token;
    return now?.kind === 'oidc' ? tokenOf(now) : null;
  }

  private endOf(credentials: Credentials & { kind: 'oidc' }): number | null {
    return endOf(tokenOf(credentials)) ?? credentials.tokens.expiresAt;
  }

  private isEnding(credentials: Credentials & { kind: 'oidc' }): boolean {
    const end = this.endOf(credentials);
    return end !== null && end - RENEW_BEFORE_END_MS < this.around.now() && credentials.tokens.refresh !== null;
  }

  /** What to do about a 401: whether the request is worth a second try. */
  async refused(problem: Problem): Promise<boolean> {
    if (this.credentials?.kind === 'oidc') {
      if (problem.code === 'InvalidToken' && this.tryOther(this.credentials)) return true;
      if (problem.code === 'TokenExpired' && (await this.renew())) return true;
    }
    if (this.identity.value) {
      this.use(null);
      this.problem.value = { kind: 'ended', detail: problem.message };
    }
    return false;
  }

  /** Some issuers' access tokens are not for this service, but their id tokens are. */
  private tryOther(credentials: Credentials & { kind: 'oidc' }): boolean {
    if (credentials.use !== 'access' || !credentials.tokens.id) return false;
    this.use({ ...credentials, use: 'id' });
    return true;
  }

  /** One renewal at a time, whoever asks for it. */
  private renew(): Promise<boolean> {
    this.renewal ??= this.renewed().finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  private async renewed(): Promise<boolean> {
    const before = this.credentials;
    if (before?.kind !== 'oidc' || !this.config.oidc || !before.tokens.refresh) return false;
    try {
      const tokens = await oidc.refresh(this.config.oidc, before.endpoints, before.tokens, this.around);
      if (this.credentials === before) this.use({ ...before, tokens });
      return true;
    } catch (error) {
      if (!(error instanceof oidc.SignInError) || !error.mayPass) return false;
      throw new Problem(0, { code: 'Unreachable', detail: error.message });
    }
  }

  private use(credentials: Credentials | null, { keep = true } = {}): void {
    const before = this.credentials;
    this.credentials = credentials;
    if (credentials) this.problem.value = null;
    if (keep && credentials) this.around.storage.setItem(STORED, JSON.stringify(credentials));
    if (keep && !credentials) this.around.storage.removeItem(STORED);
    // Of a renewed token, what the service has confirmed stays: nothing begins anew.
    if (this.identity.peek() && isSameCaller(before, credentials)) return;
    this.identity.value = credentials && identityOf(credentials);
  }

  private kept(): Credentials | null {
    try {
      const found = JSON.parse(this.around.storage.getItem(STORED) ?? 'null') as Credentials | null;
      if (found?.kind === 'oidc' && !this.config.oidc) return null;
      if ((found?.kind === 'development' || found?.kind === 'none') && !this.config.development_token) return null;
      return found && identityOf(found) ? found : null;
    } catch {
      return null;
    }
  }
}

/** The access token, unless it cannot be read or is of another issuer: then it is meant for somebody else. */
function preferred(tokens: oidc.Tokens, config: OidcConfig): 'access' | 'id' {
  return claimsOf(tokens.access)?.['iss'] === config.issuer || !tokens.id ? 'access' : 'id';
}

function tokenOf(credentials: Credentials & { kind: 'oidc' }): string {
  return (credentials.use === 'id' && credentials.tokens.id) || credentials.tokens.access;
}

function identityOf(credentials: Credentials): Identity | null {
  switch (credentials.kind) {
    case 'none':
      return DEVELOPER;
    case 'development':
      return fromDevelopmentToken(credentials.token);
    case 'key':
      return ofKey();
    case 'oidc':
      // The id token names the person, the access token what it may do.
      return fromClaims({
        ...(credentials.tokens.id ? claimsOf(credentials.tokens.id) : {}),
        ...claimsOf(tokenOf(credentials)),
      });
  }
}

function isSameCaller(before: Credentials | null, after: Credentials | null): boolean {
  if (before?.kind !== 'oidc' || after?.kind !== 'oidc') return false;
  const [one, other] = [identityOf(before), identityOf(after)];
  return one?.name === other?.name && one?.groups.join() === other?.groups.join();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
