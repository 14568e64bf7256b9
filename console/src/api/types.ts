/** What the API answers; see docs/openapi.yaml for the meaning of each field. */
import type { Finding } from './problem';

export type ExecutionState =
  | 'pending'
  | 'scheduled'
  | 'running'
  | 'paused'
  | 'waiting_for_event'
  | 'waiting_for_human_intervention'
  | 'completed'
  | 'partially_failed'
  | 'failed'
  | 'canceled'
  | 'timed_out';

export const EXECUTION_STATES: readonly ExecutionState[] = [
  'pending',
  'scheduled',
  'running',
  'paused',
  'waiting_for_event',
  'waiting_for_human_intervention',
  'completed',
  'partially_failed',
  'failed',
  'canceled',
  'timed_out',
];

export type StepState =
  | 'pending'
  | 'scheduled'
  | 'running'
  | 'waiting_for_event'
  | 'waiting_for_timer'
  | 'waiting_for_human_intervention'
  | 'waiting_for_confirmation'
  | 'paused'
  | 'completed'
  | 'skipped'
  | 'failed'
  | 'canceled';

export type AnyState = ExecutionState | StepState | 'not_started';

export const ENDED_EXECUTION: ReadonlySet<string> = new Set([
  'completed',
  'partially_failed',
  'failed',
  'canceled',
  'timed_out',
]);
export const ENDED_STEP: ReadonlySet<string> = new Set(['completed', 'skipped', 'failed', 'canceled']);

export type Priority = 'highest' | 'high' | 'medium' | 'low' | 'lowest';

export interface ConsoleConfig {
  stage: string | null;
  api: string;
  websocket: string | null;
  oidc: OidcConfig | null;
  development_token: boolean;
}

export interface OidcConfig {
  issuer: string;
  client_id: string;
  scopes: string[] | string;
  authorization_endpoint?: string;
  token_endpoint?: string;
}

export interface Failure {
  code: string;
  message: string;
  details?: unknown;
  stack_trace?: string;
}

export interface StatusInfo {
  details: unknown;
  sub_state: string | null;
  progress_percentage: number | null;
  expected_duration: number | null;
  updated_at: string | null;
}

export interface RetryInfo {
  retry_count: number;
  max_retries: number | null;
  next_retry_at: string | null;
  last_error: Failure | null;
}

export interface StepRun {
  step_id: string;
  run_id?: string;
  name: string | null;
  step_type: string | null;
  state: StepState;
  run: number;
  attempts: number;
  retry_info: RetryInfo | null;
  node: string | null;
  started_at: string | null;
  completed_at: string | null;
  input: unknown;
  output: unknown;
  error: Failure | null;
  next_step_ids: string[];
  status_info: StatusInfo;
  branch?: string;
  index?: number;
  child_execution_id?: string;
}

export interface Truncated {
  pointer: string;
  bytes: number;
  rows?: number;
  link?: string;
}

export interface Status {
  execution_id: string;
  workflow_id: string;
  workflow_name: string | null;
  workflow_version: string;
  state: ExecutionState;
  status_info: StatusInfo;
  priority: Priority;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  deadline: string | null;
  input: unknown;
  output: unknown;
  error: Failure | null;
  variables: Record<string, unknown> | null;
  metadata: Record<string, unknown> | null;
  tags: Record<string, string>;
  steps: StepRun[];
  active_steps: StepRun[];
  version: number;
  parent?: { execution_id: string; step_id: string; run_id: string };
  truncated?: Truncated[];
}

export interface ExecutionSummary {
  execution_id: string;
  workflow_id: string;
  workflow_name: string | null;
  workflow_version: string;
  state: ExecutionState;
  priority: Priority;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  duration_ms: number | null;
  error: Failure | null;
  tags: Record<string, string>;
  version: number;
}

export interface Page {
  page_size: number;
  page?: number;
  total?: number;
  next_cursor?: string;
}

export interface ExecutionPage extends Page {
  executions: ExecutionSummary[];
}

export interface HistoryEvent {
  id: string;
  sequence: number;
  timestamp: string;
  execution_id: string;
  workflow_id: string;
  event_type: string;
  step_id: string | null;
  task_id: string | null;
  details: Record<string, unknown>;
  source: string;
}

export interface HistoryPage extends Page {
  execution_id: string;
  events: HistoryEvent[];
}

export interface Controlled {
  execution_id: string;
  step_id?: string;
  state: ExecutionState;
  message: string;
}

export interface WorkflowEntry {
  id: string;
  workflow_id: string;
  name: string;
  version: string;
  description: string | null;
  created_at: string;
  updated_at: string;
}

export interface WorkflowPage extends Page {
  workflows: WorkflowEntry[];
}

export interface Report {
  valid: boolean;
  findings: Finding[];
  statistics?: Record<string, unknown> | null;
}

// --- the graph: chalicelib/visualization/graph.py ---------------------------------------------------------------

export type EdgeKind =
  'normal' | 'decision' | 'error' | 'timeout' | 'deadline' | 'branch' | 'join' | 'compensation' | 'handler';

export interface GraphNode {
  id: string;
  name: string;
  type: string;
  region?: string | null;
  state?: string | null;
  current?: boolean;
  runs?: number;
  counts?: Record<string, number>;
  attempts?: number;
  max_attempts?: number | null;
  next_retry_at?: string | null;
  started_at?: string | null;
  completed_at?: string | null;
  elapsed_ms?: number | null;
  progress_percentage?: number | null;
  details?: string | null;
  error?: { code: string; message: string } | null;
  child_execution_ids?: readonly string[];
  metadata?: Record<string, unknown>;
}

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  kind: EdgeKind;
  label?: string | null;
  condition?: string | null;
  taken?: boolean | null;
}

export interface GraphRegion {
  id: string;
  kind: 'branch' | 'map' | 'sub_workflow';
  owner: string;
  label: string;
  parent?: string | null;
  counts?: Record<string, number>;
  total?: number | null;
}

export interface Graph {
  view_type: 'definition' | 'execution';
  workflow_id: string;
  workflow_name: string;
  workflow_version: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  regions?: readonly GraphRegion[];
  execution_id?: string | null;
  state?: string | null;
  started_at?: string | null;
  completed_at?: string | null;
  elapsed_ms?: number | null;
  omitted?: number;
}

export interface Visualization {
  view_type: string;
  workflow_id: string;
  execution_id?: string | null;
  definition?: Record<string, unknown> | null;
  node_states?: Record<string, string>;
  execution_status?: unknown;
  tasks?: unknown;
  metrics?: unknown;
  graph: Graph;
}
