/** The picture of a workflow or an execution, and the ways to move in it. */
import { Map as MapIcon, Maximize, Minus, Plus, RotateCcw } from 'lucide-preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { EDGE_OF_PICTURE, layOut, type Box, type Input, type Layout, type Point } from './layout';
import { isSmall, laidOut, shapeOf } from './laying_out';
import { Minimap } from './minimap';
import { Counts, NodeCard } from './node_card';
import { boxOf, lineOf, type Moves } from './routes_of_edges';
import { Viewport } from './viewport';
import { directionOf, neighbour } from './walking';
import type { Graph, GraphEdge, GraphNode, GraphRegion } from '../api/types';
import { ErrorPanel, Loading } from '../components';
import { language, t } from '../i18n';

interface Props {
  graph: Graph;
  selected?: string | null;
  onSelect?: (id: string) => void;
}

const ZOOM_STEP = 1.3;
const MINIMAP_FROM = 24;
/** Of a larger graph what is in sight is drawn first, and the rest a moment later. */
const DRAWN_AT_ONCE = 150;
const IN_SIGHT = 1_600;

export function GraphView({ graph, selected = null, onSelect }: Props) {
  const input: Input = useMemo(
    () => ({ nodes: graph.nodes, edges: graph.edges, regions: graph.regions ?? [] }),
    [graph],
  );
  const shape = useMemo(() => shapeOf(input), [input]);
  const { layout, failure } = useLayout(input, shape);
  if (failure) return <ErrorPanel error={failure} />;
  if (!layout) return <Loading />;
  return <Picture key={shape} graph={graph} layout={layout} selected={selected} onSelect={onSelect} />;
}

