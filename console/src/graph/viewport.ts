/** Zooming, panning and dragging in a stage: D3 does the gestures, the world inside is moved by a transform. */
import { signal, type ReadonlySignal } from '@preact/signals';
import { drag, type D3DragEvent } from 'd3-drag';
import { select, type Selection } from 'd3-selection';
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomBehavior, type ZoomTransform } from 'd3-zoom';

import type { Box, Point } from './layout';

const SMALLEST = 0.03;
const LARGEST = 2.5;
/** Below it, texts cannot be read: the beginning is shown instead of the whole. */
const READABLE = 0.55;
/** What is smaller than this is not shown as a whole at first. */
const RECOGNISABLE = 0.4;
const ROOM = 32;

export interface View {
  transform: ZoomTransform;
  width: number;
  height: number;
}

export interface Handlers {
  /** A step is dragged by so much, in the world's measure. */
  onDrag: (node: string, by: Point) => void;
}

export class Viewport {
  private readonly shown = signal<View>({ transform: zoomIdentity, width: 0, height: 0 });
  readonly view: ReadonlySignal<View> = this.shown;
  private readonly stage: Selection<HTMLElement, unknown, null, undefined>;
  private readonly behaviour: ZoomBehavior<HTMLElement, unknown>;
  private readonly observer: ResizeObserver;
  /** Whether somebody has moved the view: then it stays where it is. */
  isTouched = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly world: HTMLElement,
    handlers: Handlers,
    onResize: () => void,
  ) {
    this.stage = select(element);
    this.behaviour = zoom<HTMLElement, unknown>()
      .scaleExtent([SMALLEST, LARGEST])
      .filter((event: MouseEvent) => !event.button && !(event.target as Element).closest('[data-still]'))
      .on('zoom', (event: D3ZoomEvent<HTMLElement, unknown>) => {
        if (event.sourceEvent) this.isTouched = true;
        this.apply(event.transform);
      });
    this.stage.call(this.dragging(handlers)).call(this.behaviour).on('dblclick.zoom', null);
    this.observer = new ResizeObserver(() => {
      this.apply(this.shown.value.transform);
      onResize();
    });
    this.observer.observe(element);
  }

  private dragging(handlers: Handlers) {
    type Dragged = D3DragEvent<HTMLElement, unknown, { id: string } & Point>;
    return drag<HTMLElement, unknown>()
      .clickDistance(4)
      .subject((event: { sourceEvent: Event; x: number; y: number }) => {
        const node = (event.sourceEvent.target as Element).closest<HTMLElement>('[data-node]');
        return node ? { id: node.dataset['node'] ?? '', x: event.x, y: event.y } : null;
      })
      .on('drag', (event: Dragged) => {
        const { k } = this.shown.value.transform;
        handlers.onDrag(event.subject.id, { x: event.dx / k, y: event.dy / k });
      });
  }

  private apply(transform: ZoomTransform): void {
    this.world.style.transform = `translate(${transform.x}px, ${transform.y}px) scale(${transform.k})`;
    this.element.dataset['zoom'] = transform.k < READABLE ? 'far' : 'near';
    this.shown.value = { transform, width: this.element.clientWidth, height: this.element.clientHeight };
  }

  /** Shows the whole; where that would be too small to read, `first` at a readable size, unless `whole` is wanted. */
  fit(box: { width: number; height: number }, first: Box | undefined, { whole = false } = {}): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height || !box.width || !box.height) return;
    const scale = Math.min(1, (width - 2 * ROOM) / box.width, (height - 2 * ROOM) / box.height);
    this.isTouched = false;
    if (scale < RECOGNISABLE && !whole && first) {
      const k = Math.max(0.8, Math.min(1, (width - 2 * ROOM) / (first.width * 1.5)));
      const y = Math.min(ROOM, height / 3 - (first.y + first.height / 2) * k);
      this.to(zoomIdentity.translate(width / 2 - (first.x + first.width / 2) * k, y).scale(k));
      return;
    }
    const k = Math.max(SMALLEST, scale);
    this.to(
      zoomIdentity.translate((width - box.width * k) / 2, Math.max(ROOM / 2, (height - box.height * k) / 2)).scale(k),
    );
  }

  /** Moves a box into sight if it is not. */
  show(box: Box): void {
    const { transform, width, height } = this.shown.value;
    const [left, top] = transform.apply([box.x, box.y]);
    const [right, bottom] = transform.apply([box.x + box.width, box.y + box.height]);
    if (left >= 0 && top >= 0 && right <= width && bottom <= height) return;
    this.centre({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  }

  centre(point: Point): void {
    const { transform, width, height } = this.shown.value;
    this.isTouched = true;
    this.to(
      zoomIdentity.translate(width / 2 - point.x * transform.k, height / 2 - point.y * transform.k).scale(transform.k),
    );
  }

  zoomBy(factor: number): void {
    this.isTouched = true;
    this.stage.call((stage) => this.behaviour.scaleBy(stage, factor));
  }

  private to(transform: ZoomTransform): void {
    this.stage.call((stage) => this.behaviour.transform(stage, transform));
  }

  end(): void {
    this.observer.disconnect();
    this.stage.on('.zoom', null).on('.drag', null);
  }
}
