/** The executions: searched for, page by page, and kept up to date. */
import { useEffect, useMemo } from 'preact/hooks';

import './executions.css';
import { isEmpty, read, toAddress, type Filters } from './filters';
import { ExecutionsModel } from './model';
import { SearchForm } from './search_form';
import type { ExecutionSummary } from '../../api/types';
import {
  Duration,
  Elapsed,
  EmptyState,
  ErrorPanel,
  LiveBadge,
  Loading,
  Pager,
  RelativeTime,
  StateBadge,
} from '../../components';
import { t, word } from '../../i18n';
import { href, location, setQuery } from '../../routing';
import { session } from '../../session';

export default function ExecutionsPage() {
  const model = useMemo(() => new ExecutionsModel(session().api, session().live), []);
  const address = location.value.query.toString();
  const filters = useMemo(() => read(new URLSearchParams(address)), [address]);
  useEffect(() => model.open(), [model]);
  useEffect(() => model.search(filters), [model, filters]);

  const change = (next: Filters) => setQuery(toAddress(next), { replace: false });
  const rows = model.rows.value;
  const problem = model.problem.value;
  const { number, hasNext } = model.page.value;
  return (
    <>
      <div class="page-head">
        <h1>{t('executions.title')}</h1>
        <LiveBadge />
      </div>
      <SearchForm filters={filters} onChange={change} />
      <div class="stack executions">
        {problem && <ErrorPanel error={problem} onRetry={() => void model.read({ quietly: false })} />}
        {!rows && !problem && <Loading />}
        {rows?.length === 0 && <Nothing filters={filters} />}
        {rows && rows.length > 0 && <Rows rows={rows} fresh={model.fresh.value} />}
      </div>
      <Pager
        hasPrevious={number > 1}
        hasNext={hasNext}
        onPrevious={() => model.previous()}
        onNext={() => model.next()}
        {...(number > 1 || hasNext ? { note: t('executions.page', { page: number }) } : {})}
      />
    </>
  );
}

function Nothing({ filters }: { filters: Filters }) {
  return isEmpty(filters) ? (
    <EmptyState title={t('executions.empty.title')} text={t('executions.empty.text')} />
  ) : (
    <EmptyState title={t('executions.none.title')} text={t('executions.none.text')} />
  );
}

function Rows({ rows, fresh }: { rows: readonly ExecutionSummary[]; fresh: ReadonlySet<string> }) {
  return (
    <div class="table-wrap">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">{t('executions.column.execution')}</th>
            <th scope="col">{t('executions.column.workflow')}</th>
            <th scope="col">{t('executions.column.state')}</th>
            <th scope="col">{t('executions.column.started')}</th>
            <th scope="col" class="number">
              {t('executions.column.duration')}
            </th>
            <th scope="col">{t('executions.column.tags')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.execution_id} row={row} fresh={fresh.has(row.execution_id)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, fresh }: { row: ExecutionSummary; fresh: boolean }) {
  const tags = Object.entries(row.tags);
  return (
    <tr class={fresh ? 'fresh' : undefined} data-execution={row.execution_id}>
      <td data-label={t('executions.column.execution')}>
        <a class="execution-link" href={href('/executions/:id', { id: row.execution_id })}>
          {row.execution_id}
        </a>
      </td>
      <td data-label={t('executions.column.workflow')}>
        <span>
          {row.workflow_name ?? row.workflow_id} <span class="hint">{row.workflow_version}</span>
        </span>
      </td>
      <td data-label={t('executions.column.state')}>
        <span class="state-cell">
          <StateBadge state={row.state} />
          {row.priority !== 'medium' && <span class="hint">{word('priority', row.priority)}</span>}
          {row.error && (
            <span class="error-brief ellipsis" title={row.error.message}>
              {row.error.message}
            </span>
          )}
        </span>
      </td>
      <td data-label={t('executions.column.started')}>
        <RelativeTime at={row.started_at ?? row.created_at} />
      </td>
      <td class="number" data-label={t('executions.column.duration')}>
        {row.completed_at ? <Duration ms={row.duration_ms} /> : <Elapsed from={row.started_at} />}
      </td>
      <td data-label={t('executions.column.tags')}>
        <span class="row tags">
          {tags.map(([name, value]) => (
            <a
              key={name}
              class="tag"
              title={`${name}=${value}`}
              href={href('/executions', {}, { tags: `${name}=${value}` })}
            >
              {name}={value}
            </a>
          ))}
        </span>
      </td>
    </tr>
  );
}
