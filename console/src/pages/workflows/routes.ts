import type { Route } from '../page';

export const routes: readonly Route[] = [
  { pattern: '/workflows', title: 'workflows.title', section: 'workflows', load: () => import('./page') },
  {
    pattern: '/workflows/:id',
    title: 'workflows.one.title',
    section: 'workflows',
    load: () => import('./workflow_page'),
  },
  {
    pattern: '/workflows/:id/start',
    title: 'workflows.start.title',
    section: 'workflows',
    load: () => import('./start_page'),
  },
  {
    pattern: '/workflows/:id/edit',
    title: 'workflows.edit.title',
    section: 'workflows',
    load: () => import('./edit_page'),
  },
  { pattern: '/register', title: 'workflows.edit.title', section: 'workflows', load: () => import('./edit_page') },
];
