import type { Route } from '../page';

export const routes: readonly Route[] = [
  { pattern: '/executions/:id', title: 'execution.title', section: 'executions', load: () => import('./page') },
];
