/** Who the caller is, as far as the page can tell. What counts is what the service says: this only decides what to show. */

export type Role = 'viewer' | 'operator' | 'approver' | 'admin' | 'worker' | 'publisher';
export const ROLES: readonly Role[] = ['viewer', 'operator', 'approver', 'admin', 'worker', 'publisher'];

export interface Identity {
  name: string;
  groups: readonly string[];
  /** Null when it cannot be told, as with an API key: then everything is shown and the service decides. */
  roles: ReadonlySet<Role> | null;
  /** How it is proved: nothing in the stage local, a development token, an API key, or a token of the issuer. */
  proof: 'none' | 'development' | 'key' | 'oidc';
  /** An operator's view of every task; the user `dev` of the stage local may do everything. */
  isAdmin: boolean;
  /** Whether the service has said so itself. */
  confirmed?: true;
}

/** What `GET /api/v1/me` answers. */
export interface Caller {
  name: string;
  groups: string[];
  roles: string[];
  proof: string;
}

// The table of chalicelib/api/roles.py.
const GROUPS: Readonly<Record<string, readonly Role[]>> = {
  'weft-admins': ROLES,
  'weft-operators': ['operator', 'viewer'],
  'weft-approvers': ['approver', 'viewer'],
  'weft-viewers': ['viewer'],
  'weft-workers': ['worker'],
  'weft-publishers': ['publisher'],
};

export function rolesOf(groups: readonly string[]): ReadonlySet<Role> {
  return new Set(groups.flatMap((group) => (Object.hasOwn(GROUPS, group) ? (GROUPS[group] ?? []) : [])));
}

export const DEVELOPER: Identity = { name: 'dev', groups: [], roles: new Set(ROLES), proof: 'none', isAdmin: true };

const DEVELOPMENT_TOKEN = /^dev:([A-Za-z0-9][A-Za-z0-9._@-]{0,127}):([^:]*)$/;

/** The identity of `dev:<user>:<group>,<group>`; null if that is not its form. */
export function fromDevelopmentToken(token: string): Identity | null {
  const found = DEVELOPMENT_TOKEN.exec(token);
  if (!found) return null;
  const groups = (found[2] ?? '').split(',').filter(Boolean);
  return {
    name: found[1] ?? '',
    groups,
    roles: rolesOf(groups),
    proof: 'development',
    isAdmin: groups.includes('weft-admins'),
  };
}

export function ofKey(): Identity {
  return { name: 'API key', groups: [], roles: null, proof: 'key', isAdmin: false };
}

export type Claims = Record<string, unknown>;

const NAME_CLAIMS = ['preferred_username', 'username', 'cognito:username', 'email', 'name', 'sub'];
const GROUP_CLAIMS = ['groups', 'cognito:groups', 'roles'];

/**
 * The identity that a token's claims give. Where none of its groups is Weft's own, the service may still know them by
 * another name, so the roles are left open.
 */
export function fromClaims(claims: Claims): Identity {
  const name = NAME_CLAIMS.map((each) => claims[each]).find((each) => typeof each === 'string' && each !== '');
  const groups = GROUP_CLAIMS.flatMap((each) => listed(claims[each]));
  const known = groups.some((group) => Object.hasOwn(GROUPS, group));
  return {
    name: typeof name === 'string' ? name : '?',
    groups,
    roles: known ? rolesOf(groups) : null,
    proof: 'oidc',
    isAdmin: groups.includes('weft-admins'),
  };
}

function listed(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(/[ ,]+/).filter(Boolean);
  return Array.isArray(claim) ? claim.filter((each): each is string => typeof each === 'string' && each !== '') : [];
}

/** The same caller as the service knows it: its settings may give groups other names, and more of them. */
export function confirmed(identity: Identity, caller: Caller): Identity {
  const roles = ROLES.filter((role) => caller.roles.includes(role));
  return {
    ...identity,
    name: caller.name,
    groups: caller.groups,
    roles: new Set(roles),
    isAdmin: roles.length === ROLES.length,
    confirmed: true,
  };
}

export function may(identity: Identity | null, role: Role): boolean {
  return identity !== null && (identity.roles === null || identity.roles.has(role));
}
