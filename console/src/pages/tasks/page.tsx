/** The inbox: what waits for people, and what they were told. */
import './tasks.css';

import { useState } from 'preact/hooks';

import { EmptyState, ErrorPanel, Loading, Pager, RelativeTime, Tabs } from '../../components';
import { t } from '../../i18n';
import { href, location, navigate, setQuery } from '../../routing';
import { api } from '../../session';
import { usePolled } from '../polling';
import { Deadline, PriorityBadge } from './deadline';
import { Filters, queryOf } from './filters';
import { found, type TaskPage, type TaskRow } from './inbox';
import { Notices } from './notices';

const EVERY_MS = 4_000;

type Tab = 'open' | 'notices';

export default function InboxPage() {
  const tab: Tab = location.value.query.get('tab') === 'notices' ? 'notices' : 'open';
  const tabs: { id: Tab; title: string }[] = [
    { id: 'open', title: t('tasks.tab.open') },
    { id: 'notices', title: t('tasks.tab.notices') },
  ];
  const choose = (next: Tab) =>
    navigate(href('/tasks', {}, { tab: next === 'notices' ? next : '' }), { replace: true });
  return (
    <>
      <div class="page-head">
        <h1>{t('tasks.title')}</h1>
      </div>
      <Tabs label={t('tasks.tabs')} tabs={tabs} chosen={tab} onChoose={choose}>
        {tab === 'open' ? <OpenTasks /> : <Notices />}
      </Tabs>
    </>
  );
}

function OpenTasks() {
  const { query } = location.value;
  const [before, setBefore] = useState<readonly string[]>([]);
  const cursor = query.get('cursor') ?? '';
  const key = ['group', 'priority', 'due', 'cursor'].map((name) => query.get(name) ?? '').join('\n');
  const asked = (signal: AbortSignal) =>
    api().get<TaskPage>('/tasks/human', { ...queryOf(location.value.query, Date.now()), cursor }, { signal });
  const { data, error, refresh } = usePolled(key, asked, EVERY_MS);
  const rows = data ? found(data.tasks, query.get('q') ?? '') : [];
  const isFiltered = ['q', 'group', 'priority', 'due', 'cursor'].some((name) => query.get(name));
  const next = () => {
    setBefore([...before, cursor]);
    setQuery({ cursor: data?.next_cursor ?? '' });
  };
  const previous = () => {
    setQuery({ cursor: before.at(-1) ?? '' });
    setBefore(before.slice(0, -1));
  };
  return (
    <div class="stack">
      <Filters />
      {error !== null && <ErrorPanel error={error} onRetry={refresh} />}
      {!data && error === null && <Loading />}
      {data && rows.length === 0 && <Nothing isFiltered={isFiltered} />}
      {rows.length > 0 && <Table rows={rows} />}
      {data && (
        <Pager
          hasPrevious={cursor !== ''}
          hasNext={data.next_cursor !== undefined}
          onPrevious={previous}
          onNext={next}
        />
      )}
    </div>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  if (!isFiltered) return <EmptyState title={t('tasks.empty.title')} text={t('tasks.empty.text')} />;
  return (
    <EmptyState title={t('tasks.empty.title')} text={t('tasks.empty.filtered')}>
      <a class="button" href={href('/tasks')}>
        {t('tasks.clear_filters')}
      </a>
    </EmptyState>
  );
}

function Table({ rows }: { rows: readonly TaskRow[] }) {
  return (
    <div class="table-wrap">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">{t('tasks.column.task')}</th>
            <th scope="col">{t('tasks.column.execution')}</th>
            <th scope="col">{t('tasks.column.priority')}</th>
            <th scope="col">{t('tasks.column.due')}</th>
            <th scope="col">{t('tasks.column.for')}</th>
            <th scope="col">{t('tasks.column.since')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.task_id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row }: { row: TaskRow }) {
  return (
    <tr>
      <td class="task-name">
        <a href={href('/tasks/:id', { id: row.task_id })}>{row.name}</a>
        <span class="hint">
          {row.workflow_name ?? row.workflow_id} · {row.step_id}
        </span>
      </td>
      <td data-label={t('tasks.column.execution')}>
        <a class="mono" href={href('/executions/:id', { id: row.execution_id })}>
          {row.execution_id}
        </a>
      </td>
      <td data-label={t('tasks.column.priority')}>
        <PriorityBadge priority={row.priority} />
      </td>
      <td data-label={t('tasks.column.due')}>
        <Deadline at={row.deadline} />
      </td>
      <td data-label={t('tasks.column.for')}>
        {row.user_groups.join(', ') || t('tasks.everyone')}
        {row.escalated && <span class="badge tone-person task-escalated">{t('tasks.escalated')}</span>}
      </td>
      <td data-label={t('tasks.column.since')}>
        <RelativeTime at={row.created_at} />
      </td>
    </tr>
  );
}
