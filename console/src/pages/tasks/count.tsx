/** How many tasks wait for whoever is signed in, beside the entry of the navigation. */
import { api } from '../../session';
import { t } from '../../i18n';
import { usePolled } from '../polling';
import type { TaskPage } from './inbox';

const EVERY_MS = 15_000;
const MOST = 99;

export function TaskCount() {
  const { data } = usePolled(
    'count',
    (signal) => api().get<TaskPage>('/tasks/human', { page_size: MOST + 1 }, { signal }),
    EVERY_MS,
  );
  const count = data?.tasks.length ?? 0;
  if (count === 0) return null;
  const shown = count > MOST ? t('tasks.more_than', { count: MOST }) : String(count);
  return (
    <span class="nav-count">
      <span aria-hidden="true">{shown}</span>
      <span class="visually-hidden">{t('tasks.count', { count: shown })}</span>
    </span>
  );
}
