/** Base64 with `-` and `_` and without padding (RFC 4648, section 5). */

export function encode(bytes: Uint8Array): string {
  let text = '';
  for (const each of bytes) text += String.fromCharCode(each);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function encodeText(text: string): string {
  return encode(new TextEncoder().encode(text));
}

export function decodeText(text: string): string {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
