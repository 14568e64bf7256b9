import { describe, expect, it } from 'vitest';

import { ABSENT, blank, type Entry, entryOf, nextId } from '../../src/forms/entries';
import { formatJson, type Json, parseJson } from '../../src/forms/json';
import { read, says } from '../../src/forms/reading';
import { ANYTHING, type Field, type Shape } from '../../src/forms/shapes';

const field = (name: string, shape: Shape, more: Partial<Field> = {}): Field => ({
  name,
  label: name,
  required: false,
  shape,
  ...more,
});
const group = (fields: Field[], extra: Shape | null = ANYTHING): Shape => ({
  kind: 'group',
  fields,
  extra,
  open: false,
});
const ORDER = group([
  field('id', { kind: 'text' }, { required: true }),
  field('express', { kind: 'flag' }, { default: false }),
  field('size', { kind: 'choice', values: ['s', 5, null] }),
  field('lines', {
    kind: 'list',
    items: group([field('price', { kind: 'number', integer: false }, { required: true })]),
  }),
  field('due', { kind: 'datetime' }),
  field('wait', { kind: 'duration' }),
  field('more', ANYTHING),
]);
const text = (value: string): Entry => ({ kind: 'text', text: value });
const raw = (value: string): Entry => ({ kind: 'raw', text: value });

describe('a new form', () => {
  it('has defaults and leaves out what need not be there', () => {
    const reading = read(ORDER, blank(ORDER));

    expect(reading).toEqual({ value: { express: false }, findings: [{ pointer: '/id', rule: 'required' }] });
  });

  it('has one empty item in a list that is required, and the only value of a constant', () => {
    const shape = group([
      field('lines', { kind: 'list', items: { kind: 'text' } }, { required: true }),
      field('kind', { kind: 'choice', values: ['x'] }, { required: true }),
      field('v', { kind: 'variants', variants: [{ title: 'a', shape: { kind: 'flag' } }] }, { required: true }),
      field('none', { kind: 'variants', variants: [] }, { required: true }),
    ]);

    const reading = read(shape, blank(shape));

    expect(reading.value).toEqual({ lines: [null], kind: 'x', v: false });
    expect(reading.findings.map(({ pointer }) => pointer)).toEqual(['/lines/0', '/none']);
  });
});

describe('a value brought into a form', () => {
  it.each<[string, Json]>([
    ['a whole order', { id: 'o', express: true, size: 5, lines: [{ price: 1.5 }], due: '2030-01-31T09:00:00Z' }],
    ['nothing', {}],
    [
      'values of other types',
      { id: 5, express: 'yes', size: 'xl', lines: {}, due: 7, wait: [], more: [1, { a: null }] },
    ],
    ['an empty text', { id: '' }],
    ['fields that are not declared', { id: 'o', other: { deep: [true] }, __proto__x: 1 }],
    ['durations in every form', { wait: 90 }],
    ['a duration in parts', { wait: { secs: 5, nanos: 1 } }],
    ['a null', { size: null, more: null }],
    ['no object at all', [1, 2]],
  ])('comes out as it was: %s', (_, value) => {
    const entry = entryOf(ORDER, value);

    expect(read(ORDER, entry).value).toEqual(value);
    expect(says(ORDER, entry, value)).toBe(true);
  });

  it('keeps every digit of a number', () => {
    const value = parseJson('{"id": "o", "lines": [{"price": 12345678901234567890.10}]}');

    const reading = read(ORDER, entryOf(ORDER, value));

    expect(formatJson(reading.value ?? null, 0)).toBe('{"id":"o","lines":[{"price":12345678901234567890.10}]}');
    expect(reading.findings).toEqual([]);
  });

  it('keeps a name that means something to JavaScript', () => {
    const value = parseJson('{"id": "o", "constructor": 1, "toString": 2}');

    expect(formatJson(read(ORDER, entryOf(ORDER, value)).value ?? null, 0)).toBe(
      '{"id":"o","constructor":1,"toString":2}',
    );
  });

  it('is taken by the variant that fits it', () => {
    const shape: Shape = {
      kind: 'variants',
      nullable: true,
      variants: [
        { title: 'card', shape: group([field('card', { kind: 'text' })], null) },
        { title: 'bill', shape: group([field('bill', { kind: 'text' })], null) },
      ],
    };

    expect(entryOf(shape, { bill: 'b' })).toMatchObject({ kind: 'variant', index: 1 });
    expect(entryOf(shape, { other: 'b' })).toMatchObject({ kind: 'variant', index: 0 });
    expect(entryOf(shape, null)).toEqual({ kind: 'null' });
    expect(entryOf(shape, 5)).toMatchObject({ kind: 'raw' });
    expect(read(shape, entryOf(shape, { bill: 'b' }))).toEqual({ value: { bill: 'b' }, findings: [] });
  });
});

