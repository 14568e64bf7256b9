/** How full the queues are. */
import { TriangleAlert } from 'lucide-preact';

import { Duration } from '../../components';
import { t, word } from '../../i18n';
import { Bar } from './bar';
import { type Queue, type QueueRow, queueRows } from './figures';

export function Queues({ queues }: { queues: readonly Queue[] }) {
  return (
    <section class="stack" aria-labelledby="queues">
      <h2 id="queues">{t('system.queues')}</h2>
      <div class="table-wrap">
        <table class="table table-cards queues">
          <thead>
            <tr>
              <th scope="col">{t('system.queue.name')}</th>
              <th scope="col" class="queue-bar">
                <span class="visually-hidden">{t('system.total', { count: '' })}</span>
              </th>
              <th scope="col" class="number">
                {t('system.queue.visible')}
              </th>
              <th scope="col" class="number">
                {t('system.queue.in_flight')}
              </th>
              <th scope="col" class="number">
                {t('system.queue.delayed')}
              </th>
              <th scope="col" class="number">
                {t('system.queue.oldest')}
              </th>
            </tr>
          </thead>
          <tbody>
            {queueRows(queues).map((row) => (
              <Row key={row.name} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function nameOf({ kind, priority }: Queue): string {
  if (kind !== 'tasks') return t(`system.queue.${kind}`);
  return priority ? t('system.queue.tasks', { priority: word('priority', priority) }) : t('system.queue.tasks_plain');
}

function Row({ row }: { row: QueueRow }) {
  return (
    <tr>
      <td class="queue-name">
        <span class="row">
          {nameOf(row)}
          {row.isAlarming && (
            <span class="badge tone-bad">
              <TriangleAlert size={14} aria-hidden="true" />
              {t('system.queue.alarm')}
            </span>
          )}
        </span>
        <code class="hint">{row.name}</code>
      </td>
      <td class="queue-bar">
        <Bar share={row.share} tone={row.isAlarming ? 'bad' : 'active'} />
      </td>
      <td class="number" data-label={t('system.queue.visible')}>
        {row.visible}
      </td>
      <td class="number" data-label={t('system.queue.in_flight')}>
        {row.in_flight}
      </td>
      <td class="number" data-label={t('system.queue.delayed')}>
        {row.delayed}
      </td>
      <td class="number" data-label={t('system.queue.oldest')}>
        <Duration ms={typeof row.oldest_age_seconds === 'number' ? row.oldest_age_seconds * 1000 : null} />
      </td>
    </tr>
  );
}
