import type { Route } from '../page';

export const routes: readonly Route[] = [
  { pattern: '/tasks', title: 'tasks.title', section: 'tasks', load: () => import('./page') },
  { pattern: '/tasks/:id', title: 'tasks.task.title', section: 'tasks', load: () => import('./task_page') },
];
