/** The workflows. */
import './workflows.css';

import { ListVideo, Play, Plus } from 'lucide-preact';

import type { WorkflowEntry } from '../../api/types';
import { EmptyState, ErrorPanel, Loading, Notice, RelativeTime } from '../../components';
import { t } from '../../i18n';
import { href, location, setQuery } from '../../routing';
import { can } from '../../session';
import { usePolled } from '../polling';
import { SearchBox } from '../search_box';
import { allWorkflows, matching } from './definitions';

const EVERY_MS = 30_000;

export default function WorkflowsPage() {
  const { data, error, refresh } = usePolled('workflows', allWorkflows, EVERY_MS);
  const search = location.value.query.get('q') ?? '';
  const rows = data ? matching(data.workflows, search) : [];
  return (
    <>
      <div class="page-head">
        <h1>{t('workflows.title')}</h1>
        {can('admin') && (
          <a class="button button-primary" href={href('/register')}>
            <Plus size={16} aria-hidden="true" />
            {t('workflows.register')}
          </a>
        )}
      </div>
      <div class="stack">
        <div class="filters" role="search">
          <SearchBox
            label={t('workflows.search')}
            placeholder={t('workflows.search.placeholder')}
            value={search}
            onChange={(q) => setQuery({ q })}
          />
          {data && <p class="hint filter-note">{t('workflows.count', { count: rows.length })}</p>}
        </div>
        {error !== null && <ErrorPanel error={error} onRetry={refresh} />}
        {!data && error === null && <Loading />}
        {data?.isCut && <Notice tone="info">{t('workflows.more')}</Notice>}
        {data?.workflows.length === 0 && (
          <EmptyState title={t('workflows.empty.title')} text={t('workflows.empty.text')} />
        )}
        {data && data.workflows.length > 0 && rows.length === 0 && <EmptyState title={t('workflows.none_found')} />}
        {rows.length > 0 && <Table rows={rows} />}
      </div>
    </>
  );
}

function Table({ rows }: { rows: readonly WorkflowEntry[] }) {
  return (
    <div class="table-wrap">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">{t('workflows.column.name')}</th>
            <th scope="col">{t('workflows.column.version')}</th>
            <th scope="col">{t('workflows.column.updated')}</th>
            <th scope="col">
              <span class="visually-hidden">{t('workflows.column.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td class="workflow-name">
                <a href={href('/workflows/:id', { id: row.id })}>{row.name}</a>
                <code class="hint">{row.id}</code>
                {row.description && <span class="hint workflow-description">{row.description}</span>}
              </td>
              <td data-label={t('workflows.column.version')}>
                <code>{row.version}</code>
              </td>
              <td data-label={t('workflows.column.updated')}>
                <RelativeTime at={row.updated_at} />
              </td>
              <td class="workflow-actions">
                <a
                  class="button button-small"
                  href={href('/executions', {}, { workflow_id: row.id })}
                  aria-label={t('workflows.executions_of', { name: row.name })}
                >
                  <ListVideo size={14} aria-hidden="true" />
                  {t('workflows.executions')}
                </a>
                {can('operator') && (
                  <a
                    class="button button-small"
                    href={href('/workflows/:id/start', { id: row.id })}
                    aria-label={t('workflows.start_named', { name: row.name })}
                  >
                    <Play size={14} aria-hidden="true" />
                    {t('workflows.start')}
                  </a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
