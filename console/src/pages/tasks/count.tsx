/** How many tasks wait for whoever is signed in, beside the entry of the navigation. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { api } from '../../session';
import { t } from '../../i18n';
import { usePolled } from '../polling';
import type { TaskPage } from './inbox';

const EVERY_MS = 15_000;
const MOST = 99;

/** How many answers were given from here: after each the count is asked for anew. */
export const answers = signal(0);

export function TaskCount() {
  const given = answers.value;
  const { data, refresh } = usePolled(
    'count',
    (signal) => api().get<TaskPage>('/tasks/human', { page_size: MOST + 1 }, { signal }),
    EVERY_MS,
  );
  useEffect(() => {
    if (given > 0) refresh();
  }, [given, refresh]);
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
