/** What an execution is, and the buttons that take it in hand. */
import { Ban, Pause, Play, Send, SlidersHorizontal, type LucideIcon } from 'lucide-preact';

import type { Asked } from './control_dialog';
import { executionControls, type ExecutionControl } from './controls';
import type { Status } from '../../api/types';
import { CopyButton, Elapsed, LiveBadge, RelativeTime, StateBadge } from '../../components';
import { t, word } from '../../i18n';
import { href } from '../../routing';
import { can } from '../../session';

const ICONS: Record<ExecutionControl, LucideIcon> = {
  pause: Pause,
  resume: Play,
  signal: Send,
  set: SlidersHorizontal,
  cancel: Ban,
};

export function Head({ status, onControl }: { status: Status; onControl: (asked: Asked) => void }) {
  const tags = Object.entries(status.tags);
  return (
    <header class="execution-head">
      <div class="spread">
        <div class="execution-name">
          <p class="hint">
            <a href={href('/executions', {}, { workflow_id: status.workflow_id })}>{t('executions.title')}</a>
            {' / '}
            <a href={href('/workflows/:id', { id: status.workflow_id }, { version: status.workflow_version })}>
              {status.workflow_name ?? status.workflow_id} {status.workflow_version}
            </a>
          </p>
          <div class="row">
            <h1 class="execution-id">{status.execution_id}</h1>
            <CopyButton text={status.execution_id} />
            <StateBadge state={status.state} />
            <LiveBadge />
          </div>
        </div>
        {can('operator') && (
          <div class="row" role="group" aria-label={t('control.label')}>
            {executionControls(status.state).map((control) => {
              const Icon = ICONS[control];
              return (
                <button
                  key={control}
                  type="button"
                  class={`button ${control === 'resume' ? 'button-primary' : ''}`}
                  onClick={() => onControl({ control })}
                >
                  <Icon size={16} aria-hidden="true" />
                  {t(`control.${control}`)}
                </button>
              );
            })}
          </div>
        )}
      </div>
      <dl class="execution-facts">
        <Fact name={t('execution.started')}>
          <RelativeTime at={status.started_at ?? status.created_at} />
        </Fact>
        <Fact name={t('execution.elapsed')}>
          <Elapsed from={status.started_at} to={status.completed_at} />
        </Fact>
        {status.completed_at && (
          <Fact name={t('execution.ended')}>
            <RelativeTime at={status.completed_at} />
          </Fact>
        )}
        {status.deadline && !status.completed_at && (
          <Fact name={t('execution.deadline')}>
            <RelativeTime at={status.deadline} />
          </Fact>
        )}
        <Fact name={t('priority.label')}>{word('priority', status.priority)}</Fact>
        {status.parent && (
          <Fact name={t('execution.parent')}>
            <a href={href('/executions/:id', { id: status.parent.execution_id }, { step: status.parent.step_id })}>
              {status.parent.execution_id}
            </a>
          </Fact>
        )}
        {tags.length > 0 && (
          <Fact name={t('execution.tags')}>
            <span class="row">
              {tags.map(([name, value]) => (
                <a key={name} class="tag" href={href('/executions', {}, { tags: `${name}=${value}` })}>
                  {name}={value}
                </a>
              ))}
            </span>
          </Fact>
        )}
      </dl>
    </header>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
