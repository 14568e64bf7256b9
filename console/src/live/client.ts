/**
 * The live connection: one WebSocket for everything that the page watches.
 *
 * Changes are handed on in order and once; a gap is filled by asking again after the last one. A connection that is
 * lost is opened again after a random while, longer each time. Subscriptions are renewed every few minutes, which also
 * shows whether the connection still lives. Where none can be had the watches are told to poll.
 */
import { signal, type ReadonlySignal } from '@preact/signals';

import { isChange, isRefusal, type Message, type Refusal, type View } from './messages';
import { Topic, type Kind, type Watch } from './topic';
import { parseJson } from '../api/json';
import { Problem } from '../api/problem';
import { encodeText } from '../auth/base64url';

export type LiveState = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'polling' | 'offline' | 'refused';

export interface Socket {
  readonly readyState: number;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: { data: unknown }) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  send(data: string): void;
  close(): void;
}

export interface Surroundings {
  /** Null where there is no WebSocket. */
  address: string | null;
  /** A token; null for none; undefined if what proves the caller cannot go over a WebSocket. */
  token: () => Promise<string | null | undefined>;
  open?: (address: string, protocols: string[]) => Socket;
  chance?: () => number;
  isOnline?: () => boolean;
  /** False once it is known that the caller may not watch anything. */
  isAllowed?: () => boolean;
}

const OPEN = 1;
const RENEW_MS = 4 * 60_000;
const ANSWER_WITHIN_MS = 15_000;
const SHORTEST_WAIT_MS = 250;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 3_000;
const POLL_AFTER_FAILURES = 3;
const CLOSE_IDLE_AFTER_MS = 20_000;

type Timer = ReturnType<typeof setTimeout>;

