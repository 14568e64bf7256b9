/** The whole picture in small, with what is in sight; a click or a drag in it moves there. */
import { useRef } from 'preact/hooks';

import { boxOf, type Moves } from './routes_of_edges';
import type { Layout } from './layout';
import type { Viewport } from './viewport';
import type { Graph } from '../api/types';
import { stateTone } from '../components';

const WIDEST = 180;
const HIGHEST = 130;

export function Minimap({
  graph,
  layout,
  moves,
  viewport,
}: {
  graph: Graph;
  layout: Layout;
  moves: Moves;
  viewport: Viewport;
}) {
  const box = useRef<SVGSVGElement>(null);
  const { transform, width, height } = viewport.view.value;
  const scale = Math.min(WIDEST / layout.width, HIGHEST / layout.height);
  const go = (event: PointerEvent) => {
    if (event.type === 'pointermove' && !(event.buttons & 1)) return;
    const place = box.current?.getBoundingClientRect();
    if (!place) return;
    if (event.type === 'pointerdown') box.current?.setPointerCapture(event.pointerId);
    viewport.centre({ x: (event.clientX - place.left) / scale, y: (event.clientY - place.top) / scale });
  };
  return (
    <div class="minimap" data-still>
      {/* The keyboard has the arrow keys of the picture itself. */}
      <svg
        ref={box}
        aria-hidden="true"
        width={Math.max(12, layout.width * scale)}
        height={layout.height * scale}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        onPointerDown={go}
        onPointerMove={go}
      >
        {graph.nodes.map((node) => {
          const at = boxOf(layout, moves, node.id);
          return (
            at && (
              <rect
                key={node.id}
                class={`minimap-node tone-${stateTone(node.state)}`}
                x={at.x}
                y={at.y}
                width={at.width}
                height={Math.max(at.height, 2 / scale)}
              />
            )
          );
        })}
        <rect
          class="minimap-view"
          x={-transform.x / transform.k}
          y={-transform.y / transform.k}
          width={width / transform.k}
          height={height / transform.k}
          stroke-width={1.5 / scale}
        />
      </svg>
    </div>
  );
}
