import type { tasks as en } from '../en/tasks';
import type { Texts } from '../texts';

export const tasks: Texts<typeof en> = {
  'tasks.title': '待办',
};
