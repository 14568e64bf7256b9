/** Routes live in the hash of the address, so that one static page serves them all below any stage path. */
import { computed, signal } from '@preact/signals';

export type Params = Record<string, string>;

export interface Location {
  /** Without the query, always with a leading slash: `/executions/order-7`. */
  path: string;
  query: URLSearchParams;
}

export function parseHash(hash: string): Location {
  const text = hash.replace(/^#/, '');
  const [path = '', query = ''] = split(text);
  const clean = `/${path.replace(/^\/+|\/+$/g, '')}`;
  return { path: clean, query: new URLSearchParams(query) };
}

function split(text: string): [string, string] {
  const mark = text.indexOf('?');
  return mark < 0 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
}

/** The parameters of `path` if it fits `pattern` (`/executions/:id`), else null. */
export function match(pattern: string, path: string): Params | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Params = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) {
      if (!value) return null;
      params[part.slice(1)] = decoded(value);
    } else if (part !== value) return null;
  }
  return params;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

type Value = string | number | boolean | null | undefined;

/** The address of a page: `href('/executions/:id', { id }, { tab: 'history' })`. Empty query values are left out. */
export function href(pattern: string, params: Params = {}, query: Record<string, Value> = {}): string {
  const path = pattern.replace(/:([a-z_]+)/gi, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '' && value !== false) search.set(name, String(value));
  }
  const text = search.toString();
  return `#${path}${text ? `?${text}` : ''}`;
}

const current = signal<Location>(parseHash(globalThis.location?.hash ?? ''));
export const location = computed(() => current.value);

export function listen(): () => void {
  const changed = () => {
    current.value = parseHash(window.location.hash);
  };
  changed();
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function navigate(to: string, { replace = false } = {}): void {
  const hash = to.startsWith('#') ? to : `#${to}`;
  if (replace) window.history.replaceState(window.history.state, '', hash);
  else window.history.pushState(null, '', hash);
  current.value = parseHash(hash);
}

/** Changes the query of the present page; null or '' takes a value out. */
export function setQuery(changes: Record<string, Value>, { replace = true } = {}): void {
  const { path, query } = current.value;
  const next: Record<string, Value> = Object.fromEntries(query);
  Object.assign(next, changes);
  navigate(`#${path}${href('', {}, next).slice(1)}`, { replace });
}
