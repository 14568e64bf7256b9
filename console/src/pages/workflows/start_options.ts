/** What can be said about an execution beside its input, when it is started. */
import { fromLocal } from '../../forms/instants';

export interface Options {
  execution_id: string;
  version: string;
  priority: string;
  /** As the input for local times has it. */
  deadline: string;
  /** `name=value`, one a line. */
  tags: string;
}

export const NO_OPTIONS: Options = { execution_id: '', version: '', priority: '', deadline: '', tags: '' };

const EXECUTION_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

export function isExecutionId(text: string): boolean {
  return EXECUTION_ID.test(text) && text !== 'control';
}

/** The tags, and the number of the first line that is none; empty lines do not count. */
export function tagsOf(text: string): { tags: Record<string, string>; wrongLine: number | null } {
  const entries: [string, string][] = [];
  let wrongLine: number | null = null;
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const mark = line.indexOf('=');
    if (mark <= 0) wrongLine ??= index + 1;
    else entries.push([line.slice(0, mark).trim(), line.slice(mark + 1).trim()]);
  });
  return { tags: Object.fromEntries(entries), wrongLine };
}

/** The body of the request; `input` is as the client takes it. */
export function envelopeOf(input: unknown, options: Options): Record<string, unknown> {
  const { tags } = tagsOf(options.tags);
  const deadline = fromLocal(options.deadline);
  return {
    input,
    ...(options.execution_id ? { execution_id: options.execution_id } : {}),
    ...(options.version ? { version: options.version } : {}),
    ...(options.priority ? { priority: options.priority } : {}),
    ...(deadline ? { deadline } : {}),
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
  };
}
