import { CompletionContext } from '@codemirror/autocomplete';
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { complete, explanation } from '../../src/editor/assistance';
import type { Known } from '../../src/editor/completions';
import type { Schema } from '../../src/editor/hints';
import type { Syntax } from '../../src/editor/syntax';

const KNOWN: Known = {
  schema: JSON.parse(readFileSync('../docs/definition.schema.json', 'utf8')) as Schema,
  activities: [],
  workflows: [],
};

function at(marked: string, syntax: Syntax) {
  const position = marked.indexOf('|');
  const state = EditorState.create({ doc: marked.replace('|', ''), extensions: syntax === 'json' ? json() : yaml() });
  return { state, position };
}

function offered(marked: string, syntax: Syntax = 'yaml', isAsked = false) {
  const { state, position } = at(marked, syntax);
  return complete(new CompletionContext(state, position, isAsked), syntax, KNOWN);
}

it('offers while one types, and after a colon, but not in an empty line unless asked', () => {
  expect(offered('ve|')?.options.map(({ displayLabel }) => displayLabel)).toContain('version');
  expect(offered('execution_mode: |')?.options).toHaveLength(2);
  expect(offered('id: a\n|')).toBeNull();
  expect(offered('id: a\n|', 'yaml', true)?.options.length).toBeGreaterThan(5);
  expect(offered('name: x|')).toBeNull();
  expect(offered('# c|')).toBeNull();
});

it('writes what was chosen, in flow style where that is the style', () => {
  const { state, position } = at('steps: [{id: a, ta|}]', 'yaml');
  const found = complete(new CompletionContext(state, position, false), 'yaml', KNOWN);
  const option = found?.options.find(({ displayLabel }) => displayLabel === 'tags');
  const view = new EditorView({ state });

  if (typeof option?.apply === 'function') option.apply(view, option, found?.from ?? 0, found?.to ?? 0);

  expect(view.state.doc.toString()).toBe('steps: [{id: a, tags: {}}]');
  expect(view.state.selection.main.head).toBe('steps: [{id: a, tags: {'.length);
  view.destroy();
});

it('explains names and values where they stand', () => {
  const said = (marked: string, syntax: Syntax = 'yaml') => {
    const { state, position } = at(marked, syntax);
    const tooltip = explanation(state, syntax, KNOWN, position);
    return tooltip?.create(new EditorView({ state })).dom.textContent ?? null;
  };

  expect(said('ver|sion: 1.0.0')).toBe('version: textA semantic version, such as 1.0.0.');
  expect(said('steps:\n  - i|d: a')).toBe('id: text');
  expect(said('schedule: {cr|on: "0 9 * * *"}')).toContain('A cron expression');
  expect(said('{"execution_mode": "in|line"}', 'json')).toBe('execution_mode: "inline" | "standard"');
  expect(said('nothing|: 1')).toBeNull();
  expect(said('id: a\n|')).toBeNull();
});
