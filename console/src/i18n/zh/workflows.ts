import type { workflows as en } from '../en/workflows';
import type { Texts } from '../texts';

export const workflows: Texts<typeof en> = {
  'workflows.title': '工作流',
};
