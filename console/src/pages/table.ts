/** Every page there is. Each area lists its own. */
import { routes as execution } from './execution/routes';
import { routes as executions } from './executions/routes';
import type { Route, Section } from './page';
import { routes as system } from './system/routes';
import { routes as tasks } from './tasks/routes';
import { routes as workflows } from './workflows/routes';
import { match, type Params } from '../routing';

export const ROUTES: readonly Route[] = [...executions, ...execution, ...workflows, ...tasks, ...system];

export const HOME = '/executions';

/** The page that a path names, with what it says in its parts. */
export function routed(path: string): { route: Route; params: Params } | null {
  const wanted = path === '/' ? HOME : path;
  for (const route of ROUTES) {
    const params = match(route.pattern, wanted);
    if (params) return { route, params };
  }
  return null;
}

/** Begins to load the page of a path, which is then there when it is shown; a failure shows then, too. */
export function preload(path: string): void {
  routed(path)
    ?.route.load()
    .catch(() => undefined);
}

export function hasPages(section: Section): boolean {
  return ROUTES.some((route) => route.section === section);
}
