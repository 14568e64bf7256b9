/** One task: what there is to decide on, and the answer. */
import './tasks.css';

import { ArrowLeft, ExternalLink } from 'lucide-preact';
import { useState } from 'preact/hooks';

import { path } from '../../api/client';
import { ErrorPanel, JsonView, Loading, Notice, RelativeTime } from '../../components';
import { t, word } from '../../i18n';
import { href } from '../../routing';
import { api, identity } from '../../session';
import type { PageProps } from '../page';
import { usePolled } from '../polling';
import { AnswerPanel } from './answer';
import { answers } from './count';
import { Deadline, PriorityBadge } from './deadline';
import { type HumanTask, mayAnswer } from './inbox';

const EVERY_MS = 5_000;
const SOON_MS = 1_000;

export default function TaskPage({ params }: PageProps) {
  const id = params['id'] ?? '';
  const [isSent, setSent] = useState(false);
  const [isLate, setLate] = useState(false);
  const [isOver, setOver] = useState(false);
  // How a task ended is known a moment after it has; until then it is asked for sooner.
  const everyMs = isOver ? null : isSent ? SOON_MS : EVERY_MS;
  const { data, error, refresh } = usePolled(
    id,
    async (signal) => {
      const task = await api().get<HumanTask>(path`/tasks/human/${id}`, {}, { signal });
      setOver(task.state === 'ended' && Boolean(task.ended));
      return task;
    },
    everyMs,
  );
  const answered = (outcome: 'counted' | 'sent' | 'late') => {
    setSent(true);
    setLate(outcome === 'late');
    answers.value += 1;
    refresh();
  };
  return (
    <div class="stack">
      <a class="row back-link" href={href('/tasks')}>
        <ArrowLeft size={16} aria-hidden="true" />
        {t('tasks.back')}
      </a>
      {error !== null && <ErrorPanel error={error} onRetry={refresh} />}
      {!data && error === null && <Loading />}
      {data && <Task task={data} isSent={isSent} isLate={isLate} onAnswered={answered} />}
    </div>
  );
}

interface TaskProps {
  task: HumanTask;
  isSent: boolean;
  isLate: boolean;
  onAnswered: (outcome: 'counted' | 'sent' | 'late') => void;
}

function Task({ task, isSent, isLate, onAnswered }: TaskProps) {
  return (
    <>
      <div class="page-head task-head">
        <div>
          <h1>{task.name}</h1>
          {task.description && <p class="task-description">{task.description}</p>}
        </div>
        <div class="row">
          <PriorityBadge priority={task.priority} />
          {task.state === 'open' && <Deadline at={task.deadline} />}
          {task.escalated && <span class="badge tone-person">{t('tasks.escalated')}</span>}
        </div>
      </div>
      {isLate && <Notice tone="warning">{t('tasks.too_late')}</Notice>}
      <div class="task-columns">
        <div class="stack">
          {task.state === 'ended' ? (
            <EndedPanel task={task} />
          ) : (
            <Open task={task} isSent={isSent && !isLate} onAnswered={onAnswered} />
          )}
          <Facts task={task} />
        </div>
        <Context task={task} />
      </div>
    </>
  );
}

function Open({ task, isSent, onAnswered }: Omit<TaskProps, 'isLate'>) {
  const who = identity.value;
  const isDeveloper = who?.proof === 'none' || who?.proof === 'key';
  if (isSent) return <Notice tone="info">{t('tasks.on_its_way')}</Notice>;
  if (!mayAnswer(task, who?.groups ?? [], isDeveloper)) {
    return <Notice tone="info">{t('tasks.not_yours', { groups: task.user_groups.join(', ') })}</Notice>;
  }
  return <AnswerPanel task={task} onAnswered={onAnswered} />;
}

