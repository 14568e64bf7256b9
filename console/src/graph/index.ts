/** Drawing a workflow's graph. */
export { GraphView, isCounted } from './graph_view';
export { warmUp } from './laying_out';
export { TypeIcon } from './type_icon';
