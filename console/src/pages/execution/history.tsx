/** What happened, event by event; or, as the log, what people did. */
import { useEffect, useRef, useState } from 'preact/hooks';

import { BY_PEOPLE, EVENT_TYPES, fits, joined, reasonOf, whoDid, type Filter } from './history_view';
import type { ExecutionModel } from './model';
import { path } from '../../api/client';
import type { HistoryEvent, HistoryPage } from '../../api/types';
import { EmptyState, ErrorPanel, JsonView, Loading } from '../../components';
import { t, word } from '../../i18n';
import { clockTime, exactTime } from '../../i18n/time';
import { api } from '../../session';

const PAGE_SIZE = 100;

interface Read {
  events: readonly HistoryEvent[];
  next: string | undefined;
}

export function useHistory(model: ExecutionModel, filter: Filter) {
  const [read, setRead] = useState<Read | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const wanted = JSON.stringify(filter);
  const latest = useRef(wanted);
  latest.current = wanted;

  const load = async (before: Read | null) => {
    setBusy(true);
    try {
      const types = filter.people ? BY_PEOPLE : filter.types;
      const page = await api().get<HistoryPage>(path`/workflows/executions/${model.id}/history`, {
        page_size: PAGE_SIZE,
        cursor: before?.next ?? null,
        event_types: types,
        step_id: filter.step,
      });
      if (latest.current !== wanted) return;
      const found = filter.people ? page.events.filter((event) => whoDid(event)) : page.events;
      setRead({ events: [...(before?.events ?? []), ...found], next: page.next_cursor });
      setProblem(null);
    } catch (error) {
      if (latest.current === wanted) setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  useEffect(() => {
    setRead(null);
    void load(null);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the filter by value
  }, [wanted, model]);

  const live = model.changes.value.filter((event) => fits(event, filter));
  // What came live stands at the end, which is shown once all before it is.
  const events = read ? (read.next ? read.events : joined(read.events, live)) : [];
  return { events, more: read?.next ? () => void load(read) : null, loading: read === null && !problem, problem, busy };
}

export function History({
  model,
  people = false,
  steps,
}: {
  model: ExecutionModel;
  people?: boolean;
  steps: readonly { id: string; name: string }[];
}) {
  const [type, setType] = useState('');
  const [step, setStep] = useState('');
  const { events, more, loading, problem, busy } = useHistory(model, {
    types: type ? [type] : [],
    step: step || null,
    people,
  });
  return (
    <div class="stack">
      {!people && (
        <div class="row">
          <label class="filter">
            <span class="field-label">{t('history.types')}</span>
            <select class="select" value={type} onChange={(event) => setType(event.currentTarget.value)}>
              <option value="">{t('history.types.all')}</option>
              {EVENT_TYPES.map((each) => (
                <option key={each} value={each}>
                  {word('event', each)}
                </option>
              ))}
            </select>
          </label>
          <label class="filter">
            <span class="field-label">{t('history.step')}</span>
            <select class="select" value={step} onChange={(event) => setStep(event.currentTarget.value)}>
              <option value="">{t('history.all_steps')}</option>
              {steps.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name === id ? id : `${name} (${id})`}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {problem !== null && <ErrorPanel error={problem} />}
      {loading && <Loading />}
      {!loading && !events.length && problem === null && (
        <EmptyState title={t(people ? 'history.empty.log' : 'history.empty')} />
      )}
      {events.length > 0 && <EventTable events={events} withStep />}
      <div class="pager">
        <span class="hint">{events.length > 0 && t('history.loaded', { count: events.length })}</span>
        {more && (
          <button type="button" class="button" disabled={busy} onClick={more}>
            {t('action.more')}
          </button>
        )}
      </div>
    </div>
  );
}

export function EventTable({ events, withStep = false }: { events: readonly HistoryEvent[]; withStep?: boolean }) {
  return (
    <div class="table-wrap">
      <table class="table history-table">
        <thead>
          <tr>
            <th scope="col" class="number">
              {t('history.sequence')}
            </th>
            <th scope="col">{t('history.time')}</th>
            <th scope="col">{t('history.event')}</th>
            {withStep && <th scope="col">{t('history.step')}</th>}
            <th scope="col">{t('history.by')}</th>
            {withStep && <th scope="col">{t('history.details')}</th>}
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <EventRow key={event.sequence} event={event} withStep={withStep} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EventRow({ event, withStep }: { event: HistoryEvent; withStep: boolean }) {
  const [open, setOpen] = useState(false);
  const hasDetails = Object.keys(event.details).length > 0;
  const name = word('event', event.event_type);
  const reason = reasonOf(event);
  return (
    <>
      <tr data-event={event.event_type}>
        <td class="number hint">{event.sequence}</td>
        <td class="mono">
          <time dateTime={event.timestamp} title={exactTime(event.timestamp)}>
            {clockTime(event.timestamp)}
          </time>
        </td>
        <td>
          {hasDetails ? (
            <button type="button" class="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>
              {name}
            </button>
          ) : (
            name
          )}
        </td>
        {withStep && <td>{event.step_id ?? ''}</td>}
        <td>{whoDid(event) ?? ''}</td>
        {withStep && (
          <td class="history-brief">
            {reason ? (
              <q>{reason}</q>
            ) : (
              <span class="hint ellipsis">{hasDetails ? JSON.stringify(event.details).slice(0, 160) : ''}</span>
            )}
          </td>
        )}
      </tr>
      {open && (
        <tr>
          <td colSpan={withStep ? 6 : 4}>
            <JsonView value={event.details} label={t('history.details')} />
          </td>
        </tr>
      )}
    </>
  );
}
