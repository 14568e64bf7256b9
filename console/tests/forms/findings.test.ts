import { expect, it } from 'vitest';

import { at, fromServer, placed } from '../../src/forms/findings';
import { fromLocal, toLocal } from '../../src/forms/instants';
import { below, keysOf, within } from '../../src/forms/pointers';

it('escapes and reads pointers', () => {
  expect(below('/a', 'b/c', 'd~e', 0)).toBe('/a/b~1c/d~0e/0');
  expect(keysOf('/a/b~1c/d~0e/0')).toEqual(['a', 'b/c', 'd~e', '0']);
  expect(keysOf('')).toEqual([]);
  expect(keysOf('a')).toBeNull();
  expect(within('/data/x', '/data')).toBe('/x');
  expect(within('/data', '/data')).toBe('');
  expect(within('/database', '/data')).toBeNull();
  expect(within('/x', '')).toBe('/x');
});

it('divides the findings of the server into those of the form and the others', () => {
  const { inside, outside } = fromServer(
    [
      { code: 'WrongType', pointer: '/data/discount', message: 'discount: expected a number' },
      { code: 'UnknownField', pointer: '/data/disc', message: 'no field', hint: 'discount' },
      { code: 'InvalidValue', pointer: '/action_type', message: 'not allowed' },
    ],
    '/data',
  );

  expect(inside).toEqual([
    { pointer: '/discount', text: 'discount: expected a number' },
    { pointer: '/disc', text: 'no field (discount)' },
  ]);
  expect(outside).toEqual([{ pointer: '/action_type', text: 'not allowed' }]);
});

it('shows a finding at the nearest place that there is', () => {
  const shown = new Set(['/lines', '/lines/0']);

  const found = placed(
    [
      { pointer: '/lines/0/price/x', text: 'a' },
      { pointer: '/other', text: 'b' },
    ],
    shown,
  );

  expect(at(found, '/lines/0')).toHaveLength(1);
  expect(at(found, '')).toHaveLength(1);
  expect(placed([{ pointer: '/lines', text: 'c' }], shown)).toEqual([{ pointer: '/lines', text: 'c' }]);
});

it('turns timestamps into local time and back', () => {
  const berlin = () => -60;

  expect(toLocal('2030-01-31T09:00:00Z', berlin)).toBe('2030-01-31T10:00:00');
  expect(fromLocal('2030-01-31T10:00', berlin)).toBe('2030-01-31T10:00:00+01:00');
  expect(fromLocal('2030-01-31T10:00:05', () => 210)).toBe('2030-01-31T10:00:05-03:30');
  expect(fromLocal('2030-01-31T10:00', () => 0)).toBe('2030-01-31T10:00:00Z');
  expect([toLocal('x'), fromLocal(''), fromLocal('x')]).toEqual(['', '', '']);
});
