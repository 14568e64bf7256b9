import type { execution as en } from '../en/execution';
import type { Texts } from '../texts';

export const execution: Texts<typeof en> = {
  'execution.title': '执行',
};
