import { describe, expect, it } from 'vitest';

import type { Json } from '../../src/forms/json';
import { shapeOfSchema } from '../../src/forms/json-schema';
import { ANYTHING, type GroupShape } from '../../src/forms/shapes';

describe('the shape of a JSON Schema', () => {
  it.each<[string, Json, unknown]>([
    ['no schema', true, ANYTHING],
    ['no type', {}, ANYTHING],
    [
      'text with rules',
      { type: 'string', minLength: 1, maxLength: 9, pattern: '^a', format: 'email' },
      { kind: 'text', minLength: 1, maxLength: 9, pattern: '^a', format: 'email' },
    ],
    ['a timestamp', { type: 'string', format: 'date-time' }, { kind: 'datetime' }],
    [
      'a number with bounds',
      { type: 'number', minimum: 0, exclusiveMaximum: 1 },
      { kind: 'number', integer: false, minimum: 0, exclusiveMaximum: 1 },
    ],
    ['a whole number', { type: 'integer', multipleOf: 5 }, { kind: 'number', integer: true, multipleOf: 5 }],
    ['true or false', { type: 'boolean' }, { kind: 'flag' }],
    ['a constant', { const: 7 }, { kind: 'choice', values: [7] }],
    ['an enum', { enum: ['a', null] }, { kind: 'choice', values: ['a', null] }],
    ['constants to choose', { oneOf: [{ const: 'a' }, { const: 'b' }] }, { kind: 'choice', values: ['a', 'b'] }],
    ['a type or null', { type: ['string', 'null'] }, { kind: 'text', nullable: true }],
    ['a schema or null', { anyOf: [{ type: 'boolean' }, { type: 'null' }] }, { kind: 'flag', nullable: true }],
    [
      'several types',
      { type: ['string', 'boolean'] },
      {
        kind: 'variants',
        variants: [
          { title: 'string', shape: { kind: 'text' } },
          { title: 'boolean', shape: { kind: 'flag' } },
        ],
      },
    ],
    [
      'a list',
      { items: { type: 'boolean' }, minItems: 1, uniqueItems: true },
      { kind: 'list', items: { kind: 'flag' }, minItems: 1, unique: true },
    ],
    ['a tuple', { type: 'array', prefixItems: [{}] }, ANYTHING],
    [
      'a map',
      { type: 'object', additionalProperties: { type: 'boolean' } },
      { kind: 'group', fields: [], extra: { kind: 'flag' }, open: true },
    ],
    [
      'a closed object',
      { type: 'object', additionalProperties: false },
      { kind: 'group', fields: [], extra: null, open: false },
    ],
    ['a reference to nothing', { $ref: '#/$defs/none' }, ANYTHING],
    ['a reference elsewhere', { $ref: 'https://example.com/schema' }, ANYTHING],
  ])('is right for %s', (_, schema, shape) => {
    expect(shapeOfSchema(schema)).toEqual(shape);
  });

  it('has fields with titles, descriptions and defaults, through references too', () => {
    const shape = shapeOfSchema({
      properties: {
        name: { type: 'string', title: 'Name', description: 'In full', default: 'Ada' },
        home: { $ref: '#/$defs/place' },
      },
      required: ['name'],
      $defs: { place: { type: 'boolean', description: 'Where' } },
    });

    expect((shape as GroupShape).fields).toEqual([
      { name: 'name', label: 'Name', description: 'In full', default: 'Ada', required: true, shape: { kind: 'text' } },
      { name: 'home', label: 'home', description: 'Where', required: false, shape: { kind: 'flag' } },
    ]);
  });

  it('ends where a type contains itself', () => {
    const shape = shapeOfSchema({
      $ref: '#/$defs/tree',
      $defs: { tree: { type: 'object', properties: { child: { $ref: '#/$defs/tree' } } } },
    }) as GroupShape;

    expect(shape.fields[0]?.shape).toEqual(ANYTHING);
  });

  it('adds up what all of several schemas ask for', () => {
    const shape = shapeOfSchema({
      type: 'object',
      allOf: [{ properties: { a: { type: 'boolean' } }, required: ['a'] }, { $ref: '#/$defs/b' }, true],
      $defs: { b: { properties: { b: { type: 'string' } }, required: ['b'] } },
    }) as GroupShape;

    expect(shape.fields.map(({ name, required }) => [name, required])).toEqual([
      ['b', true],
      ['a', true],
    ]);
  });

  it('gives every variant the properties that all have', () => {
    const shape = shapeOfSchema({
      properties: { id: { type: 'string' } },
      oneOf: [
        { title: 'Card', properties: { card: { type: 'string' } } },
        { title: 'Bill', properties: { bill: { type: 'string' } } },
      ],
    });

    const variants = shape.kind === 'variants' ? shape.variants : [];
    expect(variants.map(({ title }) => title)).toEqual(['Card', 'Bill']);
    const names = variants.map((each) => (each.shape as GroupShape).fields.map(({ name }) => name));
    expect(names).toEqual([
      ['id', 'card'],
      ['id', 'bill'],
    ]);
  });
});
