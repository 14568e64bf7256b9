/** Lays out large graphs beside the page, which stays quick meanwhile. */
import { layOut, type Input } from './layout';

self.onmessage = (event: MessageEvent<{ id: number; input: Input }>) => {
  const { id, input } = event.data;
  try {
    self.postMessage({ id, layout: layOut(input) });
  } catch (error) {
    self.postMessage({ id, failure: String(error) });
  }
};
