/** Times and durations, as people say them. What moves with the clock does so by one timer for the whole page. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { t } from '../i18n';
import { duration, exactTime, relativeTime } from '../i18n/time';

const now = signal(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The present time, told every second while `active`. */
export function useNow(active: boolean): number {
  useEffect(() => {
    if (!active) return;
    watchers += 1;
    now.value = Date.now();
    timer ??= setInterval(() => {
      if (!document.hidden) now.value = Date.now();
    }, 1_000);
    return () => {
      watchers -= 1;
      if (watchers > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, [active]);
  return active ? now.value : 0;
}

/** "3 minutes ago", with the exact time behind it. */
export function RelativeTime({ at }: { at: string | null | undefined }) {
  const shown = useNow(Boolean(at));
  if (!at) return <>{t('time.none')}</>;
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relativeTime(at, Math.max(shown, 1))}
    </time>
  );
}

/** A length of time in milliseconds. */
export function Duration({ ms }: { ms: number | null | undefined }) {
  return <>{ms === null || ms === undefined ? t('time.none') : duration(ms)}</>;
}

/** From one time to another, or up to now while there is no other. */
export function Elapsed({ from, to }: { from: string | null | undefined; to?: string | null | undefined }) {
  const shown = useNow(Boolean(from) && !to);
  if (!from) return <>{t('time.none')}</>;
  const end = to ? Date.parse(to) : shown;
  return <span class="elapsed">{duration(Math.max(0, end - Date.parse(from)))}</span>;
}
