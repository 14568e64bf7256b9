import { describe, expect, it } from 'vitest';

import { initial, shownFindings, textOf, withoutRefusals, withText } from '../../src/forms/state';
import { read } from '../../src/forms/reading';
import { placesOf } from '../../src/forms/places';
import { entryOf } from '../../src/forms/entries';
import { ANYTHING, type Shape } from '../../src/forms/shapes';

const SHAPE: Shape = {
  kind: 'group',
  extra: ANYTHING,
  open: true,
  fields: [
    { name: 'a', label: 'a', required: true, shape: { kind: 'text' } },
    {
      name: 'list',
      label: 'list',
      required: false,
      shape: {
        kind: 'list',
        items: { kind: 'variants', variants: [{ title: 'n', shape: { kind: 'number', integer: true } }] },
      },
    },
  ],
};

describe('a form and the same value as JSON', () => {
  it('follow each other', () => {
    const state = initial(SHAPE, { a: 'x' });

    const changed = withText(state, SHAPE, '{"a": "y", "list": [1], "b": true}');

    expect(read(SHAPE, changed.entry).value).toEqual({ a: 'y', list: [1], b: true });
    expect(JSON.parse(textOf(SHAPE, changed.entry))).toEqual({ a: 'y', list: [1], b: true });
  });

  it('keep what was read last while the text is no JSON', () => {
    const state = initial(SHAPE, { a: 'x' });

    const broken = withText(state, SHAPE, '{"a": ');

    expect(broken.fault).not.toBeNull();
    expect(broken.entry).toBe(state.entry);
    expect(withText(broken, SHAPE, '{}').fault).toBeNull();
  });

  it('begin with an empty object where anything goes', () => {
    expect(initial(ANYTHING).entry).toEqual({ kind: 'raw', text: '{}' });
    expect(initial(ANYTHING, [1]).entry).toMatchObject({ kind: 'raw' });
    expect(textOf({ kind: 'text' }, { kind: 'absent' })).toBe('null');
  });
});

describe('what is shown as wrong', () => {
  const state = initial(SHAPE, { list: [1, 'x'] });
  const faults = read(SHAPE, state.entry).findings;

  it('is what was touched, until all is checked', () => {
    expect(shownFindings(state, SHAPE, faults)).toEqual([]);
    expect(shownFindings({ ...state, touched: new Set(['/a']) }, SHAPE, faults).map(({ pointer }) => pointer)).toEqual([
      '/a',
    ]);
    expect(shownFindings({ ...state, isChecked: true }, SHAPE, faults).map(({ pointer }) => pointer)).toEqual([
      '/a',
      '/list/1',
    ]);
  });

  it('is what the server refused, at a place that there is', () => {
    const refused = [{ pointer: '/list/0/deep', text: 'no' }];

    expect(shownFindings({ ...state, refused }, SHAPE, [])).toEqual([{ pointer: '/list/0', text: 'no' }]);
  });

  it('is no longer what was refused once its place is edited', () => {
    const refused = ['/a', '/list/0', '/list'].map((pointer) => ({ pointer, text: 'no' }));

    expect(withoutRefusals(refused, '/list/0').map(({ pointer }) => pointer)).toEqual(['/a']);
    expect(withoutRefusals(refused, '/list').map(({ pointer }) => pointer)).toEqual(['/a']);
  });
});

it('knows the places of a form', () => {
  expect(placesOf(SHAPE, entryOf(SHAPE, { a: 'x', list: [1], b: {} }))).toEqual(['', '/a', '/list', '/list/0', '/b']);
});
