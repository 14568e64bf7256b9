/** Texts that were begun and not registered, kept for as long as the tab is open. */
import type { Syntax } from '../../editor/syntax';

export interface Draft {
  text: string;
  syntax: Syntax;
}

/** `id` of the workflow; empty for a new one. */
function nameOf(id: string): string {
  return `weft.draft.${id}`;
}

export function draftOf(id: string): Draft | null {
  try {
    const found: unknown = JSON.parse(window.sessionStorage.getItem(nameOf(id)) ?? 'null');
    return isDraft(found) ? found : null;
  } catch {
    return null;
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const { text, syntax } = value as Partial<Draft>;
  return typeof text === 'string' && (syntax === 'yaml' || syntax === 'json');
}

/** Null forgets it. */
export function keepDraft(id: string, draft: Draft | null): void {
  try {
    if (draft) window.sessionStorage.setItem(nameOf(id), JSON.stringify(draft));
    else window.sessionStorage.removeItem(nameOf(id));
  } catch {
    // Without storage the text lasts as long as its page.
  }
}
