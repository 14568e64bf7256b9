import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { type Known, offersAt } from '../../src/editor/completions';
import { cursorAt } from '../../src/editor/cursor';
import type { Schema } from '../../src/editor/hints';
import type { Syntax } from '../../src/editor/syntax';

const KNOWN: Known = {
  schema: JSON.parse(readFileSync('../docs/definition.schema.json', 'utf8')) as Schema,
  activities: ['http.request'],
  workflows: ['parcel'],
};

/** What is offered where the text has a bar: what is shown, and what the text becomes. */
function offered(marked: string, syntax: Syntax = 'yaml', isFlow = false) {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const cursor = cursorAt(text, syntax, offset);
  if (!cursor) return [];
  return offersAt(KNOWN, cursor, syntax, isFlow).map((offer) => {
    const after = text.slice(0, cursor.from) + offer.insert + text.slice(cursor.to);
    const caret = cursor.from + offer.caret;
    return { shown: offer.shown, becomes: `${after.slice(0, caret)}|${after.slice(caret)}`, offer };
  });
}

function becomes(marked: string, shown: string, syntax: Syntax = 'yaml', isFlow = false): string | undefined {
  return offered(marked, syntax, isFlow).find((each) => each.shown === shown)?.becomes;
}

describe('a field that is offered', () => {
  it('goes on with what its value needs, in YAML', () => {
    expect(becomes('ver|', 'version')).toBe('version: |');
    expect(becomes('st|', 'steps')).toBe('steps:\n  - |');
    expect(becomes('sch|', 'schedule')).toBe('schedule:\n  |');
    expect(becomes('steps:\n  - id: a\n    ta|', 'tags')).toBe('steps:\n  - id: a\n    tags:\n      |');
    expect(becomes('steps:\n  - |', 'id')).toBe('steps:\n  - id: |');
  });

  it('stays in its line inside braces, and in JSON', () => {
    expect(becomes('steps: [{id: a, ta|}]', 'tags', 'yaml', true)).toBe('steps: [{id: a, tags: {|}}]');
    expect(becomes('{"st|"}', 'steps', 'json')).toBe('{"steps": [|]}');
    expect(becomes('{"id": "a", |}', 'name', 'json')).toBe('{"id": "a", "name": |}');
  });

  it('takes only the place of a name that has its value already', () => {
    expect(becomes('ver|: 1.0.0', 'version')).toBe('version|: 1.0.0');
    expect(becomes('{"ver|": "1.0.0"}', 'version', 'json')).toBe('{"version"|: "1.0.0"}');
  });

  it('is not one that is there already, and says whether it is needed', () => {
    const offers = offered('id: a\n|').map(({ offer }) => offer);

    expect(offers.map(({ shown }) => shown)).not.toContain('id');
    expect(offers.find(({ shown }) => shown === 'name')?.isRequired).toBe(true);
    expect(offers.find(({ shown }) => shown === 'tags')?.isRequired).toBe(false);
  });
});

describe('a value that is offered', () => {
  it('is one of the schema', () => {
    expect(offered('execution_mode: |').map(({ shown }) => shown)).toEqual(['inline', 'standard']);
    expect(becomes('allow_cycles: |', 'true')).toBe('allow_cycles: true|');
    expect(becomes('{"execution_mode": "|"}', 'inline', 'json')).toBe('{"execution_mode": "inline"|}');
  });

  it('is a type of step, as the beginning of one where it stands alone', () => {
    expect(becomes('steps:\n  - {id: a, step_type: |}', 'timer')).toBe(
      'steps:\n  - {id: a, step_type: {type: timer|}}',
    );
    expect(becomes('steps:\n  - {id: a, step_type: {type: ti|}}', 'timer')).toBe(
      'steps:\n  - {id: a, step_type: {type: timer|}}',
    );
    expect(becomes('{"steps": [{"step_type": |}]}', 'timer', 'json')).toBe(
      '{"steps": [{"step_type": {"type": "timer"|}}]}',
    );
  });

  it('is a step of this definition, with its name', () => {
    const found = offered('steps:\n  - {id: a, name: First}\n  - {id: "7"}\ntransitions:\n  - from: |');

    expect(found.map(({ offer }) => [offer.insert, offer.detail])).toEqual([
      ['a', 'First'],
      ['"7"', ''],
    ]);
  });

  it('is an activity that is built in or used here, or a workflow', () => {
    const steps = 'steps:\n  - {id: a, step_type: {type: activity, activity_type: my.Own}}\n  - {id: b, step_type: ';

    const activities = offered(`${steps}{type: activity, activity_type: |}}`).map(({ shown }) => shown);
    expect(activities).toEqual(['http.request', 'my.Own']);
    expect(offered(`${steps}{type: sub_workflow, workflow_id: |}}`).map(({ shown }) => shown)).toEqual(['parcel']);
    expect(offered('name: |')).toEqual([]);
  });
});
