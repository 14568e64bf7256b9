/** Whether changes come by themselves, by symbol, word and colour. */
import { Ban, CloudOff, LoaderCircle, Radio, RefreshCw, type LucideIcon } from 'lucide-preact';

import type { Tone } from './state_badge';
import { t } from '../i18n';
import type { LiveState } from '../live/client';
import { session } from '../session';

const LOOKS: Readonly<Record<Exclude<LiveState, 'idle'>, { Icon: LucideIcon; tone: Tone }>> = {
  live: { Icon: Radio, tone: 'good' },
  connecting: { Icon: LoaderCircle, tone: 'idle' },
  reconnecting: { Icon: LoaderCircle, tone: 'person' },
  polling: { Icon: RefreshCw, tone: 'queued' },
  refused: { Icon: Ban, tone: 'bad' },
  offline: { Icon: CloudOff, tone: 'bad' },
};

export function LiveBadge() {
  const said = session().live.state.value;
  const state = said === 'idle' ? 'connecting' : said;
  const { Icon, tone } = LOOKS[state];
  return (
    <span class={`badge live-badge tone-${tone}`} role="status" title={t(`live.${state}.text`)} data-live={state}>
      <Icon size={14} aria-hidden="true" class={state.endsWith('connecting') ? 'turning' : undefined} />
      {t(`live.${state}`)}
    </span>
  );
}
