import type { Route } from '../page';

export const routes: readonly Route[] = [
  { pattern: '/executions', title: 'executions.title', section: 'executions', load: () => import('./page') },
];