function Facts({ task }: { task: HumanTask }) {
  const tags = Object.entries(task.execution.tags);
  return (
    <section class="panel" aria-label={t('tasks.task.title')}>
      <dl class="facts">
        <dt>{t('tasks.workflow')}</dt>
        <dd>
          <a href={href('/workflows/:id', { id: task.workflow_id }, { version: task.workflow_version })}>
            {task.workflow_name ?? task.workflow_id} {task.workflow_version}
          </a>
        </dd>
        <dt>{t('tasks.execution')}</dt>
        <dd>
          <a href={href('/executions/:id', { id: task.execution_id })}>
            {task.execution_id} <ExternalLink size={13} aria-hidden="true" />
          </a>
        </dd>
        <dt>{t('tasks.step')}</dt>
        <dd>{task.step_id}</dd>
        <dt>{t('tasks.groups')}</dt>
        <dd>{task.user_groups.join(', ') || t('tasks.everyone')}</dd>
        <dt>{t('tasks.created')}</dt>
        <dd>
          <RelativeTime at={task.created_at} />
        </dd>
        <dt>{t('tasks.deadline')}</dt>
        <dd>
          {task.state === 'ended' && task.deadline ? (
            <RelativeTime at={task.deadline} />
          ) : (
            <Deadline at={task.deadline} />
          )}
        </dd>
        {(task.reminders ?? 0) > 0 && (
          <>
            <dt>{t('tasks.reminders')}</dt>
            <dd>{task.reminders}</dd>
          </>
        )}
        {tags.length > 0 && (
          <>
            <dt>{t('tasks.tags')}</dt>
            <dd>{tags.map(([name, value]) => `${name}=${value}`).join(', ')}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Context({ task }: { task: HumanTask }) {
  const context = task.context;
  if (!context) return null;
  const { item, index, variables } = context;
  return (
    <section class="stack" aria-label={t('tasks.context')}>
      <h2>{t('tasks.context')}</h2>
      {index !== undefined && <Value title={t('tasks.context.item', { number: index + 1 })} value={item} />}
      <Value title={t('tasks.context.input')} value={context.input} />
      {variables && Object.keys(variables).length > 0 ? (
        <Value title={t('tasks.context.variables')} value={variables} />
      ) : (
        <p class="hint">{t('tasks.context.none')}</p>
      )}
      {task.truncated?.map(({ pointer, bytes }) => (
        <Notice key={pointer} tone="warning" live={false}>
          {t('tasks.truncated', { pointer, size: `${Math.ceil(bytes / 1000)} kB` })}
        </Notice>
      ))}
    </section>
  );
}

function Value({ title, value }: { title: string; value: unknown }) {
  return (
    <div class="task-value">
      <h3>{title}</h3>
      <JsonView value={value} label={title} />
    </div>
  );
}

function EndedPanel({ task }: { task: HumanTask }) {
  const ended = task.ended;
  return (
    <section class="panel stack" aria-live="polite">
      <h2>{t('tasks.ended.title')}</h2>
      <p>{ended ? t(`tasks.outcome.${ended.outcome}`) : t('tasks.ended.unknown')}</p>
      {ended && (
        <dl class="facts">
          {ended.action && (
            <>
              <dt>{t('tasks.ended.action')}</dt>
              <dd>{ended.custom_action_id ?? word('tasks.action', ended.action)}</dd>
            </>
          )}
          <Fact title={t('tasks.ended.user')} text={ended.user} />
          <dt>{t('tasks.ended.at')}</dt>
          <dd>
            <RelativeTime at={ended.ended_at} />
          </dd>
          <Fact title={t('tasks.ended.reason')} text={ended.reason} />
          <Fact title={t('tasks.ended.comments')} text={ended.comments} />
          <Fact title={t('tasks.ended.strategy')} text={ended.strategy} />
        </dl>
      )}
      {ended?.data !== undefined && ended.data !== null && (
        <JsonView value={ended.data} label={t('tasks.ended.data')} />
      )}
      <div class="row">
        <a class="button button-primary" href={href('/executions/:id', { id: task.execution_id })}>
          {t('tasks.open_execution')}
        </a>
        <a class="button" href={href('/tasks')}>
          {t('tasks.back')}
        </a>
      </div>
    </section>
  );
}

function Fact({ title, text }: { title: string; text: string | null | undefined }) {
  if (!text) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>{text}</dd>
    </>
  );
}
