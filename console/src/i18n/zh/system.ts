import type { system as en } from '../en/system';
import type { Texts } from '../texts';

export const system: Texts<typeof en> = {
  'system.title': '系统',
};
