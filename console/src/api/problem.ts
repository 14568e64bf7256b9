/** What the service says when it refuses: a problem document (RFC 9457). */

export interface Finding {
  code: string;
  pointer: string;
  message: string;
  hint: string;
  severity: 'error' | 'warning';
}

export interface ProblemDocument {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  errors?: Finding[];
  request_id?: string;
  state?: string;
}

/** `status` 0 means that no answer came at all (`code` is then `Unreachable`). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly findings: readonly Finding[];
  readonly requestId: string | undefined;
  readonly state: string | undefined;

  constructor(status: number, document: ProblemDocument) {
    super(document.detail ?? document.title ?? `Status ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.code = document.code ?? (status === 0 ? 'Unreachable' : 'Unexpected');
    this.title = document.title ?? '';
    this.findings = document.errors ?? [];
    this.requestId = document.request_id;
    this.state = document.state;
  }

  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, { code: 'ConsoleError', detail: error instanceof Error ? error.message : String(error) });
}
