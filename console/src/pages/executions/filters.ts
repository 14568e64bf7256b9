/** What is searched for. It lives in the address, so that a search can be kept and sent to others. */
import type { Query } from '../../api/client';
import { EXECUTION_STATES, type ExecutionState } from '../../api/types';

export const SPANS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const;
export type Span = keyof typeof SPANS;

export interface Filters {
  workflow: string;
  states: readonly ExecutionState[];
  /** The time before now, a range, or '' for any time. */
  time: Span | 'range' | '';
  from: string;
  to: string;
  tags: readonly string[];
}

const TAG = /^[^=,\s][^=]*=.*$/;

export function read(query: URLSearchParams): Filters {
  const time = query.get('time') ?? '';
  return {
    workflow: query.get('workflow_id') ?? '',
    states: listed(query.get('states')).filter((each): each is ExecutionState =>
      (EXECUTION_STATES as readonly string[]).includes(each),
    ),
    time: time in SPANS || time === 'range' ? (time as Filters['time']) : '',
    from: query.get('from') ?? '',
    to: query.get('to') ?? '',
    tags: listed(query.get('tags')).filter(isTag),
  };
}

/** The address's query of filters; null takes one out. */
export function toAddress(filters: Filters): Record<string, string | null> {
  const range = filters.time === 'range';
  return {
    workflow_id: filters.workflow || null,
    states: filters.states.join(',') || null,
    time: filters.time || null,
    from: (range && filters.from) || null,
    to: (range && filters.to) || null,
    tags: filters.tags.join(',') || null,
  };
}

export const NONE: Filters = { workflow: '', states: [], time: '', from: '', to: '', tags: [] };

export function isEmpty(filters: Filters): boolean {
  return Object.values(toAddress(filters)).every((each) => each === null);
}

/** The query of the API. Times are local where they were entered, UTC where they are asked for. */
export function toQuery(filters: Filters, now: number): Query {
  const span = filters.time && filters.time !== 'range' ? SPANS[filters.time] : null;
  return {
    workflow_id: filters.workflow,
    states: filters.states,
    created_from: span ? new Date(now - span).toISOString() : instant(filters.time === 'range' ? filters.from : ''),
    created_to: instant(filters.time === 'range' ? filters.to : ''),
    tags: filters.tags,
  };
}

function instant(local: string): string {
  const at = local ? new Date(local) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : '';
}

function listed(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The tags of a text, or null if one has not the form of a tag. */
export function tagsOf(text: string): string[] | null {
  const tags = listed(text);
  return tags.every(isTag) ? tags : null;
}
