/**
 * What stands in a form: for each shape what a person has entered, right or wrong. Any JSON value can be brought into a
 * form and comes out as it was; what does not fit its input stays as JSON text (`raw`).
 */

import { formatJson, isObject, isSame, type Json, type JsonObject, typeOf } from './json';
import type { Field, GroupShape, ListShape, Shape, VariantsShape } from './shapes';

export type Entry =
  | { kind: 'absent' }
  | { kind: 'null' }
  | { kind: 'text'; text: string }
  | { kind: 'flag'; on: boolean }
  | { kind: 'choice'; index: number }
  | GroupEntry
  | ListEntry
  | { kind: 'variant'; index: number; entry: Entry }
  | { kind: 'raw'; text: string };

export interface GroupEntry {
  kind: 'group';
  /** By the index of the field. */
  fields: Entry[];
  extras: Extra[];
}

/** A field that is not declared. `id` tells entries apart while their names change. */
export interface Extra {
  id: number;
  name: string;
  entry: Entry;
}

export interface ListEntry {
  kind: 'list';
  items: { id: number; entry: Entry }[];
}

export const ABSENT: Entry = { kind: 'absent' };

/** A number that no other item of the list has. */
export function nextId(items: readonly { id: number }[]): number {
  return items.reduce((highest, { id }) => Math.max(highest, id), 0) + 1;
}

/** What a new form has for a field: its default, or for a required one an empty input. */
export function blankField(field: Field): Entry {
  if (field.default !== undefined) return entryOf(field.shape, field.default);
  return field.required ? blank(field.shape) : ABSENT;
}

/** The empty input of a shape, ready to be filled in. */
export function blank(shape: Shape): Entry {
  switch (shape.kind) {
    case 'flag':
      return { kind: 'flag', on: false };
    case 'choice':
      return shape.values.length === 1 ? { kind: 'choice', index: 0 } : ABSENT;
    case 'group':
      return { kind: 'group', fields: shape.fields.map(blankField), extras: [] };
    case 'list':
      return { kind: 'list', items: [{ id: 1, entry: blank(shape.items) }] };
    case 'variants':
      return shape.variants[0] ? { kind: 'variant', index: 0, entry: blank(shape.variants[0].shape) } : ABSENT;
    default:
      return ABSENT;
  }
}

/** A value, brought into the form. */
export function entryOf(shape: Shape, value: Json): Entry {
  if (value === null && shape.nullable) return { kind: 'null' };
  return fitting(shape, value) ?? { kind: 'raw', text: formatJson(value) };
}

/** The entry of a value in its own input; `null` if it does not go into that. */
function fitting(shape: Shape, value: Json): Entry | null {
  switch (shape.kind) {
    case 'text':
    case 'datetime':
      return typeof value === 'string' ? { kind: 'text', text: value } : null;
    case 'duration':
      return isObject(value) || typeOf(value) === 'array' ? null : textOf(value, ['string', 'number']);
    case 'number':
      return textOf(value, ['number']);
    case 'flag':
      return typeof value === 'boolean' ? { kind: 'flag', on: value } : null;
    case 'choice':
      return choiceOf(shape.values, value);
    case 'group':
      return isObject(value) ? groupOf(shape, value) : null;
    case 'list':
      return Array.isArray(value) ? listOf(shape, value) : null;
    case 'variants':
      return variantOf(shape, value);
    case 'anything':
      return null;
  }
}

function textOf(value: Json, types: string[]): Entry | null {
  return types.includes(typeOf(value)) ? { kind: 'text', text: String(value) } : null;
}

function choiceOf(values: Json[], value: Json): Entry | null {
  const index = values.findIndex((each) => isSame(each, value));
  return index < 0 ? null : { kind: 'choice', index };
}

function groupOf(shape: GroupShape, value: JsonObject): Entry {
  const names = new Set(shape.fields.map(({ name }) => name));
  const fields = shape.fields.map((field) => {
    const given = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
    return given === undefined ? ABSENT : entryOf(field.shape, given);
  });
  const others = Object.entries(value).filter(([name]) => !names.has(name));
  const extras = others.map(([name, each], index) => ({ id: index + 1, name, entry: entryOfExtra(shape, each) }));
  return { kind: 'group', fields, extras };
}

function entryOfExtra(shape: GroupShape, value: Json): Entry {
  return shape.extra ? entryOf(shape.extra, value) : { kind: 'raw', text: formatJson(value) };
}

function listOf(shape: ListShape, value: Json[]): Entry {
  return { kind: 'list', items: value.map((each, index) => ({ id: index + 1, entry: entryOf(shape.items, each) })) };
}

/** The first variant that takes the value wholly, else the first that takes it at all. */
function variantOf(shape: VariantsShape, value: Json): Entry | null {
  const fits = shape.variants.map(({ shape: each }, index) => ({ index, entry: entryOf(each, value) }));
  const best = fits.find(({ entry }) => !hasRaw(entry)) ?? fits.find(({ entry }) => entry.kind !== 'raw');
  return best ? { kind: 'variant', ...best } : null;
}

function hasRaw(entry: Entry): boolean {
  switch (entry.kind) {
    case 'raw':
      return true;
    case 'group':
      return entry.fields.some(hasRaw) || entry.extras.length > 0;
    case 'list':
      return entry.items.some(({ entry: each }) => hasRaw(each));
    case 'variant':
      return hasRaw(entry.entry);
    default:
      return false;
  }
}
