/** One workflow: its graph, definition and versions, and what can be done with it. */
import './workflows.css';

import { ArrowLeft, ListVideo, PencilLine, Play, Trash2 } from 'lucide-preact';
import { useState } from 'preact/hooks';

import { path } from '../../api/client';
import type { Visualization } from '../../api/types';
import { EmptyState, ErrorPanel, Loading, Tabs } from '../../components';
import { GraphView } from '../../graph';
import { t } from '../../i18n';
import { href, location, setQuery } from '../../routing';
import { api, can } from '../../session';
import type { PageProps } from '../page';
import { usePolled } from '../polling';
import { Compare } from './compare';
import { DefinitionText } from './definition_text';
import { type Definition, definitionOf, type VersionList } from './definitions';
import { DeleteDialog } from './delete_dialog';
import { Versions, VersionSelect } from './versions';

const EVERY_MS = 30_000;

type Tab = 'graph' | 'definition' | 'versions' | 'compare';
const TABS: readonly Tab[] = ['graph', 'definition', 'versions', 'compare'];

export default function WorkflowPage({ params }: PageProps) {
  const id = params['id'] ?? '';
  const { query } = location.value;
  const chosen = query.get('version') ?? '';
  const definition = usePolled(`${id} ${chosen}`, (signal) => definitionOf(id, chosen, signal), null);
  const versions = usePolled(
    id,
    (signal) => api().get<VersionList>(path`/workflows/${id}/versions`, {}, { signal }),
    EVERY_MS,
  );
  return (
    <>
      <a class="row back-link" href={href('/workflows')}>
        <ArrowLeft size={16} aria-hidden="true" />
        {t('workflows.back')}
      </a>
      {definition.error !== null && <ErrorPanel error={definition.error} onRetry={definition.refresh} />}
      {!definition.data && definition.error === null && <Loading />}
      {definition.data && <Workflow definition={definition.data} versions={versions.data} chosen={chosen} />}
    </>
  );
}

interface Props {
  definition: Definition;
  versions: VersionList | null;
  /** The version in the address; empty for the default one. */
  chosen: string;
}

function Workflow({ definition, versions, chosen }: Props) {
  const wanted = location.value.query.get('tab');
  const tab = TABS.find((each) => each === wanted) ?? 'graph';
  const tabs = TABS.map((id) => ({
    id,
    title: t(`workflows.tab.${id}`),
    count: id === 'versions' ? versions?.versions.length : undefined,
  }));
  return (
    <>
      <Head definition={definition} versions={versions} chosen={chosen} />
      <Tabs label={t('workflows.tabs')} tabs={tabs} chosen={tab} onChoose={(next) => setQuery({ tab: next })}>
        {tab === 'graph' && <DefinitionGraph key={definition.version} definition={definition} />}
        {tab === 'definition' && <DefinitionText definition={definition} />}
        {tab === 'versions' && <Versions id={definition.id} versions={versions?.versions ?? []} />}
        {tab === 'compare' && <Compare id={definition.id} versions={versions?.versions ?? []} />}
      </Tabs>
    </>
  );
}

function Head({ definition, versions, chosen }: Props) {
  const [isDeleting, setDeleting] = useState(false);
  const { id, name, description } = definition;
  return (
    <div class="page-head workflow-head">
      <div>
        <h1>{name}</h1>
        <p class="hint">
          <code>{id}</code>
        </p>
        {description && <p class="workflow-description">{description}</p>}
      </div>
      <div class="row">
        <VersionSelect versions={versions?.versions ?? []} chosen={chosen} shown={definition.version} />
        {can('operator') && (
          <a class="button button-primary" href={href('/workflows/:id/start', { id }, { version: chosen })}>
            <Play size={16} aria-hidden="true" />
            {t('workflows.start')}
          </a>
        )}
        <a class="button" href={href('/executions', {}, { workflow_id: id })}>
          <ListVideo size={16} aria-hidden="true" />
          {t('workflows.executions')}
        </a>
        {can('admin') && (
          <>
            <a class="button" href={href('/workflows/:id/edit', { id }, { version: chosen })}>
              <PencilLine size={16} aria-hidden="true" />
              {t('workflows.new_version')}
            </a>
            <button
              type="button"
              class="button button-icon"
              aria-label={t('workflows.delete')}
              title={t('workflows.delete')}
              onClick={() => setDeleting(true)}
            >
              <Trash2 size={16} aria-hidden="true" />
            </button>
          </>
        )}
      </div>
      {isDeleting && <DeleteDialog id={id} name={name} onClose={() => setDeleting(false)} />}
    </div>
  );
}

function DefinitionGraph({ definition }: { definition: Definition }) {
  const { id, version } = definition;
  const { data, error, refresh } = usePolled(
    `${id} ${version}`,
    (signal) => api().get<Visualization>(path`/workflows/${id}/visualization`, { format: 'json', version }, { signal }),
    null,
  );
  const [selected, setSelected] = useState<string | null>(null);
  if (error !== null) return <ErrorPanel error={error} onRetry={refresh} />;
  if (!data) return <Loading />;
  if (data.graph.nodes.length === 0) return <EmptyState title={definition.name} />;
  return (
    <div class="workflow-graph">
      <GraphView graph={data.graph} selected={selected} onSelect={setSelected} />
    </div>
  );
}
