/** What workflows told the groups of whoever is signed in. */
import { MailOpen } from 'lucide-preact';

import { path } from '../../api/client';
import type { Page } from '../../api/types';
import { toProblem } from '../../api/problem';
import { EmptyState, ErrorPanel, Loading, RelativeTime, toast } from '../../components';
import { t } from '../../i18n';
import { href, location, setQuery } from '../../routing';
import { api, identity } from '../../session';
import { usePolled } from '../polling';
import { GroupFilter } from './filters';

const EVERY_MS = 15_000;

interface Notice {
  notification_id: string;
  group: string;
  subject: string;
  text: string;
  created_at: string;
  execution_id: string;
  step_id: string;
  read: boolean;
}

interface NoticePage extends Page {
  notifications: Notice[];
}

export function Notices() {
  const { query } = location.value;
  const isUnread = query.get('unread') === '1';
  const group = query.get('of') ?? '';
  // Who is in no group was told nothing, and has to name one.
  const isNobody = group === '' && identity.value?.proof !== 'key' && identity.value?.groups.length === 0;
  const { data, error, refresh, put } = usePolled(
    `notices ${isUnread} ${group} ${isNobody}`,
    async (signal): Promise<NoticePage> => {
      if (isNobody) return { notifications: [], page_size: 100 };
      const asked = { page_size: 100, group, ...(isUnread ? { unread: true } : {}) };
      return api().get<NoticePage>('/notifications', asked, { signal });
    },
    EVERY_MS,
  );
  const mark = async (notice: Notice) => {
    try {
      const marked = await api().post<Notice>(path`/notifications/${notice.notification_id}/read`);
      const replaced = (each: Notice) => (each.notification_id === notice.notification_id ? marked : each);
      if (data) put({ ...data, notifications: data.notifications.map(replaced) });
    } catch (problem) {
      toast(toProblem(problem).message, 'error');
    }
  };
  return (
    <div class="stack">
      <div class="filters">
        <GroupFilter chosen={group} withAll={false} onChange={(of) => setQuery({ of })} />
        <label class="check filter-note">
          <input
            type="checkbox"
            checked={isUnread}
            onChange={(event) => setQuery({ unread: event.currentTarget.checked ? '1' : '' })}
          />
          {t('notices.unread')}
        </label>
      </div>
      {error !== null && <ErrorPanel error={error} onRetry={refresh} />}
      {!data && error === null && <Loading />}
      {data?.notifications.length === 0 && (
        <EmptyState title={t('notices.empty.title')} text={t(isNobody ? 'notices.no_group' : 'notices.empty.text')} />
      )}
      {data && data.notifications.length > 0 && (
        <ul class="notices">
          {data.notifications.map((notice) => (
            <Item key={notice.notification_id} notice={notice} mark={() => void mark(notice)} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Item({ notice, mark }: { notice: Notice; mark: () => void }) {
  const text = notice.text === notice.subject ? '' : notice.text;
  return (
    <li class={`panel notice-item ${notice.read ? 'notice-item-read' : ''}`}>
      <div class="spread">
        <h2>{notice.subject}</h2>
        {notice.read ? (
          <span class="hint">{t('notices.is_read')}</span>
        ) : (
          <button
            type="button"
            class="button button-small"
            aria-label={`${t('notices.read')}: ${notice.subject}`}
            onClick={mark}
          >
            <MailOpen size={14} aria-hidden="true" />
            {t('notices.read')}
          </button>
        )}
      </div>
      {text && <p class="notice-text">{text}</p>}
      <p class="hint">
        <RelativeTime at={notice.created_at} /> · {t('notices.for', { group: notice.group })} ·{' '}
        <a href={href('/executions/:id', { id: notice.execution_id })}>{notice.execution_id}</a>
      </p>
    </li>
  );
}
