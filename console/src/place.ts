/** Where the page lies: `https://host/dev/console` has its API below `/dev` and its own files below `/dev/console/`. */

export interface Place {
  /** What stands before `/console`: '' or a stage such as `/dev`. */
  prefix: string;
  /** The page itself, without a slash at its end. */
  page: string;
  origin: string;
}

export function placeOf(url: string): Place {
  const { origin, pathname } = new URL(url);
  const page = pathname.replace(/\/(index\.html)?$/, '') || '/console';
  return { origin, page, prefix: page.replace(/\/[^/]*$/, '') };
}

/** The address of the WebSocket: `configured` is an address, or a path below the page's own origin; null for none. */
export function websocketAddress(place: Place, configured: string | null): string | null {
  if (!configured) return null;
  if (/^wss?:/.test(configured)) return configured;
  return `${place.origin.replace(/^http/, 'ws')}${configured.startsWith('/') ? '' : '/'}${configured}`;
}
