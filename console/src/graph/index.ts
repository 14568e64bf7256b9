/** Drawing a workflow's graph. */
export { GraphView, isCounted } from './graph_view';
export { TypeIcon } from './type_icon';
