/** One execution: its graph as it moves, when each step ran, what happened, and the means to take it in hand. */
import './execution.css';
import { useEffect, useMemo, useState } from 'preact/hooks';

import { ControlDialog, type Asked } from './control_dialog';
import { Head } from './head';
import { History } from './history';
import { ExecutionModel } from './model';
import { DownloadPicture } from './download';
import { FailureView, StepPanel } from './step_panel';
import { StepsList } from './steps_list';
import { Timeline } from './timeline';
import type { Graph, Status } from '../../api/types';
import { EmptyState, ErrorPanel, JsonView, Loading, Notice, Tabs } from '../../components';
import { GraphView, warmUp } from '../../graph';
import { t } from '../../i18n';
import { href, location, setQuery } from '../../routing';
import { can, session } from '../../session';
import type { PageProps } from '../page';

const TABS = ['graph', 'timeline', 'history', 'log', 'data', 'variables'] as const;
type Tab = (typeof TABS)[number];

export default function ExecutionPage({ params }: PageProps) {
  const id = params['id'] ?? '';
  const model = useMemo(() => new ExecutionModel(id, session().api, session().live, depthAsked()), [id]);
  useEffect(() => {
    warmUp();
    return model.open();
  }, [model]);
  useEffect(() => {
    document.title = `${id} – ${t('app.name')}`;
  }, [id]);
  const depth = depthAsked();
  useEffect(() => model.draw(depth), [model, depth]);

  const status = model.status.value;
  const problem = model.problem.value;
  if (!status && problem?.status === 404) {
    return (
      <EmptyState whole title={t('execution.missing')} text={problem.message}>
        <a class="button" href={href('/executions')}>
          {t('app.not_found.link')}
        </a>
      </EmptyState>
    );
  }
  if (!status) return problem ? <ErrorPanel error={problem} onRetry={() => void model.read()} /> : <Loading />;
  return <Shown model={model} status={status} />;
}

function depthAsked(): number {
  const asked = Number(location.value.query.get('depth') ?? 1);
  return Number.isInteger(asked) && asked >= 0 && asked <= 5 ? asked : 1;
}

function Shown({ model, status }: { model: ExecutionModel; status: Status }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const { query } = location.value;
  const wanted = query.get('tab') as Tab;
  const tab: Tab = TABS.includes(wanted) ? wanted : 'graph';
  const step = query.get('step');
  const picture = model.picture.value;
  const problem = model.problem.value;
  const select = (id: string | null, run?: string | undefined) => setQuery({ step: id, run: run ?? null });
  const steps = (picture?.graph.nodes ?? []).filter((node) => !node.id.includes('/'));
  const close = () => {
    const before = step;
    select(null);
    if (before)
      document.querySelector<HTMLElement>(`[data-node="${CSS.escape(before)}"]`)?.focus({ preventScroll: true });
  };
  return (
    <div class="execution">
      <Head status={status} onControl={setAsked} />
      {problem && <ErrorPanel error={problem} onRetry={() => void model.read()} />}
      {status.error && <FailureView title={t('execution.error')} failure={status.error} />}
      <Tabs
        label={t('execution.tabs')}
        tabs={TABS.map((each) => ({ id: each, title: t(`execution.tab.${each}`) }))}
        chosen={tab}
        onChoose={(next) => setQuery({ tab: next === 'graph' ? null : next })}
      >
        <div class={`execution-body ${step ? 'execution-body-split' : ''}`}>
          <div class="execution-view">
            {tab === 'graph' &&
              (picture ? (
                <GraphTab execution={status.execution_id} graph={picture.graph} step={step} onSelect={select} />
              ) : (
                <Loading />
              ))}
            {tab === 'timeline' && <Timeline status={status} selected={step} onSelect={select} />}
            {tab === 'history' && <History key="all" model={model} steps={steps} />}
            {tab === 'log' && <History key="people" model={model} steps={steps} people />}
            {tab === 'data' && <Data status={status} />}
            {tab === 'variables' && <Variables status={status} onEdit={() => setAsked({ control: 'set' })} />}
          </div>
          {step && (
            <StepPanel
              model={model}
              status={status}
              step={step}
              run={query.get('run')}
              node={picture?.graph.nodes.find((node) => node.id === step)}
              definition={picture?.definition}
              onRun={(run) => setQuery({ run })}
              onClose={close}
              onControl={setAsked}
            />
          )}
        </div>
      </Tabs>
      {asked && (
        <ControlDialog
          execution={status.execution_id}
          asked={asked}
          onClose={() => setAsked(null)}
          onDone={() => void model.read()}
        />
      )}
    </div>
  );
}

function GraphTab({
  execution,
  graph,
  step,
  onSelect,
}: {
  execution: string;
  graph: Graph;
  step: string | null;
  onSelect: (id: string) => void;
}) {
  const { query } = location.value;
  const asList = query.get('as') === 'list';
  const hasChildren = graph.nodes.some((node) => node.type === 'sub_workflow');
  return (
    <div class="graph-tab">
      <div class="row">
        <div class="segments" role="group" aria-label={t('graph.mode')}>
          <button
            type="button"
            class="button button-small"
            aria-pressed={!asList}
            onClick={() => setQuery({ as: null })}
          >
            {t('graph.as_graph')}
          </button>
          <button
            type="button"
            class="button button-small"
            aria-pressed={asList}
            onClick={() => setQuery({ as: 'list' })}
          >
            {t('graph.as_list')}
          </button>
        </div>
        {hasChildren && (
          <label class="row">
            <span class="hint">{t('graph.depth')}</span>
            <select
              class="select select-small"
              value={query.get('depth') ?? '1'}
              onChange={(event) => setQuery({ depth: event.currentTarget.value })}
            >
              {(['0', '1', '3'] as const).map((depth) => (
                <option key={depth} value={depth}>
                  {t(`graph.depth.${depth}`)}
                </option>
              ))}
            </select>
          </label>
        )}
        <DownloadPicture execution={execution} depth={depthAsked()} />
      </div>
      {asList ? (
        <StepsList graph={graph} selected={step} onSelect={onSelect} />
      ) : (
        <div class="graph-room">
          <GraphView graph={graph} selected={step} onSelect={onSelect} />
        </div>
      )}
    </div>
  );
}

function Data({ status }: { status: Status }) {
  return (
    <div class="columns">
      {status.truncated && <Notice tone="info">{t('execution.truncated')}</Notice>}
      <section>
        <h2>{t('data.input')}</h2>
        <JsonView value={status.input} label={t('data.input')} />
      </section>
      <section>
        <h2>{t('data.output')}</h2>
        <JsonView value={status.output} label={t('data.output')} />
      </section>
      {Object.keys(status.metadata ?? {}).length > 0 && (
        <section>
          <h2>{t('data.metadata')}</h2>
          <JsonView value={status.metadata} label={t('data.metadata')} />
        </section>
      )}
    </div>
  );
}

function Variables({ status, onEdit }: { status: Status; onEdit: () => void }) {
  const mayEdit = can('operator') && !status.completed_at;
  return (
    <div class="stack">
      {mayEdit && (
        <div class="row">
          <button type="button" class="button" onClick={onEdit}>
            {t('variables.edit')}
          </button>
        </div>
      )}
      {Object.keys(status.variables ?? {}).length ? (
        <JsonView value={status.variables} label={t('execution.tab.variables')} />
      ) : (
        <EmptyState title={t('variables.empty')} />
      )}
    </div>
  );
}