export class LiveClient {
  private readonly shown = signal<LiveState>('idle');
  readonly state: ReadonlySignal<LiveState> = this.shown;
  private readonly topics = new Map<string, Topic>();
  private socket: Socket | null = null;
  /** Counts connections, so that what an earlier one still says is not taken for the present one's. */
  private era = 0;
  private failures = 0;
  private unanswered: Timer | undefined;
  private retry: Timer | undefined;
  private renewal: Timer | undefined;
  private idle: Timer | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly around: Surroundings) {}

  watchExecution(id: string, watch: Watch): () => void {
    return this.watch('execution', id, watch);
  }

  /** Of `*`, what happens to executions of every workflow. */
  watchWorkflow(id: string, watch: Watch): () => void {
    return this.watch('workflow', id, watch);
  }

  private watch(kind: Kind, id: string, watch: Watch): () => void {
    const name = `${kind}:${id}`;
    const topic = this.topics.get(name) ?? new Topic(kind, id);
    const isNew = !this.topics.has(name);
    this.topics.set(name, topic);
    topic.watches.add(watch);
    clearTimeout(this.idle);
    if (this.socket?.readyState === OPEN) {
      // Whoever comes second needs a view too.
      this.ask(isNew ? topic.request() : new Topic(kind, id).request());
    } else if (!this.socket && !this.retry) this.connect();
    return () => this.unwatch(name, watch);
  }

  private unwatch(name: string, watch: Watch): void {
    const topic = this.topics.get(name);
    if (!topic?.watches.delete(watch) || topic.watches.size) return;
    this.topics.delete(name);
    if (this.socket?.readyState === OPEN) {
      this.socket.send(JSON.stringify({ request_type: 'unsubscribe', [`${topic.kind}_id`]: topic.id }));
    }
    if (!this.topics.size) this.idle = setTimeout(() => this.stop(), CLOSE_IDLE_AFTER_MS);
  }

  /** Begins anew: somebody else has signed in, or the network is back. */
  restart(): void {
    this.drop();
    this.failures = 0;
    if (this.topics.size) this.connect();
    else this.stop();
  }

  /** The device lost its network: nothing is tried until `restart`. */
  offline(): void {
    this.drop();
    this.shown.value = this.topics.size ? 'offline' : 'idle';
  }

  stop(): void {
    this.drop();
    this.setPolling(false);
    this.shown.value = 'idle';
  }

  /** Nothing is tried or polled until `restart`. */
  private forbid(): void {
    this.drop();
    this.setPolling(false);
    this.shown.value = 'refused';
  }

  private drop(): void {
    this.era += 1;
    for (const timer of [this.retry, this.renewal, this.unanswered, this.idle]) clearTimeout(timer);
    this.retry = undefined;
    this.unanswered = undefined;
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    for (const topic of this.topics.values()) topic.disconnected();
  }

  private connect(): void {
    this.retry = undefined;
    if (this.around.isAllowed?.() === false) return this.forbid();
    this.era += 1;
    const era = this.era;
    if (this.failures === 0) this.shown.value = this.shown.value === 'polling' ? 'polling' : 'connecting';
    this.around.token().then(
      (token) => era === this.era && this.connectAs(token),
      () => era === this.era && this.lost(),
    );
  }

  private connectAs(token: string | null | undefined): void {
    if (!this.around.address || token === undefined) {
      this.shown.value = 'polling';
      this.setPolling(true);
      return;
    }
    const open = this.around.open ?? ((address, protocols) => new WebSocket(address, protocols) as unknown as Socket);
    const protocols = token ? ['weft', `bearer.${encodeText(token)}`] : ['weft'];
    const socket = open(this.around.address, protocols);
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (event) => this.received(String(event.data));
    socket.onclose = () => this.lost();
  }

  private opened(): void {
    for (const topic of this.topics.values()) this.ask(topic.request());
    this.scheduleRenewal();
    if (!this.topics.size) this.becomeLive();
  }

  private becomeLive(): void {
    this.failures = 0;
    this.setPolling(false);
    this.shown.value = 'live';
  }

  private lost(): void {
    this.drop();
    this.failures += 1;
    if (!this.topics.size) return this.stop();
    if (this.around.isOnline && !this.around.isOnline()) return this.offline();
    const poll = this.failures >= POLL_AFTER_FAILURES;
    this.setPolling(poll);
    this.shown.value = poll ? 'polling' : 'reconnecting';
    const chance = (this.around.chance ?? Math.random)();
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures);
    this.retry = setTimeout(() => this.connect(), SHORTEST_WAIT_MS + chance * most);
  }

  private scheduleRenewal(): void {
    clearTimeout(this.renewal);
    this.renewal = setTimeout(() => {
      for (const topic of this.topics.values()) this.ask(topic.request());
      this.scheduleRenewal();
    }, RENEW_MS);
  }

  private ask(request: Record<string, unknown>): void {
    this.socket?.send(JSON.stringify(request));
    this.unanswered ??= setTimeout(() => this.lost(), ANSWER_WITHIN_MS);
  }

  private received(text: string): void {
    const message = parsed(text);
    clearTimeout(this.unanswered);
    this.unanswered = undefined;
    if (!message) return;
    if (isRefusal(message)) return this.refused(message);
    this.becomeLive();
    for (const topic of [...this.topics.values()]) {
      if (!topic.concerns(message, isChange(message))) continue;
      if (!isChange(message)) this.begun(topic, message);
      else if (topic.take(message) === 'gap') this.ask(topic.request());
    }
  }

  private begun(topic: Topic, view: View): void {
    if (view.request_type === 'subscribe') topic.begin(view);
  }

  /** A token that is over is renewed by connecting again; anything else is for whoever asked. */
  private refused(message: Refusal): void {
    if (message.problem.status === 401) return this.lost();
    const problem = new Problem(message.problem.status ?? 0, message.problem);
    for (const topic of [...this.topics.values()]) {
      if (!topic.concerns(message, false)) continue;
      for (const watch of topic.watches) watch.onProblem?.(problem);
    }
  }

  private setPolling(wanted: boolean): void {
    if (!wanted) {
      clearInterval(this.poll);
      this.poll = undefined;
      return;
    }
    this.poll ??= setInterval(() => {
      if (globalThis.document?.hidden) return;
      for (const topic of this.topics.values()) for (const watch of topic.watches) watch.onPoll?.();
    }, POLL_MS);
  }
}

function parsed(text: string): Message | null {
  try {
    const message: unknown = parseJson(text);
    return typeof message === 'object' && message !== null ? (message as Message) : null;
  } catch {
    return null;
  }
}
