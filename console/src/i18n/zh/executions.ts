import type { executions as en } from '../en/executions';
import type { Texts } from '../texts';

export const executions: Texts<typeof en> = {
  'executions.title': '执行',
};
