/** What a form says: the value of its entries, and what is wrong with them. */

import { type Entry, type Extra, entryOf, type GroupEntry, type ListEntry } from './entries';
import { type Fault, faultsOfList, faultsOfNumber, faultsOfText, isDuration, isNumber, isTimestamp } from './checks';
import type { Finding } from './findings';
import { isObject, isSame, type Json, numberFrom, parseJson } from './json';
import { below } from './pointers';
import type { GroupShape, ListShape, Shape } from './shapes';

/** `value` is as much as can be said of what was entered; undefined where nothing was. */
export interface Reading {
  value: Json | undefined;
  findings: Finding[];
}

/** The value of an entry at `pointer`. One that is absent is a fault if it is `required`. */
export function read(shape: Shape, entry: Entry, required = true, pointer = ''): Reading {
  if (entry.kind === 'absent')
    return required ? fault(undefined, pointer, 'required') : { value: undefined, findings: [] };
  if (entry.kind === 'null') return shape.nullable ? right(null) : fault(null, pointer, 'type', { type: shape.kind });
  if (entry.kind === 'raw') return readRaw(shape, entry.text, pointer);
  switch (shape.kind) {
    case 'text':
    case 'number':
    case 'datetime':
    case 'duration':
      return entry.kind === 'text' ? readText(shape, entry.text, pointer) : mistaken(pointer, shape);
    case 'flag':
      return entry.kind === 'flag' ? right(entry.on) : mistaken(pointer, shape);
    case 'choice':
      return entry.kind === 'choice' ? readChoice(shape.values, entry.index, pointer) : mistaken(pointer, shape);
    case 'group':
      return entry.kind === 'group' ? readGroup(shape, entry, pointer) : mistaken(pointer, shape);
    case 'list':
      return entry.kind === 'list' ? readList(shape, entry, pointer) : mistaken(pointer, shape);
    case 'variants': {
      const variant = entry.kind === 'variant' ? shape.variants[entry.index] : undefined;
      return entry.kind === 'variant' && variant
        ? read(variant.shape, entry.entry, true, pointer)
        : mistaken(pointer, shape);
    }
    case 'anything':
      return mistaken(pointer, shape);
  }
}

function right(value: Json): Reading {
  return { value, findings: [] };
}

function fault(value: Json | undefined, pointer: string, rule: Fault['rule'], values?: Fault['values']): Reading {
  return { value, findings: [{ pointer, rule, ...(values ? { values } : {}) }] };
}

function mistaken(pointer: string, shape: Shape): Reading {
  return fault(undefined, pointer, 'type', { type: shape.kind });
}

function all(value: Json, pointer: string, faults: Fault[]): Reading {
  return { value, findings: faults.map((each) => ({ pointer, ...each })) };
}

/** JSON text: of any value, or of one that does not go into the input of its shape. */
function readRaw(shape: Shape, text: string, pointer: string): Reading {
  if (text.trim() === '') return fault(undefined, pointer, 'required');
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    return fault(undefined, pointer, 'json', { detail: error instanceof Error ? error.message : '' });
  }
  if (shape.kind === 'anything') return right(value);
  if (shape.kind === 'duration' && isSecsAndNanos(value)) return right(value);
  const entry = entryOf(shape, value);
  return entry.kind === 'raw'
    ? fault(value, pointer, ruleOfRaw(shape), { type: shape.kind })
    : read(shape, entry, true, pointer);
}

function ruleOfRaw(shape: Shape): Fault['rule'] {
  if (shape.kind === 'choice') return 'choice';
  return shape.kind === 'duration' ? 'duration' : 'type';
}

function isSecsAndNanos(value: Json): boolean {
  if (!isObject(value) || !Number.isInteger(value['secs']) || Number(value['secs']) < 0) return false;
  return Object.keys(value).every((name) => name === 'secs' || (name === 'nanos' && Number.isInteger(value['nanos'])));
}

function readText(shape: Shape, text: string, pointer: string): Reading {
  switch (shape.kind) {
    case 'number':
      return all(isNumber(text) ? numberFrom(text) : text, pointer, faultsOfNumber(shape, text));
    case 'datetime':
      return isTimestamp(text) ? right(text) : fault(text, pointer, 'datetime');
    case 'duration':
      return readDuration(text, pointer);
    case 'text':
      return all(text, pointer, faultsOfText(shape, text));
    default:
      return right(text);
  }
}

function readDuration(text: string, pointer: string): Reading {
  const trimmed = text.trim();
  if (isNumber(trimmed) && !trimmed.startsWith('-')) return right(numberFrom(trimmed));
  return isDuration(trimmed) ? right(trimmed) : fault(text, pointer, 'duration');
}

function readChoice(values: Json[], index: number, pointer: string): Reading {
  const value = values[index];
  return value === undefined ? fault(undefined, pointer, 'choice') : right(value);
}

function readGroup(shape: GroupShape, entry: GroupEntry, pointer: string): Reading {
  const findings: Finding[] = [];
  const values: [string, Json][] = [];
  shape.fields.forEach((field, index) => {
    const given = entry.fields[index] ?? { kind: 'absent' };
    const reading = read(field.shape, given, field.required, below(pointer, field.name));
    findings.push(...reading.findings);
    if (reading.value !== undefined) values.push([field.name, reading.value]);
  });
  entry.extras.forEach((extra, index) => {
    const reading = readExtra(shape, extra, entry.extras.slice(0, index), pointer);
    findings.push(...reading.findings);
    if (reading.value !== undefined) values.push([extra.name, reading.value]);
  });
  return { value: Object.fromEntries(values), findings };
}

function readExtra(shape: GroupShape, extra: Extra, before: Extra[], pointer: string): Reading {
  const place = below(pointer, extra.name);
  const reading = read(shape.extra ?? { kind: 'anything' }, extra.entry, true, place);
  const taken = [...shape.fields, ...before].some(({ name }) => name === extra.name);
  const own: Finding[] = [];
  if (extra.name === '') own.push({ pointer: place, rule: 'name' });
  else if (taken) own.push({ pointer: place, rule: 'same_name' });
  if (!shape.extra) own.push({ pointer: place, rule: 'undeclared', values: { name: extra.name } });
  return { value: taken ? undefined : reading.value, findings: [...own, ...reading.findings] };
}

function readList(shape: ListShape, entry: ListEntry, pointer: string): Reading {
  const readings = entry.items.map((item, index) => read(shape.items, item.entry, true, below(pointer, index)));
  const value = readings.map((each) => each.value ?? null);
  const own = all(value, pointer, faultsOfList(shape, value));
  return { value, findings: [...own.findings, ...readings.flatMap((each) => each.findings)] };
}

/** Whether the form would say the same with this value, so that there is nothing to bring in. */
export function says(shape: Shape, entry: Entry, value: Json): boolean {
  const own = read(shape, entry).value;
  return own !== undefined && isSame(own, value);
}
