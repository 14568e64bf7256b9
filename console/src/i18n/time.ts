/** Times and durations in the language that is shown. */
import { locale, t } from '.';

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];
const NOW_MS = 5_000;

/** "2 hours ago", "in 3 days"; within five seconds "just now". */
export function relativeTime(at: string, now: number): string {
  const distance = Date.parse(at) - now;
  if (Math.abs(distance) < NOW_MS) return t('time.now');
  const [unit, length] = STEPS.find(([, each]) => Math.abs(distance) >= each) ?? ['second', 1_000];
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' });
  return format.format(Math.trunc(distance / length), unit);
}

/** Date and time to the second, with the zone. */
export function exactTime(at: string): string {
  return new Intl.DateTimeFormat(locale(), {
    dateStyle: 'medium',
    timeStyle: 'long',
  }).format(new Date(at));
}

/** A text of the service with the instants in it as people here write them. */
export function withLocalTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, exactTime);
}

/** Time of day to the millisecond: what a history needs. */
export function clockTime(at: string): string {
  return new Intl.DateTimeFormat(locale(), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  }).format(new Date(at));
}

/** `120 ms`, `4.2 s`, `5 s`, `3 m 20 s`, `2 h 5 m`, `3 d 4 h`: two units at most, the same in every language. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${Math.floor(ms / 100) / 10} s`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, 'm', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'm');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large: number, unit: string, small: number, smallUnit: string): string {
  return small ? `${large} ${unit} ${small} ${smallUnit}` : `${large} ${unit}`;
}
