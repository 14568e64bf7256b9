import { describe, expect, it } from 'vitest';

import { rangeOf, syntaxOf, type Syntax, valueOf, written } from '../../src/editor/syntax';

const YAML = `id: greet
steps:
  - id: start
    step_type: {type: start}
  - id: wait
    step_type:
      type: timer
      timer_config: {type: delay, seconds: 5}
tags:
`;
const JSON_TEXT = `{
  "id": "greet",
  "steps": [
    {"id": "start", "step_type": {"type": "start"}},
    {
      "id": "wait"
    }
  ]
}`;

function seen(text: string, syntax: Syntax, pointer: string): string {
  const { from, to } = rangeOf(text, syntax, pointer);
  return text.slice(from, to);
}

describe('where a pointer leads', () => {
  it.each([
    ['/id', 'greet'],
    ['/steps', 'steps'],
    ['/steps/0', 'id: start'],
    ['/steps/0/step_type/type', 'start'],
    ['/steps/1/step_type', 'step_type'],
    ['/steps/1/step_type/timer_config/seconds', '5'],
    ['/steps/1/step_type/timer_config/none', 'timer_config'],
    ['/steps/7', 'steps'],
    ['/tags', 'tags'],
    ['', 'id: greet'],
    ['no pointer', 'id: greet'],
  ])('in YAML: %s', (pointer, text) => {
    expect(seen(YAML, 'yaml', pointer)).toBe(text);
  });

  it.each([
    ['/id', '"greet"'],
    ['/steps', '"steps"'],
    ['/steps/0', '{"id": "start", "step_type": {"type": "start"}}'],
    ['/steps/1', '{'],
    ['/steps/1/id', '"wait"'],
    ['/steps/1/name', '{'],
    ['', '{'],
  ])('in JSON: %s', (pointer, text) => {
    expect(seen(JSON_TEXT, 'json', pointer)).toBe(text);
  });

  it.each<[string, Syntax]>([
    ['', 'json'],
    ['', 'yaml'],
    ['{', 'json'],
    ['a: [', 'yaml'],
    ['\n\n', 'yaml'],
  ])('stays inside a text that cannot be read: %j', (text, syntax) => {
    const { from, to } = rangeOf(text, syntax, '/a/b');

    expect(from).toBeGreaterThanOrEqual(0);
    expect(to).toBeGreaterThanOrEqual(from);
    expect(to).toBeLessThanOrEqual(text.length);
  });
});

it('takes for JSON what starts like it', () => {
  expect([' {"a": 1}', '[1]', 'a: 1', '', '# {'].map(syntaxOf)).toEqual(['json', 'json', 'yaml', 'yaml', 'yaml']);
});

it('reads as much as it can', () => {
  expect(valueOf('{"a": 1,', 'json')).toEqual({ a: 1 });
  expect(valueOf('a: 1\nb: [', 'yaml')).toMatchObject({ a: 1 });
});

it('writes a definition so that it reads as the same', () => {
  const definition = { id: 'a', text: `long ${'word '.repeat(40)}`, on: 'yes', steps: [{ id: 'x' }], none: null };

  expect(valueOf(written(definition, 'yaml'), 'yaml')).toEqual(definition);
  expect(valueOf(written(definition, 'json'), 'json')).toEqual(definition);
  expect(written(definition, 'yaml').split('\n')).toHaveLength(7);
});
