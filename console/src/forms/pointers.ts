/** JSON pointers (RFC 6901). */

export type Path = readonly (string | number)[];

/** The pointer of what is at `keys` below `pointer`. */
export function below(pointer: string, ...keys: (string | number)[]): string {
  return keys.reduce<string>((all, key) => `${all}/${escaped(String(key))}`, pointer);
}

/** The keys of a pointer, as texts; `null` if it is none. */
export function keysOf(pointer: string): string[] | null {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return null;
  return pointer.slice(1).split('/').map(unescaped);
}

/** The pointer relative to `prefix`; `null` if it is not at or below it. */
export function within(pointer: string, prefix: string): string | null {
  if (pointer === prefix) return '';
  return pointer.startsWith(`${prefix}/`) ? pointer.slice(prefix.length) : null;
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescaped(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}
