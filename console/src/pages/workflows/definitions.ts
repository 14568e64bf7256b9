/** Definitions as the API gives them, and what is made of them for people. */
import { path } from '../../api/client';
import type { WorkflowEntry, WorkflowPage } from '../../api/types';
import type { TypeDefinition } from '../../forms/declared';
import { api } from '../../session';

export interface Definition extends Record<string, unknown> {
  id: string;
  name: string;
  version: string;
  description?: string | null;
  input_type?: TypeDefinition | null;
  created_at: string;
  updated_at: string;
}

export interface VersionEntry {
  workflow_id: string;
  version: string;
  name: string;
  description: string | null;
  created_at: string;
  is_default: boolean;
}

export interface VersionList {
  workflow_id: string;
  versions: VersionEntry[];
}

const PAGE_SIZE = 500;
const MOST_PAGES = 6;

/** Every workflow, as far as that is reasonable to show; `isCut` if there are more. */
export async function allWorkflows(signal: AbortSignal): Promise<{ workflows: WorkflowEntry[]; isCut: boolean }> {
  const workflows: WorkflowEntry[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found = await api().get<WorkflowPage>('/workflows', { page_size: PAGE_SIZE, cursor }, { signal });
    workflows.push(...found.workflows);
    cursor = found.next_cursor;
    if (!cursor) return { workflows, isCut: false };
  }
  return { workflows, isCut: true };
}

export function definitionOf(id: string, version: string, signal?: AbortSignal): Promise<Definition> {
  const options = signal ? { signal } : {};
  if (version) return api().get<Definition>(path`/workflows/${id}/versions/${version}`, {}, options);
  return api().get<Definition>(path`/workflows/${id}`, {}, options);
}

/** The workflows that have every word of the search in their name, id or description. */
export function matching(workflows: readonly WorkflowEntry[], search: string): WorkflowEntry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return workflows.filter(({ id, name, description }) => {
    const text = `${id}\n${name}\n${description ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A definition as one registers it: without what the service adds, and what says nothing. */
export function plain(definition: Record<string, unknown>): Record<string, unknown> {
  const added = new Set(['created_at', 'updated_at']);
  return Object.fromEntries(Object.entries(definition).filter(([name, value]) => !added.has(name) && value !== null));
}

/** The next version: the last number one higher, `1.2.3` → `1.2.4`, `2.0.0-rc.1` → `2.0.0-rc.2`. */
export function nextVersion(version: string): string {
  const [core = ''] = version.split('+');
  return /\d+$/.test(core) ? core.replace(/\d+$/, (digits) => String(Number(digits) + 1)) : `${core}.1`;
}

/** The text with another version in its first `version:`; the text itself if it has none. */
export function withVersion(text: string, version: string): string {
  const line = /^(\s*"?version"?\s*:\s*)("[^"]*"|'[^']*'|[^\s#,}]+)/m;
  return text.replace(line, (_, before: string, old: string) => {
    const quote = old.startsWith('"') || before.includes('"') ? '"' : old.startsWith("'") ? "'" : '';
    return `${before}${quote}${version}${quote}`;
  });
}
