/** What a token says. Nothing is verified here: the page only shows it, and the service verifies it. */
import { decodeText } from './base64url';
import type { Claims } from './identity';

/** The claims of a JWT; null if `token` is none. */
export function claimsOf(token: string): Claims | null {
  const parts = token.split('.');
  if (parts.length !== 3) return null;
  try {
    const claims: unknown = JSON.parse(decodeText(parts[1] ?? ''));
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? (claims as Claims) : null;
  } catch {
    return null;
  }
}

/** When a token ends, in milliseconds; null if it does not say so. */
export function endOf(token: string): number | null {
  const exp = claimsOf(token)?.['exp'];
  return typeof exp === 'number' ? exp * 1000 : null;
}
