/** A state, by symbol and word and colour: each alone is enough. */
import {
  Ban,
  Bell,
  CalendarClock,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CirclePlay,
  CircleX,
  Clock,
  Hand,
  Hourglass,
  SkipForward,
  TimerOff,
  TriangleAlert,
  User,
  type LucideIcon,
} from 'lucide-preact';

import { word } from '../i18n';

export type Tone = 'idle' | 'queued' | 'active' | 'waiting' | 'person' | 'paused' | 'good' | 'skipped' | 'bad' | 'off';

const LOOKS: Readonly<Record<string, { Icon: LucideIcon; tone: Tone }>> = {
  not_started: { Icon: CircleDashed, tone: 'idle' },
  pending: { Icon: Clock, tone: 'queued' },
  scheduled: { Icon: CalendarClock, tone: 'queued' },
  running: { Icon: CirclePlay, tone: 'active' },
  paused: { Icon: CirclePause, tone: 'paused' },
  waiting_for_event: { Icon: Bell, tone: 'waiting' },
  waiting_for_timer: { Icon: Hourglass, tone: 'waiting' },
  waiting_for_human_intervention: { Icon: User, tone: 'person' },
  waiting_for_confirmation: { Icon: Hand, tone: 'person' },
  completed: { Icon: CircleCheck, tone: 'good' },
  partially_failed: { Icon: TriangleAlert, tone: 'bad' },
  failed: { Icon: CircleX, tone: 'bad' },
  skipped: { Icon: SkipForward, tone: 'skipped' },
  canceled: { Icon: Ban, tone: 'off' },
  timed_out: { Icon: TimerOff, tone: 'bad' },
};

const UNKNOWN = { Icon: CircleDashed, tone: 'idle' as Tone };

export function stateTone(state: string | null | undefined): Tone {
  return (LOOKS[state ?? ''] ?? UNKNOWN).tone;
}

export function StateIcon({ state, size = 16 }: { state: string; size?: number }) {
  const { Icon } = LOOKS[state] ?? UNKNOWN;
  return <Icon size={size} class="state-icon" aria-hidden="true" />;
}

export function StateBadge({ state, count }: { state: string; count?: number }) {
  return (
    <span class={`badge tone-${stateTone(state)}`} data-state={state}>
      <StateIcon state={state} size={14} />
      <span>{word('state', state)}</span>
      {count !== undefined && <span class="badge-count">{count}</span>}
    </span>
  );
}
