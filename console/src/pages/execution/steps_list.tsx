/** The steps as a table: what the graph shows, in words. */
import type { Graph, GraphNode } from '../../api/types';
import { Duration, Elapsed, StateBadge } from '../../components';
import { isCounted, TypeIcon } from '../../graph';
import { t, word } from '../../i18n';

interface Props {
  graph: Graph;
  selected: string | null;
  onSelect: (id: string) => void;
}

export function StepsList({ graph, selected, onSelect }: Props) {
  const names = new Map(graph.nodes.map((node) => [node.id, node.name]));
  return (
    <div class="table-wrap">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">{t('step.name')}</th>
            <th scope="col">{t('step.type')}</th>
            <th scope="col">{t('step.state')}</th>
            <th scope="col" class="number">
              {t('step.attempts')}
            </th>
            <th scope="col" class="number">
              {t('execution.elapsed')}
            </th>
            <th scope="col">{t('step.next')}</th>
          </tr>
        </thead>
        <tbody>
          {graph.nodes.map((node) => (
            <tr key={node.id} class={node.id === selected ? 'chosen' : undefined}>
              <td data-label={t('step.name')}>
                <button
                  type="button"
                  class="link-button"
                  aria-pressed={node.id === selected}
                  onClick={() => onSelect(node.id)}
                >
                  {node.name}
                </button>
              </td>
              <td data-label={t('step.type')}>
                <span class="row">
                  <TypeIcon type={node.type} size={15} />
                  {word('step_type', node.type)}
                </span>
              </td>
              <td data-label={t('step.state')}>
                <States node={node} counted={isCounted(node, graph)} />
              </td>
              <td class="number" data-label={t('step.attempts')}>
                {node.attempts ?? 0}
              </td>
              <td class="number" data-label={t('execution.elapsed')}>
                {node.current ? <Elapsed from={node.started_at} /> : <Duration ms={lengthOf(node)} />}
              </td>
              <td data-label={t('step.next')}>
                {graph.edges
                  .filter((edge) => edge.source === node.id && edge.kind !== 'join')
                  .map((edge) => names.get(edge.target) ?? edge.target)
                  .join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function lengthOf(node: GraphNode): number | null {
  if (!node.started_at || !node.completed_at) return node.elapsed_ms ?? null;
  return Date.parse(node.completed_at) - Date.parse(node.started_at);
}

function States({ node, counted }: { node: GraphNode; counted: boolean }) {
  if (counted) {
    return (
      <span class="row">
        {Object.entries(node.counts ?? {}).map(([state, count]) => (
          <StateBadge key={state} state={state} count={count} />
        ))}
      </span>
    );
  }
  return node.state ? <StateBadge state={node.state} /> : null;
}
