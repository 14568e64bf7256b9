import type { Route } from '../page';

export const routes: readonly Route[] = [
  { pattern: '/system', title: 'system.title', section: 'system', load: () => import('./page') },
];
