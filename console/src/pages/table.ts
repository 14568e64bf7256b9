/** Every page there is. Each area lists its own. */
import { routes as execution } from './execution/routes';
import { routes as executions } from './executions/routes';
import type { Route, Section } from './page';
import { routes as system } from './system/routes';
import { routes as tasks } from './tasks/routes';
import { routes as workflows } from './workflows/routes';

export const ROUTES: readonly Route[] = [...executions, ...execution, ...workflows, ...tasks, ...system];

export const HOME = '/executions';

export function hasPages(section: Section): boolean {
  return ROUTES.some((route) => route.section === section);
}
