import { describe, expect, it } from 'vitest';

import { diagnosticsOf, remarksOf } from '../../src/editor/checking';
import { faultsOf } from '../../src/editor/faults';
import { phrasesOf } from '../../src/editor/phrases';

describe('a text that cannot be read', () => {
  it('is said to be so where it is, in JSON', () => {
    const text = '{\n  "id": "a"\n  "name": 1\n}';
    const faults = faultsOf(text, 'json');

    expect(faults.map(({ from, message }) => [from, message])).toEqual([[16, 'Comma expected']]);
    expect(remarksOf(text, 'json', faults, [])).toMatchObject([{ line: 3, severity: 'error', code: 'InvalidSyntax' }]);
  });

  it('is said to be so where it is, in YAML', () => {
    const text = 'id: a\nid: b\nsteps: [\n';
    const [first, ...others] = faultsOf(text, 'yaml');

    expect(first).toMatchObject({ from: 6, message: 'Map keys must be unique' });
    expect(others).not.toHaveLength(0);
    expect(faultsOf('{a: 1}\n', 'yaml')).toEqual([]);
  });

  it('is none while there is nothing', () => {
    expect(faultsOf(' \n', 'json')).toEqual([]);
  });

  it('hides what was found before', () => {
    const finding = { code: 'NoEnd', pointer: '', message: 'no end', hint: '', severity: 'error' as const };

    const remarks = remarksOf('{', 'json', faultsOf('{', 'json'), [finding]);

    expect(remarks.map(({ code }) => code)).toEqual(['InvalidSyntax']);
  });
});

it('puts each finding of the service at its place', () => {
  const text = 'id: a\nsteps:\n  - id: b\n    step_type: {type: nothing}\n';
  const findings = [
    {
      code: 'UnknownStepType',
      pointer: '/steps/0/step_type/type',
      message: 'no such type',
      hint: 'end',
      severity: 'error',
    },
    { code: 'NoDefault', pointer: '/steps/0', message: 'careful', hint: '', severity: 'warning' },
  ] as const;

  const remarks = remarksOf(text, 'yaml', [], findings);

  expect(remarks.map(({ line, from, to }) => [line, text.slice(from, to)])).toEqual([
    [4, 'nothing'],
    [3, 'id: b'],
  ]);
  expect(diagnosticsOf(remarks).map(({ severity, source, message }) => [severity, source, message])).toEqual([
    ['error', 'UnknownStepType', 'no such type (end)'],
    ['warning', 'NoDefault', 'careful'],
  ]);
});

it('speaks the language of the page', () => {
  expect(phrasesOf('zh')['Find']).toBe('查找');
  expect(phrasesOf('en')).toEqual({});
});
