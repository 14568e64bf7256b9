/** The places that a form shows: where a finding can stand. */
import type { Entry } from './entries';
import { below } from './pointers';
import type { Shape } from './shapes';

export function placesOf(shape: Shape, entry: Entry, pointer = ''): string[] {
  const own = [pointer];
  if (shape.kind === 'group' && entry.kind === 'group') {
    const fields = shape.fields.flatMap((field, index) =>
      placesOf(field.shape, entry.fields[index] ?? { kind: 'absent' }, below(pointer, field.name)),
    );
    const extras = entry.extras.flatMap((extra) =>
      placesOf(shape.extra ?? { kind: 'anything' }, extra.entry, below(pointer, extra.name)),
    );
    return [...own, ...fields, ...extras];
  }
  if (shape.kind === 'list' && entry.kind === 'list') {
    return [...own, ...entry.items.flatMap((item, index) => placesOf(shape.items, item.entry, below(pointer, index)))];
  }
  const variant = shape.kind === 'variants' && entry.kind === 'variant' ? shape.variants[entry.index] : undefined;
  return variant && entry.kind === 'variant' ? placesOf(variant.shape, entry.entry, pointer) : own;
}
