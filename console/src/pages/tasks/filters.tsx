/** Which tasks to show. The choice stands in the address, so that it can be kept and shared. */
import { useState } from 'preact/hooks';

import type { Query } from '../../api/client';
import { t } from '../../i18n';
import { location, setQuery } from '../../routing';
import { can, identity } from '../../session';
import { Choice, SearchBox } from '../search_box';

const HOUR_MS = 3_600_000;
const DUE: Record<string, number> = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS };
const ALL = '*';

/** What is asked of the service for the query of the page. The time is to the minute, so that a list stays the same. */
export function queryOf(query: URLSearchParams, now: number): Query {
  const group = query.get('group');
  const ahead = DUE[query.get('due') ?? ''];
  return {
    page_size: 100,
    ...(group === ALL ? { all: true } : group ? { group } : {}),
    ...(query.get('priority') === 'high' ? { priority: ['highest', 'high'] } : {}),
    ...(ahead === undefined ? {} : { due_before: new Date(Math.ceil((now + ahead) / 60_000) * 60_000).toISOString() }),
  };
}

export function Filters() {
  const { query } = location.value;
  return (
    <div class="filters" role="search">
      <SearchBox
        label={t('tasks.search')}
        placeholder={t('tasks.search.placeholder')}
        value={query.get('q') ?? ''}
        onChange={(q) => setQuery({ q })}
      />
      <GroupFilter chosen={query.get('group') ?? ''} withAll onChange={(group) => setQuery({ group, cursor: null })} />
      <Choice
        label={t('tasks.priority')}
        value={query.get('priority') ?? ''}
        options={[
          ['', t('tasks.priority.any')],
          ['high', t('tasks.priority.high')],
        ]}
        onChange={(priority) => setQuery({ priority, cursor: null })}
      />
      <Choice
        label={t('tasks.due')}
        value={query.get('due') ?? ''}
        options={[
          ['', t('tasks.due.any')],
          ['hour', t('tasks.due.hour')],
          ['day', t('tasks.due.day')],
          ['week', t('tasks.due.week')],
        ]}
        onChange={(due) => setQuery({ due, cursor: null })}
      />
    </div>
  );
}

interface GroupProps {
  chosen: string;
  /** Whether there is a choice of what is for everybody. */
  withAll: boolean;
  onChange: (group: string) => void;
}

/** One's own groups; operators may name any. */
export function GroupFilter({ chosen, withAll, onChange }: GroupProps) {
  const [isOther, setOther] = useState(false);
  const groups = identity.value?.groups ?? [];
  const mayAll = can('operator');
  const named = [...new Set([...groups, ...(chosen && chosen !== ALL ? [chosen] : [])])];
  const options: [string, string][] = [
    ['', t('tasks.group.mine')],
    ...named.map((group): [string, string] => [group, group]),
    ...(mayAll && withAll ? [[ALL, t('tasks.group.all')] satisfies [string, string]] : []),
    ...(mayAll ? [['?', t('tasks.group.other')] satisfies [string, string]] : []),
  ];
  const choose = (group: string) => {
    setOther(group === '?');
    if (group !== '?') onChange(group);
  };
  return (
    <>
      <Choice label={t('tasks.group')} value={isOther ? '?' : chosen} options={options} onChange={choose} />
      {isOther && (
        <input
          class="input"
          aria-label={t('tasks.group.name')}
          placeholder={t('tasks.group.name')}
          onChange={({ currentTarget: { value } }) => value.trim() && choose(value.trim())}
        />
      )}
    </>
  );
}
