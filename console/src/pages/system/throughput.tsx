/** What started and ended, minute by minute: lines that differ by dashes and marks too, and the same as a table. */
import { useId, useState } from 'preact/hooks';

import { chartOf } from '../../charts/chart';
import { useWidth } from '../../charts/use_width';
import { locale, t } from '../../i18n';
import { highest, nearest, type Point, SERIES, type Series } from './figures';

const HEIGHT = 220;

function clock(time: number | Date): string {
  return new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(time);
}

function total(points: readonly Point[], name: Series): number {
  return points.reduce((sum, point) => sum + point[name], 0);
}

export function Throughput({ points }: { points: readonly Point[] }) {
  const most = highest(points);
  const [chosen, setChosen] = useState<number | null>(null);
  const counts = Object.fromEntries(SERIES.map((name) => [name, total(points, name)])) as Record<Series, number>;
  const busiest = Math.max(...points.map((point) => Math.max(...SERIES.map((name) => point[name]))), 0);
  const text = t('system.throughput.text', { minutes: points.length, most: busiest, ...counts });
  const point = chosen === null ? undefined : points[chosen];
  return (
    <section class="panel stack" aria-labelledby="throughput">
      <div class="spread">
        <h2 id="throughput">{t('system.throughput')}</h2>
        <Legend counts={point ?? counts} title={point ? clock(point.time) : null} />
      </div>
      <Lines points={points} most={most} text={text} chosen={chosen} onChoose={setChosen} />
      {busiest === 0 && <p class="hint">{t('system.throughput.empty')}</p>}
      <details>
        <summary class="hint">{t('system.throughput.table')}</summary>
        <Table points={points} />
      </details>
    </section>
  );
}

function Legend({ counts, title }: { counts: Record<Series, number>; title: string | null }) {
  return (
    <div class="legend" aria-live="off">
      {title !== null && <strong>{title}</strong>}
      {SERIES.map((name) => (
        <span key={name} class="legend-entry">
          <svg width="26" height="10" aria-hidden="true">
            <line x1="1" x2="25" y1="5" y2="5" class={`line line-${name}`} />
          </svg>
          {t(`system.${name}`)} <b>{counts[name]}</b>
        </span>
      ))}
    </div>
  );
}

interface LinesProps {
  points: readonly Point[];
  most: number;
  text: string;
  chosen: number | null;
  onChoose: (index: number | null) => void;
}

function Lines({ points, most, text, chosen, onChoose }: LinesProps) {
  const [box, width] = useWidth<HTMLDivElement>(720);
  const id = useId();
  const chart = chartOf(points, most, { width, height: HEIGHT });
  const { inner } = chart;
  const point = chosen === null ? undefined : points[chosen];
  const over = (event: PointerEvent) => {
    const left = (event.currentTarget as Element).getBoundingClientRect().left;
    onChoose(nearest(points, (event.clientX - left - inner.left) / (inner.right - inner.left)));
  };
  return (
    <div ref={box} class="chart-box">
      <svg
        class="chart"
        width={width}
        height={HEIGHT}
        role="img"
        aria-labelledby={id}
        onPointerMove={over}
        onPointerLeave={() => onChoose(null)}
      >
        <title id={id}>{text}</title>
        {chart.levels.map(({ value, y }) => (
          <g key={value}>
            <line x1={inner.left} x2={inner.right} y1={y} y2={y} class="chart-level" />
            <text x={inner.left - 8} y={y + 4} class="chart-text chart-value">
              {value}
            </text>
          </g>
        ))}
        {chart.times.map(({ time, x }) => (
          <text key={time.getTime()} x={x} y={HEIGHT - 6} class="chart-text chart-time">
            {clock(time)}
          </text>
        ))}
        <path d={chart.area((each) => each.started)} class="area-started" />
        {SERIES.map((name) => (
          <path key={name} d={chart.line((each) => each[name])} class={`line line-${name}`} />
        ))}
        {point && (
          <g>
            <line x1={chart.x(point)} x2={chart.x(point)} y1={inner.top} y2={inner.bottom} class="chart-cursor" />
            {SERIES.map((name) => (
              <circle key={name} cx={chart.x(point)} cy={chart.y(point[name])} r="4" class={`dot dot-${name}`} />
            ))}
          </g>
        )}
      </svg>
      <Slider points={points} chosen={chosen} onChoose={onChoose} />
    </div>
  );
}

/** The same by keyboard: each minute can be looked at, and is said. */
function Slider({ points, chosen, onChoose }: Pick<LinesProps, 'points' | 'chosen' | 'onChoose'>) {
  const index = chosen ?? points.length - 1;
  const point = points[index];
  const said =
    point && `${clock(point.time)}: ${SERIES.map((name) => `${t(`system.${name}`)} ${point[name]}`).join(', ')}`;
  return (
    <input
      type="range"
      class="chart-slider"
      min={0}
      max={Math.max(points.length - 1, 0)}
      value={index}
      aria-label={t('system.throughput.reader')}
      aria-valuetext={said}
      onInput={(event) => onChoose(Number(event.currentTarget.value))}
      onBlur={() => onChoose(null)}
    />
  );
}

function Table({ points }: { points: readonly Point[] }) {
  const rows = points.filter((point) => SERIES.some((name) => point[name] > 0)).reverse();
  return (
    <div class="table-wrap chart-table">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t('system.throughput.minute')}</th>
            {SERIES.map((name) => (
              <th key={name} scope="col" class="number">
                {t(`system.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((point) => (
            <tr key={point.time}>
              <td>{clock(point.time)}</td>
              {SERIES.map((name) => (
                <td key={name} class="number">
                  {point[name]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
