/** One step in the picture. */
import { RotateCw } from 'lucide-preact';
import { memo } from './memo';
import { isRound, type Box } from './layout';
import { TypeIcon } from './type_icon';
import type { GraphNode } from '../api/types';
import { Duration, Elapsed, StateIcon, stateTone } from '../components';
import { t, word } from '../i18n';

interface Props {
  node: GraphNode;
  box: Box;
  selected: boolean;
  /** Whether the tab key stops here. */
  stop: boolean;
  /** Its runs by state, where one state does not say it all. */
  counted: boolean;
  language: string;
}

export const NodeCard = memo(function NodeCard({ node, box, selected, stop, counted }: Props) {
  const state = node.state ?? null;
  const round = isRound(node.type);
  return (
    <button
      type="button"
      class={`graph-node tone-${stateTone(state)} ${round ? 'graph-node-round' : ''} ${node.current ? 'graph-node-current' : ''}`}
      style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` }}
      data-node={node.id}
      data-state={state ?? undefined}
      aria-pressed={selected}
      tabIndex={stop ? 0 : -1}
    >
      <span class="graph-node-name">
        <TypeIcon type={node.type} size={15} />
        <span class="ellipsis">{node.name}</span>
        <span class="visually-hidden">, {word('step_type', node.type)}</span>
        {round && state && <StateIcon state={state} size={15} />}
        {round && state && <span class="visually-hidden">, {word('state', state)}</span>}
      </span>
      {!round && state && (counted ? <Counts counts={node.counts ?? {}} /> : <State node={node} state={state} />)}
      {!round && !state && <span class="graph-node-state graph-node-type">{word('step_type', node.type)}</span>}
      {node.error && <span class="visually-hidden">, {node.error.message}</span>}
      {node.progress_percentage !== null && node.progress_percentage !== undefined && node.current && (
        <span class="graph-progress">
          <span class="graph-progress-bar" style={{ width: `${Math.min(100, node.progress_percentage)}%` }} />
        </span>
      )}
    </button>
  );
}, sameCard);

function sameCard(before: Props, after: Props): boolean {
  return (
    before.selected === after.selected &&
    before.stop === after.stop &&
    before.counted === after.counted &&
    before.language === after.language &&
    before.box.x === after.box.x &&
    before.box.y === after.box.y &&
    before.box.width === after.box.width &&
    (before.node === after.node || lookOf(before.node) === lookOf(after.node))
  );
}

function lookOf(node: GraphNode): string {
  // What passes with the clock is drawn by the clock.
  const { elapsed_ms: elapsed, ...look } = node;
  return JSON.stringify(node.current ? look : { ...look, elapsed });
}

function State({ node, state }: { node: GraphNode; state: string }) {
  const attempts = node.attempts ?? 0;
  return (
    <span class="graph-node-state">
      <StateIcon state={state} size={14} />
      <span class="ellipsis">{word('state', state)}</span>
      <span class="graph-node-facts">
        {attempts > 1 && (
          <span class="graph-node-retries" title={t('graph.attempts', { count: attempts })}>
            <RotateCw size={11} aria-hidden="true" />
            {node.max_attempts ? `${attempts}/${node.max_attempts}` : attempts}
          </span>
        )}
        {(node.runs ?? 0) > 1 && <span class="graph-node-runs">×{node.runs}</span>}
        {node.current && node.progress_percentage !== null && node.progress_percentage !== undefined && (
          <span>{Math.round(node.progress_percentage)} %</span>
        )}
        {node.started_at && (
          <span class="graph-node-time">
            {node.completed_at ? <Duration ms={lengthOf(node)} /> : <Elapsed from={node.started_at} />}
          </span>
        )}
      </span>
    </span>
  );
}

function lengthOf(node: GraphNode): number | null {
  if (node.elapsed_ms !== null && node.elapsed_ms !== undefined) return node.elapsed_ms;
  return node.started_at && node.completed_at ? Date.parse(node.completed_at) - Date.parse(node.started_at) : null;
}

export function Counts({ counts }: { counts: Record<string, number> }) {
  const shown = Object.entries(counts).filter(([, count]) => count > 0);
  return (
    <span class="graph-counts">
      {shown.map(([state, count]) => (
        <span key={state} class={`graph-count tone-${stateTone(state)}`} title={word('state', state)}>
          <StateIcon state={state} size={12} />
          {count}
          <span class="visually-hidden"> {word('state', state)}</span>
        </span>
      ))}
    </span>
  );
}
