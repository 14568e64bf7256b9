import { describe, expect, it } from 'vitest';

import { shapeOfForm, shapeOfInput } from '../../src/forms/declared';
import { ANYTHING } from '../../src/forms/shapes';

describe('the shape of an input type', () => {
  it('offers to add fields when nothing is declared', () => {
    expect(shapeOfInput(null)).toEqual({ kind: 'group', fields: [], extra: ANYTHING, open: true });
    expect(shapeOfInput({ fields: [] })).toMatchObject({ kind: 'group', open: true });
  });

  it('has every type of the language', () => {
    const types = ['string', 'number', 'integer', 'boolean', 'any', 'datetime', 'duration'].map((type) => ({ type }));
    const shapes = types.map((field_type) => shapeOfInput({ value_type: field_type }));

    expect(shapes).toEqual([
      { kind: 'text' },
      { kind: 'number', integer: false },
      { kind: 'number', integer: true },
      { kind: 'flag' },
      ANYTHING,
      { kind: 'datetime' },
      { kind: 'duration' },
    ]);
  });

  it('nests objects, lists and enums', () => {
    const shape = shapeOfInput({
      fields: [
        {
          name: 'lines',
          required: true,
          description: 'What was ordered',
          field_type: {
            type: 'array',
            items: { type: 'object', fields: [{ name: 'size', field_type: { type: 'enum', values: ['s', 'm'] } }] },
          },
        },
        { name: 'gift', field_type: { type: 'boolean' }, default: false },
        { name: 'notes', field_type: { type: 'array' }, default: null },
      ],
    });

    const size = { name: 'size', label: 'size', required: false, shape: { kind: 'choice', values: ['s', 'm'] } };
    expect(shape).toEqual({
      kind: 'group',
      extra: ANYTHING,
      open: false,
      fields: [
        {
          name: 'lines',
          label: 'lines',
          required: true,
          description: 'What was ordered',
          shape: { kind: 'list', items: { kind: 'group', fields: [size], extra: ANYTHING, open: false } },
        },
        { name: 'gift', label: 'gift', required: false, default: false, shape: { kind: 'flag' } },
        { name: 'notes', label: 'notes', required: false, shape: { kind: 'list', items: ANYTHING } },
      ],
    });
  });
});

describe('the shape of the form of a human task', () => {
  it('allows only its own fields and keeps labels, defaults and validations', () => {
    const shape = shapeOfForm([
      {
        name: 'discount',
        label: 'Discount',
        field_type: { type: 'number' },
        required: false,
        default_value: 5,
        validation: '$ <= 100',
      },
      { name: 'note', field_type: { type: 'string' }, required: true },
    ]);

    expect(shape).toEqual({
      kind: 'group',
      extra: null,
      open: false,
      fields: [
        {
          name: 'discount',
          label: 'Discount',
          required: false,
          default: 5,
          validation: '$ <= 100',
          shape: { kind: 'number', integer: false },
        },
        { name: 'note', label: 'note', required: true, shape: { kind: 'text' } },
      ],
    });
  });
});