describe('what is wrong with an entry', () => {
  it.each<[string, Shape, Entry, string | undefined]>([
    ['a number that is none', { kind: 'number', integer: false }, text('1,5'), 'number'],
    ['a fraction for a whole number', { kind: 'number', integer: true }, text('1.5'), 'integer'],
    ['a whole number with a point', { kind: 'number', integer: true }, text('5.0'), undefined],
    ['a number too small', { kind: 'number', integer: true, minimum: 3 }, text('2'), 'minimum'],
    ['a number too large', { kind: 'number', integer: true, maximum: 3 }, text('4'), 'maximum'],
    ['a number not above', { kind: 'number', integer: true, exclusiveMinimum: 3 }, text('3'), 'above'],
    ['a number not below', { kind: 'number', integer: true, exclusiveMaximum: 3 }, text('3'), 'under'],
    ['no multiple', { kind: 'number', integer: false, multipleOf: 0.1 }, text('0.35'), 'multiple'],
    ['a multiple', { kind: 'number', integer: false, multipleOf: 0.1 }, text('0.3'), undefined],
    ['a text too short', { kind: 'text', minLength: 2 }, text('😀'), 'shorter'],
    ['a text too long', { kind: 'text', maxLength: 1 }, text('ab'), 'longer'],
    ['a text that does not match', { kind: 'text', pattern: '^a' }, text('b'), 'pattern'],
    ['a pattern this browser cannot read', { kind: 'text', pattern: '(?P<n>a)' }, text('b'), undefined],
    ['a day that is not', { kind: 'datetime' }, text('2030-02-30T09:00:00Z'), 'datetime'],
    ['a time without an offset', { kind: 'datetime' }, text('2030-02-28T09:00:00'), 'datetime'],
    ['a leap day', { kind: 'datetime' }, text('2032-02-29T09:00:00.5+08:00'), undefined],
    ['no duration', { kind: 'duration' }, text('a while'), 'duration'],
    ['a negative duration', { kind: 'duration' }, text('-5'), 'duration'],
    ['a duration', { kind: 'duration' }, text('P2DT12H'), undefined],
    ['an empty duration', { kind: 'duration' }, text('P'), 'duration'],
    ['a duration as a list', { kind: 'duration' }, raw('[]'), 'duration'],
    ['a duration in odd parts', { kind: 'duration' }, raw('{"secs": 5, "more": 1}'), 'duration'],
    ['no JSON', ANYTHING, raw('{'), 'json'],
    ['the same key twice', ANYTHING, raw('{"a": 1, "a": 2}'), 'json'],
    ['empty JSON', ANYTHING, raw('  '), 'required'],
    ['an entry of another shape', { kind: 'flag' }, text('x'), 'type'],
    ['JSON of another type', { kind: 'flag' }, raw('"x"'), 'type'],
    ['JSON that fits after all', { kind: 'flag' }, raw('true'), undefined],
    ['a value that cannot be chosen', { kind: 'choice', values: ['a'] }, raw('"b"'), 'choice'],
    ['a choice that is gone', { kind: 'choice', values: ['a'] }, { kind: 'choice', index: 4 }, 'choice'],
    ['null where none may be', { kind: 'text' }, { kind: 'null' }, 'type'],
    ['null where it may be', { kind: 'text', nullable: true }, { kind: 'null' }, undefined],
    ['nothing', { kind: 'text' }, ABSENT, 'required'],
    ['too few items', { kind: 'list', items: ANYTHING, minItems: 1 }, { kind: 'list', items: [] }, 'fewer'],
    [
      'the same item twice',
      { kind: 'list', items: { kind: 'flag' }, unique: true, maxItems: 2 },
      entryOf({ kind: 'list', items: { kind: 'flag' } }, [true, true]),
      'unique',
    ],
    [
      'too many items',
      { kind: 'list', items: { kind: 'flag' }, maxItems: 1 },
      entryOf({ kind: 'list', items: { kind: 'flag' } }, [true, false]),
      'more',
    ],
  ])('is said of %s', (_, shape, entry, rule) => {
    expect(read(shape, entry).findings.map((each) => each.rule)).toEqual(rule === undefined ? [] : [rule]);
  });

  it('stands at its place', () => {
    const entry = entryOf(ORDER, { id: 'o', lines: [{ price: 1 }, { price: 'x' }, {}], 'a/b': 1 });

    expect(read(ORDER, entry).findings).toEqual([
      { pointer: '/lines/1/price', rule: 'type', values: { type: 'number' } },
      { pointer: '/lines/2/price', rule: 'required' },
    ]);
  });

  it('is said of fields that may not be there, have no name or the same', () => {
    const closed = group([field('a', { kind: 'flag' })], null);
    const entry = entryOf(closed, { b: 1 });
    const open: Entry = {
      kind: 'group',
      fields: [ABSENT],
      extras: [
        { id: 1, name: '', entry: raw('1') },
        { id: 2, name: 'a', entry: raw('1') },
        { id: 3, name: 'x', entry: raw('1') },
        { id: 4, name: 'x', entry: raw('2') },
      ],
    };

    expect(read(closed, entry)).toEqual({
      value: { b: 1 },
      findings: [{ pointer: '/b', rule: 'undeclared', values: { name: 'b' } }],
    });
    const reading = read(group([field('a', { kind: 'flag' })]), open);
    expect(reading.value).toEqual({ '': 1, x: 1 });
    expect(reading.findings.map(({ pointer, rule }) => [pointer, rule])).toEqual([
      ['/', 'name'],
      ['/a', 'same_name'],
      ['/x', 'same_name'],
    ]);
  });
});

it('numbers new items apart from all others', () => {
  expect(nextId([])).toBe(1);
  expect(nextId([{ id: 3 }, { id: 1 }])).toBe(4);
});
