/** Names that a definition gives to its parts, for where it refers to them. */
import { lookup } from './syntax';
import type { Schema } from './hints';

const KINDS: Record<string, keyof Names> = {
  'The id of a step.': 'steps',
  'The id of an intervention point.': 'points',
};

export interface Names {
  steps: { id: string; name: string }[];
  points: { id: string; name: string }[];
}

export function namesIn(document: unknown): Names {
  return {
    steps: named(lookup(document, ['steps'])),
    points: named(lookup(document, ['human_intervention_points'])),
  };
}

function named(list: unknown): { id: string; name: string }[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((each: unknown) => {
    const id = lookup(each, ['id']);
    const name = lookup(each, ['name']);
    return typeof id === 'string' && id !== '' ? [{ id, name: typeof name === 'string' ? name : '' }] : [];
  });
}

/** What a place that refers to a step or an intervention point may say. */
export function referenced(schemas: readonly Schema[], document: unknown): { id: string; name: string }[] {
  const kind = schemas.map(({ description }) => KINDS[description ?? '']).find((each) => each !== undefined);
  return kind ? namesIn(document)[kind] : [];
}
