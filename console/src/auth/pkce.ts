/** Proof key for code exchange (RFC 7636), method S256; and the random values of OpenID Connect. */
import { encode } from './base64url';

/** 43 characters of 256 random bits: a verifier, a state or a nonce. */
export function randomText(): string {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}

export async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return encode(new Uint8Array(digest));
}
