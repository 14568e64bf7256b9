/** What the actions of a task are called. */
import { t } from '../../i18n';
import type { Action } from './inbox';

export function actionName(action: Pick<Action, 'type' | 'id' | 'name'>): string {
  return action.name || (action.type === 'custom' ? (action.id ?? '') : t(`tasks.action.${action.type}`));
}

export function actionText(action: Action): string {
  return action.description || (action.type === 'custom' ? '' : t(`tasks.action.${action.type}.text`));
}
