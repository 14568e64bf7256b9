/** When a task is due, and how pressing that is: by word and symbol, not by colour alone. */
import { AlarmClock, Clock } from 'lucide-preact';

import { RelativeTime } from '../../components';
import { locale, t, word } from '../../i18n';
import { exactTime } from '../../i18n/time';
import type { Priority } from '../../api/types';
import { type Urgency, urgencyOf } from './inbox';

const TONES: Record<Urgency, string> = { none: 'off', later: 'idle', today: 'paused', soon: 'person', overdue: 'bad' };

export function Deadline({ at, now = Date.now() }: { at: string | null; now?: number }) {
  if (at === null) return <span class="hint">{t('tasks.no_deadline')}</span>;
  const urgency = urgencyOf(at, now);
  if (urgency === 'later' || urgency === 'none') return <Day at={at} />;
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

function Day({ at }: { at: string }) {
  const shown = new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
  return (
    <time dateTime={at} title={exactTime(at)}>
      {shown}
    </time>
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
