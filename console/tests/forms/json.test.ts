import { LosslessNumber } from 'lossless-json';
import { afterEach, expect, it, vi } from 'vitest';

import { formatJson, fromApi, isSame, parseJson, toApi, typeOf } from '../../src/forms/json';

afterEach(() => vi.unstubAllGlobals());

it('keeps numbers that a double cannot hold, and only these apart', () => {
  const value = parseJson('[1, 0.1, 1.50, 123456789012345678901]') as unknown[];

  expect(value.slice(0, 3)).toEqual([1, 0.1, 1.5]);
  expect(value[3]).toBeInstanceOf(LosslessNumber);
  expect(formatJson(value as never, 0)).toBe('[1,0.1,1.5,123456789012345678901]');
});

it('names the type of a value', () => {
  const values = [null, true, 'a', 1, [], {}, new LosslessNumber('12345678901234567890')];

  expect(values.map(typeOf)).toEqual(['null', 'boolean', 'string', 'number', 'array', 'object', 'number']);
});

it('compares without regard to the order of keys', () => {
  expect(isSame({ a: 1, b: [{ c: null, d: 2 }] }, { b: [{ d: 2, c: null }], a: 1 })).toBe(true);
  expect(isSame([1, 2], [2, 1])).toBe(false);
  expect(isSame({ a: 1 }, { a: '1' })).toBe(false);
});

it('sends the nearest double where the browser cannot do better', () => {
  expect(toApi({ a: [new LosslessNumber('12345678901234567890'), 1], b: null })).toEqual({
    a: [12345678901234567000, 1],
    b: null,
  });
});

it('hands every digit to the client and takes it from there where the browser can', () => {
  const raw = (text: string) => ({ rawJSON: text });
  const isRaw = (value: unknown) => typeof value === 'object' && value !== null && 'rawJSON' in value;
  vi.stubGlobal('JSON', Object.assign(JSON, { rawJSON: raw, isRawJSON: isRaw }));
  const digits = '12345678901234567890';

  expect(toApi([new LosslessNumber(digits)])).toEqual([{ rawJSON: digits }]);
  expect(fromApi({ a: [{ rawJSON: digits }], b: undefined, c: 'x' })).toEqual({
    a: [new LosslessNumber(digits)],
    b: null,
    c: 'x',
  });
});
