/** When each step ran: a row a run, in the order of their start. */
import { useState } from 'preact/hooks';

import { bar, marks } from './timeline_scale';
import { ENDED_EXECUTION, type Status, type StepRun } from '../../api/types';
import { EmptyState, StateIcon, stateTone, useNow } from '../../components';
import { TypeIcon } from '../../graph';
import { t, word } from '../../i18n';
import { duration } from '../../i18n/time';

const FIRST_ROWS = 200;

interface Props {
  status: Status;
  selected: string | null;
  onSelect: (step: string, run: string | undefined) => void;
}

export function Timeline({ status, selected, onSelect }: Props) {
  const goesOn = !ENDED_EXECUTION.has(status.state);
  const now = useNow(goesOn);
  const [shown, setShown] = useState(FIRST_ROWS);
  const runs = status.steps
    .filter((run) => run.started_at)
    .sort((one, other) => (one.started_at ?? '').localeCompare(other.started_at ?? ''));
  const start = Date.parse(runs[0]?.started_at ?? status.started_at ?? status.created_at);
  if (!runs.length) return <EmptyState title={t('timeline.empty')} />;
  const ends = runs.map((run) => (run.completed_at ? Date.parse(run.completed_at) : now));
  const end = Math.max(start + 1, ...ends, status.completed_at ? Date.parse(status.completed_at) : 0);
  const length = end - start;
  return (
    <div class="timeline panel">
      <div class="timeline-scale" aria-hidden="true">
        <span />
        <div class="timeline-marks">
          {marks(length).map((at) => (
            <span key={at} class="timeline-mark" style={{ left: `${(at / length) * 100}%` }}>
              {at === 0 ? '0' : duration(at)}
            </span>
          ))}
        </div>
      </div>
      <ol class="timeline-rows" aria-label={t('timeline.label')}>
        {runs.slice(0, shown).map((run) => (
          <Row
            key={run.run_id ?? `${run.step_id}#${run.run}`}
            run={run}
            start={start}
            length={length}
            now={now}
            selected={run.step_id === selected}
            onSelect={onSelect}
          />
        ))}
      </ol>
      {runs.length > shown && (
        <button type="button" class="button" onClick={() => setShown(shown * 3)}>
          {t('timeline.more', { count: runs.length - shown })}
        </button>
      )}
    </div>
  );
}

function Row({
  run,
  start,
  length,
  now,
  selected,
  onSelect,
}: {
  run: StepRun;
  start: number;
  length: number;
  now: number;
  selected: boolean;
  onSelect: Props['onSelect'];
}) {
  const from = Date.parse(run.started_at ?? '');
  const to = run.completed_at ? Date.parse(run.completed_at) : Math.max(now, from);
  const { left, width } = bar(from, to, start, length);
  const place = placeOfLength(left, width);
  return (
    <li>
      <button
        type="button"
        class="timeline-row"
        aria-pressed={selected}
        onClick={() => onSelect(run.step_id, run.run_id)}
      >
        <span class="timeline-name">
          <TypeIcon type={run.step_type ?? ''} size={14} />
          <span class="ellipsis">{nameOf(run)}</span>
        </span>
        <span class="visually-hidden">
          {t('timeline.row', { state: word('state', run.state), offset: duration(from - start) })}
        </span>
        <span class="timeline-track">
          <span
            class={`timeline-bar tone-${stateTone(run.state)} ${run.completed_at ? '' : 'timeline-bar-open'}`}
            style={{ left: `${left}%`, width: `${width}%` }}
          />
          <span class={`timeline-length tone-${stateTone(run.state)} ${place.inside}`} style={place.style}>
            <StateIcon state={run.state} size={13} />
            {duration(to - from)}
          </span>
        </span>
      </button>
    </li>
  );
}

/** Behind the bar, where there is no room before it, else on it. */
function placeOfLength(left: number, width: number): { inside: string; style: Record<string, string> } {
  if (left + width <= 80) return { inside: '', style: { left: `calc(${left + width}% + 4px)` } };
  if (left >= 20) return { inside: '', style: { right: `calc(${100 - left}% + 4px)` } };
  return { inside: 'timeline-length-inside', style: { right: `calc(${100 - left - width}% + 8px)` } };
}

/** A run by the name of its step, and which one it is. */
export function nameOf(run: StepRun): string {
  const which = run.index !== undefined ? ` [${run.index}]` : run.run > 1 ? ` #${run.run}` : '';
  return `${run.name ?? run.step_id}${which}`;
}
