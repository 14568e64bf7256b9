/** When a task is due, and how pressing that is: by word and symbol, not by colour alone. */
import { AlarmClock, Clock } from 'lucide-preact';

import { RelativeTime } from '../../components';
import { t, word } from '../../i18n';
import type { Priority } from '../../api/types';
import { type Urgency, urgencyOf } from './inbox';

const TONES: Record<Urgency, string> = { none: 'off', later: 'idle', today: 'paused', soon: 'person', overdue: 'bad' };

export function Deadline({ at, now = Date.now() }: { at: string | null; now?: number }) {
  if (at === null) return <span class="hint">{t('tasks.no_deadline')}</span>;
  const urgency = urgencyOf(at, now);
  if (urgency === 'later' || urgency === 'none') return <RelativeTime at={at} />;
  const Icon = urgency === 'today' ? Clock : AlarmClock;
  return (
    <span class="row task-due">
      <span class={`badge tone-${TONES[urgency]}`}>
        <Icon size={14} aria-hidden="true" />
        {t(`tasks.urgency.${urgency}`)}
      </span>
      <RelativeTime at={at} />
    </span>
  );
}

const PRIORITY_TONES: Record<Priority, string> = {
  highest: 'bad',
  high: 'person',
  medium: 'idle',
  low: 'off',
  lowest: 'off',
};
const ARROWS: Record<Priority, string> = { highest: '⇈', high: '↑', medium: '→', low: '↓', lowest: '⇊' };

export function PriorityBadge({ priority }: { priority: Priority }) {
  return (
    <span class={`badge badge-plain tone-${PRIORITY_TONES[priority]}`}>
      <span aria-hidden="true">{ARROWS[priority]}</span>
      {word('priority', priority)}
    </span>
  );
}
