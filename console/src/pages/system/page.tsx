/** How the system fares: throughput, active executions, queues, timers, failures. */
import './system.css';

import { Duration, ErrorPanel, Loading, RelativeTime, StateBadge } from '../../components';
import { t, word } from '../../i18n';
import { exactTime } from '../../i18n/time';
import { href } from '../../routing';
import { api } from '../../session';
import { usePolled } from '../polling';
import { Bar } from './bar';
import { barsOf, type FailureRow, minutesOf, successRate, type SystemMetrics } from './figures';
import { Queues } from './queues';
import { Throughput } from './throughput';

const EVERY_MS = 5_000;

export default function SystemPage() {
  const { data, error, refresh } = usePolled(
    'system',
    (signal) => api().get<SystemMetrics>('/metrics', { type: 'system' }, { signal }),
    EVERY_MS,
  );
  return (
    <>
      <div class="page-head">
        <h1>{t('system.title')}</h1>
        {data && (
          <p class="hint">
            {t('system.taken_at')} <RelativeTime at={data.taken_at} />. {t('system.refreshing')}
          </p>
        )}
      </div>
      <div class="stack">
        {error !== null && <ErrorPanel error={error} onRetry={refresh} />}
        {!data && error === null && <Loading />}
        {data && <Figures metrics={data} />}
      </div>
    </>
  );
}

function Figures({ metrics }: { metrics: SystemMetrics }) {
  const { recent, active } = metrics.executions;
  return (
    <>
      <Tiles metrics={metrics} />
      <Throughput points={minutesOf(recent.per_minute, recent.since, metrics.taken_at)} />
      <div class="system-columns">
        <Active counts={active} isCapped={metrics.executions.active_capped ?? false} />
        <Timers timers={metrics.timers} />
      </div>
      <Queues queues={metrics.queues} />
      <Failures failures={metrics.failures} />
    </>
  );
}

function Tiles({ metrics }: { metrics: SystemMetrics }) {
  const { recent } = metrics.executions;
  const rate = successRate(recent);
  const said = (count: number) => (recent.capped ? t('system.at_least', { count }) : count);
  return (
    <section aria-label={t('system.recent', { time: exactTime(recent.since) })}>
      <dl class="tiles">
        <Tile title={t('system.started')} value={said(recent.started)} />
        <Tile title={t('system.completed')} value={said(recent.completed)} />
        <Tile title={t('system.failed')} value={said(recent.failed)} isBad={recent.failed > 0} />
        <Tile title={t('system.timed_out')} value={said(recent.timed_out)} isBad={recent.timed_out > 0} />
        <Tile title={t('system.canceled')} value={said(recent.canceled)} />
        <Tile
          title={t('system.success')}
          value={rate === null ? t('time.none') : `${Math.floor(rate * 1000) / 10} %`}
        />
        <div class="tile">
          <dt>{t('system.p50')}</dt>
          <dd>
            <Duration ms={recent.p50_ms} />
          </dd>
        </div>
        <div class="tile">
          <dt>{t('system.p95')}</dt>
          <dd>
            <Duration ms={recent.p95_ms} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

function Tile({ title, value, isBad = false }: { title: string; value: string | number; isBad?: boolean }) {
  return (
    <div class={`tile ${isBad ? 'tile-bad' : ''}`}>
      <dt>{title}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Active({ counts, isCapped }: { counts: Record<string, number>; isCapped: boolean }) {
  const bars = barsOf(counts);
  const total = bars.reduce((sum, { value }) => sum + value, 0);
  return (
    <section class="panel stack" aria-labelledby="active">
      <div class="spread">
        <h2 id="active">{t('system.active')}</h2>
        <span class="hint">{t(isCapped ? 'system.at_least' : 'system.total', { count: total })}</span>
      </div>
      {bars.length === 0 && <p class="hint">{t('system.active.none')}</p>}
      <ul class="bars">
        {bars.map(({ name, value, share }) => (
          <li key={name} class="bar-row">
            <a
              href={href('/executions', {}, { states: name })}
              aria-label={t('system.active.look', { count: value, state: word('state', name) })}
            >
              <StateBadge state={name} />
            </a>
            <Bar share={share} />
            <b class="bar-value">{value}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Timers({ timers }: { timers: SystemMetrics['timers'] }) {
  const said = (count: number) => (timers.capped ? t('system.at_least', { count }) : String(count));
  return (
    <section class="panel stack" aria-labelledby="timers">
      <h2 id="timers">{t('system.timers')}</h2>
      <dl class="facts timer-facts">
        <dt>{t('system.timers.overdue')}</dt>
        <dd>
          {timers.overdue > 0 ? (
            <span class="badge tone-bad">
              {said(timers.overdue)} · {t('system.queue.alarm')}
            </span>
          ) : (
            0
          )}
        </dd>
        <dt>{t('system.timers.15')}</dt>
        <dd>{said(timers.due_within_15_minutes)}</dd>
        <dt>{t('system.timers.60')}</dt>
        <dd>{said(timers.due_within_1_hour)}</dd>
        <dt>{t('system.timers.day')}</dt>
        <dd>{said(timers.due_within_24_hours)}</dd>
      </dl>
      {timers.capped && <p class="hint">{t('system.timers.capped')}</p>}
    </section>
  );
}

function Failures({ failures }: { failures: readonly FailureRow[] }) {
  return (
    <section class="stack" aria-labelledby="failures">
      <h2 id="failures">{t('system.failures')}</h2>
      {failures.length === 0 ? (
        <p class="hint">{t('system.failures.none')}</p>
      ) : (
        <div class="table-wrap">
          <table class="table table-cards">
            <thead>
              <tr>
                <th scope="col">{t('system.failures.execution')}</th>
                <th scope="col">{t('system.failures.workflow')}</th>
                <th scope="col">{t('system.failures.error')}</th>
                <th scope="col">{t('system.failures.when')}</th>
              </tr>
            </thead>
            <tbody>
              {failures.map((failure) => (
                <Failure key={failure.execution_id} failure={failure} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Failure({ failure }: { failure: FailureRow }) {
  return (
    <tr>
      <td data-label={t('system.failures.execution')}>
        <a class="mono" href={href('/executions/:id', { id: failure.execution_id })}>
          {failure.execution_id}
        </a>
      </td>
      <td data-label={t('system.failures.workflow')}>
        <a href={href('/workflows/:id', { id: failure.workflow_id })}>{failure.workflow_id}</a>
      </td>
      <td data-label={t('system.failures.error')} class="failure-error">
        {failure.error && (
          <span>
            <code>{failure.error.code}</code> {failure.error.message}
          </span>
        )}
      </td>
      <td data-label={t('system.failures.when')}>
        <RelativeTime at={failure.completed_at} />
      </td>
    </tr>
  );
}
