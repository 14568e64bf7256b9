/** Steps that follow each other without a choice: a long graph is mostly such chains, and each is laid out as one box. */

export interface Link {
  from: string;
  to: string;
  labelled: boolean;
}

/** The chains of a level, each in order; a step that stands alone is a chain of one. */
export function chainsOf(ids: readonly string[], links: readonly Link[]): string[][] {
  const out = counted(links.map((link) => link.from));
  const into = counted(links.map((link) => link.to));
  const next = new Map<string, string>();
  const hasBefore = new Set<string>();
  for (const { from, to, labelled } of links) {
    if (labelled || from === to || out.get(from) !== 1 || into.get(to) !== 1) continue;
    next.set(from, to);
    hasBefore.add(to);
  }
  const chains: string[][] = [];
  const seen = new Set<string>();
  // Those that nothing leads to begin a chain; what is left then goes round in a ring, which begins anywhere.
  for (const first of [...ids.filter((id) => !hasBefore.has(id)), ...ids]) {
    const chain: string[] = [];
    for (let id: string | undefined = first; id !== undefined && !seen.has(id); id = next.get(id)) {
      seen.add(id);
      chain.push(id);
    }
    if (chain.length) chains.push(chain);
  }
  return chains;
}

function counted(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
