/** What differs between two versions of a definition, in short. */

export interface Changes {
  steps: { added: string[]; removed: string[]; changed: { id: string; fields: string[] }[] };
  transitions: { added: string[]; removed: string[] };
  /** Fields of the document itself, the version apart. */
  fields: string[];
}

type Definition = Record<string, unknown>;

const LEFT_OUT = new Set(['version', 'created_at', 'updated_at', 'steps', 'transitions']);

export function changesBetween(before: Definition, after: Definition): Changes {
  const [old, current] = [stepsOf(before), stepsOf(after)];
  const [from, to] = [transitionsOf(before), transitionsOf(after)];
  return {
    steps: {
      added: [...current.keys()].filter((id) => !old.has(id)),
      removed: [...old.keys()].filter((id) => !current.has(id)),
      changed: [...current].flatMap(([id, step]) => {
        const fields = old.has(id) ? differing(old.get(id) ?? {}, step) : [];
        return fields.length > 0 ? [{ id, fields }] : [];
      }),
    },
    transitions: {
      added: to.filter((each) => !from.includes(each)),
      removed: from.filter((each) => !to.includes(each)),
    },
    fields: differing(before, after).filter((name) => !LEFT_OUT.has(name)),
  };
}

export function isEmpty({ steps, transitions, fields }: Changes): boolean {
  const parts = [steps.added, steps.removed, steps.changed, transitions.added, transitions.removed, fields];
  return parts.every((part) => part.length === 0);
}

function objects(list: unknown): Definition[] {
  return Array.isArray(list)
    ? list.filter((each): each is Definition => typeof each === 'object' && each !== null)
    : [];
}

function stepsOf(definition: Definition): Map<string, Definition> {
  return new Map(objects(definition['steps']).map((step) => [String(step['id']), step]));
}

/** Each as `from → to`, with its condition: one whose condition changed is another one. */
function transitionsOf(definition: Definition): string[] {
  return objects(definition['transitions']).map((each) => {
    const [from, to] = [each['from_step_id'] ?? each['from'], each['to_step_id'] ?? each['to']];
    const condition = each['condition'];
    return `${String(from)} → ${String(to)}${typeof condition === 'string' ? ` (${condition})` : ''}`;
  });
}

function differing(before: Definition, after: Definition): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter((name) => canonical(before[name] ?? null) !== canonical(after[name] ?? null));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
  return `{${entries
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`)
    .join()}}`;
}