/** A small graph has its layout with the first picture; a large one a moment later. The last one stays until then. */
function useLayout(input: Input, shape: string): { layout: Layout | null; failure: unknown } {
  const [later, setLater] = useState<{ shape: string; layout: Layout | null; failure: unknown }>();
  const small = isSmall(input);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the shape is what the layout depends on
  const atOnce = useMemo(() => (small ? layOut(input) : null), [shape]);
  useEffect(() => {
    if (small) return;
    let gone = false;
    laidOut(input).then(
      (layout) => !gone && setLater({ shape, layout, failure: null }),
      (failure: unknown) => !gone && setLater({ shape, layout: null, failure }),
    );
    return () => {
      gone = true;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- as above
  }, [shape]);
  if (small) return { layout: atOnce, failure: null };
  return later?.shape === shape ? later : { layout: null, failure: null };
}

function Picture({
  graph,
  layout,
  selected,
  onSelect,
}: Required<Pick<Props, 'graph'>> & {
  layout: Layout;
  selected: string | null;
  onSelect: Props['onSelect'];
}) {
  const stage = useRef<HTMLDivElement>(null);
  const world = useRef<HTMLDivElement>(null);
  /** The box of the selected step, for when the stage changes its size. */
  const shown = useRef<Box | undefined>(undefined);
  const [viewport, setViewport] = useState<Viewport | null>(null);
  const [moves, setMoves] = useState<Moves>({});
  const [minimap, setMinimap] = useState(graph.nodes.length >= MINIMAP_FROM);
  const [focused, setFocused] = useState<string | null>(null);
  const first = useMemo(() => firstSeen(graph, layout), [layout]); // eslint-disable-line react-hooks/exhaustive-deps -- when the picture is new

  useEffect(() => {
    if (!stage.current || !world.current) return;
    const made: Viewport = new Viewport(
      stage.current,
      world.current,
      {
        onDrag: (id, by) =>
          setMoves((before) => {
            const at = before[id] ?? { x: 0, y: 0 };
            return { ...before, [id]: { x: at.x + by.x, y: at.y + by.y } };
          }),
      },
      () => {
        if (!made.isTouched) made.fit(layout, first);
        const chosen = shown.current;
        if (chosen) made.show(chosen);
      },
    );
    made.fit(layout, first);
    setViewport(made);
    return () => made.end();
  }, [layout, first]);

  const [whole, setWhole] = useState(graph.nodes.length <= DRAWN_AT_ONCE);
  useEffect(() => {
    const timer = setTimeout(() => setWhole(true), 30);
    return () => clearTimeout(timer);
  }, []);

  const boxes = useMemo(() => boxesOf(graph, layout, moves), [graph, layout, moves]);
  const isDrawn = (id: string) => whole || isNear(boxes[id], first);
  const stop =
    focused && boxes[focused] ? focused : selected && boxes[selected] ? selected : (graph.nodes[0]?.id ?? null);

  useEffect(() => {
    const box = selected === null ? undefined : boxes[selected];
    if (box) viewport?.show(box);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- when another is chosen, not when it is moved
  }, [viewport, selected]);

  const goTo = (id: string | undefined) => {
    const box = id === undefined ? undefined : boxes[id];
    if (id === undefined || !box) return;
    setFocused(id);
    viewport?.show(box);
    stage.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = directionOf(event.key);
    if (direction && stop) goTo(neighbour(boxes, stop, direction));
    else if (event.key === 'Home') goTo(graph.nodes[0]?.id);
    else if (event.key === 'End') goTo(graph.nodes.at(-1)?.id);
    else if (event.key === '+' || event.key === '=') viewport?.zoomBy(ZOOM_STEP);
    else if (event.key === '-') viewport?.zoomBy(1 / ZOOM_STEP);
    else if (event.key === '0') viewport?.fit(layout, first, { whole: true });
    else return;
    event.preventDefault();
  };
  const clicked = (event: MouseEvent) => {
    const id = (event.target as Element).closest<HTMLElement>('[data-node]')?.dataset['node'];
    if (id !== undefined) onSelect?.(id);
  };
  const focusedIn = (event: FocusEvent) => {
    const id = (event.target as Element).closest<HTMLElement>('[data-node]')?.dataset['node'];
    if (id === undefined) return;
    setFocused(id);
    // The browser scrolls what has the focus into sight; here the view moves instead.
    stage.current?.scrollTo(0, 0);
    const box = boxes[id];
    if (box && (event.target as Element).matches(':focus-visible')) viewport?.show(box);
  };
  const room = { width: `${layout.width}px`, height: `${layout.height}px` };
  return (
    <div class="graph">
      {/* The keys and clicks are those of the buttons inside, which come and go. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- as said */}
      <div
        class="graph-stage"
        ref={stage}
        role="group"
        aria-label={t('graph.label', { name: graph.workflow_name })}
        aria-describedby="graph-keys"
        onKeyDown={pressed}
        onClick={clicked}
        onFocusIn={focusedIn}
        onScroll={() => stage.current?.scrollTo(0, 0)}
      >
        <div class="graph-world" ref={world} style={room}>
          <Regions graph={graph} layout={layout} />
          <Edges edges={graph.edges.filter((edge) => isDrawn(edge.source))} layout={layout} moves={moves} />
          {graph.nodes.map((node) => {
            const box = boxes[node.id];
            return (
              box &&
              isDrawn(node.id) && (
                <NodeCard
                  key={node.id}
                  node={node}
                  box={box}
                  selected={node.id === selected}
                  stop={node.id === stop}
                  counted={isCounted(node, graph)}
                  language={language.value}
                />
              )
            );
          })}
        </div>
      </div>
      <p id="graph-keys" class="visually-hidden">
        {t('graph.keys')}
      </p>
      <div class="graph-tools" role="toolbar" aria-label={t('graph.tools')}>
        <Tool label={t('graph.zoom_in')} onClick={() => viewport?.zoomBy(ZOOM_STEP)} Icon={Plus} />
        <Tool label={t('graph.zoom_out')} onClick={() => viewport?.zoomBy(1 / ZOOM_STEP)} Icon={Minus} />
        <Tool label={t('graph.fit')} onClick={() => viewport?.fit(layout, first, { whole: true })} Icon={Maximize} />
        <Tool label={t('graph.minimap')} pressed={minimap} onClick={() => setMinimap(!minimap)} Icon={MapIcon} />
        {Object.keys(moves).length > 0 && (
          <Tool label={t('graph.reset')} onClick={() => setMoves({})} Icon={RotateCcw} />
        )}
      </div>
      {minimap && viewport && <Minimap graph={graph} layout={layout} moves={moves} viewport={viewport} />}
      {Boolean(graph.omitted) && <p class="graph-omitted">{t('graph.omitted', { count: graph.omitted ?? 0 })}</p>}
    </div>
  );
}

function Tool({
  label,
  pressed,
  onClick,
  Icon,
}: {
  label: string;
  pressed?: boolean;
  onClick: () => void;
  Icon: typeof Plus;
}) {
  return (
    <button
      type="button"
      class="button button-icon"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon size={17} aria-hidden="true" />
    </button>
  );
}

function boxesOf(graph: Graph, layout: Layout, moves: Moves): Record<string, Box> {
  const boxes: Record<string, Box> = {};
  for (const { id } of graph.nodes) {
    const box = boxOf(layout, moves, id);
    if (box) boxes[id] = box;
  }
  return boxes;
}

function isNear(box: Box | undefined, other: Box | undefined): boolean {
  return !box || !other || Math.max(Math.abs(box.x - other.x), Math.abs(box.y - other.y)) < IN_SIGHT;
}

/** What to begin with where the whole is too large: a step that is at work, else one that failed, else the start. */
function firstSeen(graph: Graph, layout: Layout): Box | undefined {
  const found =
    graph.nodes.find((node) => node.current) ?? graph.nodes.find((node) => node.state === 'failed') ?? graph.nodes[0];
  return found && layout.nodes[found.id];
}

/** Inside a map a step has many runs at a time, which one state cannot say. */
export function isCounted(node: GraphNode, graph: Graph): boolean {
  const counts = Object.values(node.counts ?? {});
  if (counts.reduce((sum, each) => sum + each, 0) < 2) return false;
  const around = graph.regions?.find((region) => region.id === node.region);
  return around?.kind === 'map' || counts.length > 1;
}

function Regions({ graph, layout }: { graph: Graph; layout: Layout }) {
  return (
    <>
      {Object.entries(layout.groups).map(([id, box]) => (
        <div key={id} class="graph-group" style={placed(box)} />
      ))}
      {(graph.regions ?? []).map((region) => {
        const box = layout.regions[region.id];
        return box && <RegionBox key={region.id} region={region} box={box} />;
      })}
    </>
  );
}

function RegionBox({ region, box }: { region: GraphRegion; box: Box }) {
  return (
    <div class={`graph-region graph-region-${region.kind}`} style={placed(box)} data-region={region.id}>
      <span class="graph-region-label ellipsis" title={region.label}>
        {region.label}
      </span>
      {region.kind === 'map' && Boolean(region.total) && (
        <span class="graph-region-counts">
          <Counts counts={region.counts ?? {}} />
          <span>{t('graph.items', { count: region.total ?? 0 })}</span>
        </span>
      )}
    </div>
  );
}

function placed(box: Box) {
  return { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` };
}

function Edges({ edges, layout, moves }: { edges: readonly GraphEdge[]; layout: Layout; moves: Moves }) {
  const lines = edges.flatMap((edge) => {
    const line = lineOf(edge, layout, moves);
    return line ? [{ edge, line }] : [];
  });
  // What was taken lies above what was not.
  lines.sort((one, other) => Number(one.edge.taken ?? false) - Number(other.edge.taken ?? false));
  return (
    <>
      <svg
        class="graph-edges"
        width={layout.width + EDGE_OF_PICTURE}
        height={layout.height + EDGE_OF_PICTURE}
        aria-hidden="true"
      >
        <defs>
          {['plain', 'taken', 'bad', 'pale'].map((look) => (
            <marker
              key={look}
              id={`arrow-${look}`}
              viewBox="0 0 10 10"
              refX="8.5"
              refY="5"
              markerWidth="8"
              markerHeight="8"
              markerUnits="userSpaceOnUse"
              orient="auto-start-reverse"
            >
              <path d="M0 0L10 5L0 10z" class={`graph-arrow graph-arrow-${look}`} />
            </marker>
          ))}
        </defs>
        {lines.map(({ edge, line }) => (
          <path
            key={edge.id}
            class={`graph-edge graph-edge-${edge.kind} graph-edge-${lookOf(edge)}`}
            d={line.path}
            marker-end={edge.kind === 'join' ? undefined : `url(#arrow-${lookOf(edge)})`}
          />
        ))}
      </svg>
      {lines.map(({ edge, line }) => edge.label && line.label && <Label key={edge.id} edge={edge} at={line.label} />)}
    </>
  );
}

function Label({ edge, at }: { edge: GraphEdge; at: Point }) {
  return (
    <span
      class={`graph-label graph-label-${lookOf(edge)}`}
      style={{ left: `${at.x}px`, top: `${at.y}px` }}
      title={edge.condition ?? edge.label ?? undefined}
    >
      {edge.label}
    </span>
  );
}

type Look = 'plain' | 'taken' | 'bad' | 'pale';

/** A way that was gone stands out; one that was not is pale; of a definition alone all are plain. */
function lookOf(edge: GraphEdge): Look {
  const forTrouble = edge.kind === 'error' || edge.kind === 'timeout' || edge.kind === 'deadline';
  if (edge.taken) return forTrouble ? 'bad' : 'taken';
  return edge.taken === false ? 'pale' : 'plain';
}
