/** One step: its runs, what went in and came out, what went wrong, what may be done about it. */
import { UserRoundCheck, X } from 'lucide-preact';
import { useEffect, useRef } from 'preact/hooks';

import type { Asked } from './control_dialog';
import { mostTelling, referenceTo, runsOf, stepControls, stepOf } from './controls';
import { EventTable, useHistory } from './history';
import { openTask } from './history_view';
import type { ExecutionModel } from './model';
import { nameOf } from './timeline';
import type { Failure, GraphNode, Status, StepRun } from '../../api/types';
import { Elapsed, ErrorPanel, JsonView, Notice, RelativeTime, StateBadge } from '../../components';
import { TypeIcon } from '../../graph';
import { t, word } from '../../i18n';
import { withLocalTimes } from '../../i18n/time';
import { href } from '../../routing';
import { can } from '../../session';

const MOST_RUNS = 200;

type Events = ReturnType<typeof useHistory>;

interface Props {
  model: ExecutionModel;
  status: Status;
  node: GraphNode | undefined;
  step: string;
  run: string | null;
  definition: unknown;
  onRun: (run: string) => void;
  onClose: () => void;
  onControl: (asked: Asked) => void;
}

export function StepPanel(props: Props) {
  const { model, status, node, step, definition, onClose } = props;
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus({ preventScroll: true }), [step]);
  const runs = runsOf(status, step);
  const run = runs.find((each) => each.run_id === props.run) ?? mostTelling(runs);
  const history = useHistory(model, { types: [], step, people: false });
  const task = run && openTask(run, history.events);
  const name = node?.name ?? run?.name ?? step;
  const escaped = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
  };
  return (
    // The focus comes here when a step is opened, so that its content is what is read next.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it from anywhere inside
    <section
      class="step-panel panel"
      aria-label={`${t('step.title')} ${name}`}
      tabIndex={-1}
      ref={box}
      onKeyDown={escaped}
    >
      <div class="step-panel-head">
        <h2 class="row">
          <TypeIcon type={node?.type ?? run?.step_type ?? ''} size={18} />
          {name}
        </h2>
        <button type="button" class="button button-icon button-quiet" aria-label={t('step.close')} onClick={onClose}>
          <X size={18} aria-hidden="true" />
        </button>
      </div>
      {runs.length > 1 && <RunChoice runs={runs} chosen={run} onRun={props.onRun} />}
      {task && (
        <a class="button button-primary" href={href('/tasks/:id', { id: task })}>
          <UserRoundCheck size={16} aria-hidden="true" />
          {t('step.task')}
        </a>
      )}
      {run && <Buttons run={run} name={name} status={status} definition={definition} onControl={props.onControl} />}
      {run ? <Facts run={run} /> : <NotRun node={node} step={step} />}
      <Children node={node} run={run} />
      {run && <Values run={run} truncated={isTruncated(status, run)} />}
      {definition !== undefined && !step.includes('/') && <Definition definition={definition} step={step} />}
      {run && <Happened history={history} />}
    </section>
  );
}

function RunChoice({ runs, chosen, onRun }: { runs: StepRun[]; chosen: StepRun | undefined; onRun: Props['onRun'] }) {
  return (
    <label class="field">
      <span class="field-label">
        {t('step.runs')} ({runs.length})
      </span>
      <select class="select" value={chosen?.run_id ?? ''} onChange={(event) => onRun(event.currentTarget.value)}>
        {runs.slice(0, MOST_RUNS).map((run) => (
          <option key={run.run_id} value={run.run_id ?? ''}>
            {nameOf(run)} – {word('state', run.state)}
          </option>
        ))}
        {runs.length > MOST_RUNS && <option disabled>{t('step.runs.more', { count: runs.length - MOST_RUNS })}</option>}
      </select>
    </label>
  );
}

function Buttons({
  run,
  name,
  status,
  definition,
  onControl,
}: {
  run: StepRun;
  name: string;
  status: Status;
  definition: unknown;
  onControl: Props['onControl'];
}) {
  const controls = can('operator') ? stepControls(run, status.state, definition) : [];
  if (!controls.length) return null;
  return (
    <div class="row">
      {controls.map((control, index) => (
        <button
          key={control}
          type="button"
          class={`button ${index === 0 && control !== 'rerun' ? 'button-primary' : ''}`}
          onClick={() =>
            onControl({ control, step: referenceTo(run), name, ...(control === 'rerun' ? { value: run.input } : {}) })
          }
        >
          {t(`control.${control}`)}
        </button>
      ))}
    </div>
  );
}

function NotRun({ node, step }: { node: GraphNode | undefined; step: string }) {
  return (
    <div class="stack">
      <div class="row">{node?.state && <StateBadge state={node.state} />}</div>
      <p class="hint">{step.includes('/') ? t('step.inside') : t('step.not_started')}</p>
      {node?.error && <FailureView title={t('step.error')} failure={node.error} />}
    </div>
  );
}

