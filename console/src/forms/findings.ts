/** What is wrong with what was entered, each at its place. */

import { within } from './pointers';

/** `rule` names a message of the form, with `values` in it; `text` is a message of the server. */
export type Finding = { pointer: string } & (
  { rule: Rule; values?: Record<string, string | number> } | { rule?: never; text: string; warning?: boolean }
);

export type Rule =
  | 'required'
  | 'number'
  | 'integer'
  | 'minimum'
  | 'maximum'
  | 'above'
  | 'under'
  | 'multiple'
  | 'shorter'
  | 'longer'
  | 'pattern'
  | 'datetime'
  | 'duration'
  | 'choice'
  | 'json'
  | 'type'
  | 'fewer'
  | 'more'
  | 'unique'
  | 'undeclared'
  | 'name'
  | 'same_name';

/** A finding as a problem document of the API has it. */
export interface ServerFinding {
  code: string;
  pointer: string;
  message: string;
  hint?: string;
  severity?: string;
}

/** The findings of the server that are about the form, whose value is at `prefix` of the request; and the others. */
export function fromServer(
  errors: readonly ServerFinding[],
  prefix: string,
): { inside: Finding[]; outside: Finding[] } {
  const inside: Finding[] = [];
  const outside: Finding[] = [];
  for (const error of errors) {
    const pointer = within(error.pointer, prefix);
    const text = error.hint ? `${error.message} (${error.hint})` : error.message;
    if (pointer === null) outside.push({ pointer: error.pointer, text });
    else inside.push({ pointer, text });
  }
  return { inside, outside };
}

/** The findings of exactly this place. */
export function at(findings: readonly Finding[], pointer: string): Finding[] {
  return findings.filter((finding) => finding.pointer === pointer);
}

/**
 * The findings with those that no place of the form shows moved to the nearest place above that does, so that none is
 * unseen. `shown` has the pointers of the places.
 */
export function placed(findings: readonly Finding[], shown: ReadonlySet<string>): Finding[] {
  return findings.map((finding) => {
    let pointer = finding.pointer;
    while (pointer !== '' && !shown.has(pointer)) pointer = pointer.slice(0, pointer.lastIndexOf('/'));
    return pointer === finding.pointer ? finding : { ...finding, pointer };
  });
}