function Facts({ run }: { run: StepRun }) {
  const { retry_info: retry, status_info: info } = run;
  const ended = run.completed_at;
  return (
    <div class="stack">
      <div class="row">
        <StateBadge state={run.state} />
        <span class="hint">
          <Elapsed from={run.started_at} to={ended} />
        </span>
      </div>
      {!ended && info.progress_percentage !== null && (
        <div class="row">
          <progress class="progress" max={100} value={info.progress_percentage} aria-label={t('step.progress')} />
          <span class="hint">{Math.round(info.progress_percentage)} %</span>
        </div>
      )}
      <dl class="facts">
        <dt>{t('step.type')}</dt>
        <dd>{word('step_type', run.step_type ?? '')}</dd>
        <dt>{t('step.run')}</dt>
        <dd>
          <code>{run.run_id ?? run.run}</code>
        </dd>
        {run.branch && (
          <>
            <dt>{t('step.branch')}</dt>
            <dd>{run.branch}</dd>
          </>
        )}
        <dt>{t('step.attempts')}</dt>
        <dd>
          {retry?.max_retries === null || retry?.max_retries === undefined
            ? run.attempts
            : t('step.attempts_of', { count: run.attempts, max: retry.max_retries + 1 })}
        </dd>
        {retry?.next_retry_at && !ended && (
          <>
            <dt>{t('step.next_retry')}</dt>
            <dd>
              <RelativeTime at={retry.next_retry_at} />
            </dd>
          </>
        )}
        <dt>{t('execution.started')}</dt>
        <dd>
          <RelativeTime at={run.started_at} />
        </dd>
        {run.node && (
          <>
            <dt>{t('step.worker')}</dt>
            <dd>{run.node}</dd>
          </>
        )}
        {!ended && info.details !== null && info.details !== undefined && (
          <>
            <dt>{t('step.details')}</dt>
            <dd>{typeof info.details === 'string' ? withLocalTimes(info.details) : JSON.stringify(info.details)}</dd>
          </>
        )}
      </dl>
      {run.error && <FailureView title={t('step.error')} failure={run.error} />}
      {!run.error && retry?.last_error && !ended && (
        <FailureView title={t('step.last_error')} failure={retry.last_error} />
      )}
    </div>
  );
}

export function FailureView({ title, failure }: { title: string; failure: Failure }) {
  return (
    <Notice tone="error" title={title} live={false}>
      <p>
        <code>{failure.code}</code> {failure.message}
      </p>
      {failure.details !== undefined && failure.details !== null && <JsonView value={failure.details} />}
      {failure.stack_trace && (
        <details class="trace">
          <summary>{t('step.stack_trace')}</summary>
          <pre>{failure.stack_trace}</pre>
        </details>
      )}
    </Notice>
  );
}

function Children({ node, run }: { node: GraphNode | undefined; run: StepRun | undefined }) {
  const ids = run?.child_execution_id ? [run.child_execution_id] : (node?.child_execution_ids ?? []);
  if (!ids.length) return null;
  return (
    <div>
      <h3>{t('step.child')}</h3>
      <ul>
        {ids.slice(0, 20).map((id) => (
          <li key={id}>
            <a href={href('/executions/:id', { id })}>{id}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Values({ run, truncated }: { run: StepRun; truncated: boolean }) {
  return (
    <div class="stack">
      {truncated && <Notice tone="info">{t('execution.truncated')}</Notice>}
      <details open class="fold">
        <summary>{t('step.input')}</summary>
        <JsonView value={run.input} label={t('step.input')} />
      </details>
      <details open class="fold">
        <summary>{t('step.output')}</summary>
        <JsonView value={run.output} label={t('step.output')} />
      </details>
    </div>
  );
}

function isTruncated(status: Status, run: StepRun): boolean {
  const at = status.steps.indexOf(run);
  return status.truncated?.some((each) => each.pointer.startsWith(`/steps/${at}/`)) ?? false;
}

function Definition({ definition, step }: { definition: unknown; step: string }) {
  const own = stepOf(definition, step);
  if (!own) return null;
  return (
    <details class="fold">
      <summary>{t('step.definition')}</summary>
      <JsonView value={own} label={t('step.definition')} />
    </details>
  );
}

function Happened({ history }: { history: Events }) {
  const { events, more, problem } = history;
  return (
    <details open class="fold">
      <summary>{t('step.events')}</summary>
      {problem !== null && <ErrorPanel error={problem} />}
      {events.length > 0 && <EventTable events={events} />}
      {more && (
        <button type="button" class="button button-small" onClick={more}>
          {t('action.more')}
        </button>
      )}
    </details>
  );
}
