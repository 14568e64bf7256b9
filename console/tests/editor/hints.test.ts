import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { explain, fieldHints, type Schema, schemasAt, typeHints, valueHints } from '../../src/editor/hints';
import { namesIn, referenced } from '../../src/editor/references';
import type { Path } from '../../src/forms/pointers';

const SCHEMA = JSON.parse(readFileSync('../docs/definition.schema.json', 'utf8')) as Schema;

const step = (step_type: unknown) => ({ steps: [{ id: 'a', name: 'First', step_type }] });
const fields = (document: unknown, path: Path, present: string[] = []) =>
  fieldHints(SCHEMA, schemasAt(SCHEMA, document, path), present).map(({ name }) => name);
const values = (document: unknown, path: Path) =>
  valueHints(schemasAt(SCHEMA, document, path)).map(({ value }) => value);

describe('the fields of a place', () => {
  it('are those of the document, the required ones first and the present ones left out', () => {
    const names = fields({}, [], ['id']);

    expect(names.slice(0, 3)).toEqual(['name', 'version', 'steps']);
    expect(names).toContain('human_intervention_points');
    expect(names).not.toContain('id');
  });

  it('are those of the type of step that is written, and of no other', () => {
    const names = fields(step({ type: 'timer' }), ['steps', 0, 'step_type']);

    expect(names).toEqual(['type', 'timer_config']);
    expect(fields(step({ type: 'activity' }), ['steps', 0, 'step_type'])).toContain('activity_type');
  });

  it('are those of every type while none is written', () => {
    expect(fields(step({}), ['steps', 0, 'step_type'])).toEqual(expect.arrayContaining(['timer_config', 'branches']));
  });

  it('are found behind alternatives and through lists', () => {
    const document = { input_type: { fields: [{ name: 'x', field_type: { type: 'array', items: {} } }] } };

    expect(fields(document, ['input_type', 'fields', 0])).toContain('field_type');
    expect(fields(document, ['input_type', 'fields', 0, 'field_type'])).toEqual(['type', 'items']);
    expect(fields({ retry_policy: {} }, ['retry_policy'])).toEqual(
      expect.arrayContaining(['max_attempts', 'max_retries']),
    );
  });

  it('say what they mean, their type, and what comes next', () => {
    const hints = fieldHints(SCHEMA, schemasAt(SCHEMA, {}, []));
    const hint = (name: string) => hints.find((each) => each.name === name);

    expect(hint('version')).toMatchObject({
      description: 'A semantic version, such as 1.0.0.',
      type: 'text',
      opens: 'value',
    });
    expect(hint('steps')).toMatchObject({ isRequired: true, opens: 'list', type: 'list of object' });
    expect(hint('schedule')).toMatchObject({
      opens: 'object',
      description: 'Start me on a cron schedule, in a time zone.',
    });
    expect(hint('execution_mode')).toMatchObject({ type: '"inline" | "standard"' });
  });

  it('are none in a place that the schema does not know', () => {
    expect(fields({}, ['none', 3])).toEqual([]);
    expect(fields({ tags: { a: 'b' } }, ['tags', 'a'])).toEqual([]);
  });
});

describe('the values of a place', () => {
  it('are those of an enum, of a constant, and true and false', () => {
    expect(values({}, ['execution_mode'])).toEqual(['inline', 'standard']);
    expect(values({}, ['allow_cycles'])).toEqual([true, false]);
    expect(values(step({ type: 'timer' }), ['steps', 0, 'skippable'])).toEqual([true, false]);
  });

  it('are the types that an object may have', () => {
    const schemas = schemasAt(SCHEMA, step({}), ['steps', 0, 'step_type']);

    expect(typeHints(schemas)).toContainEqual({ value: 'human', description: 'Asks people.' });
    expect(typeHints(schemas)).toHaveLength(13);
  });

  it('are the steps or intervention points of the document where one is named', () => {
    const document = {
      ...step({ type: 'human' }),
      transitions: [{}],
      human_intervention_points: [{ id: 'p', name: 'Point' }, { id: 5 }, null],
    };

    expect(referenced(schemasAt(SCHEMA, document, ['transitions', 0, 'from']), document)).toEqual([
      { id: 'a', name: 'First' },
    ]);
    const point = schemasAt(SCHEMA, document, ['steps', 0, 'step_type', 'intervention_point_id']);
    expect(referenced(point, document)).toEqual([{ id: 'p', name: 'Point' }]);
    expect(referenced(schemasAt(SCHEMA, document, ['name']), document)).toEqual([]);
    expect(namesIn('nothing')).toEqual({ steps: [], points: [] });
  });
});

describe('an explanation', () => {
  it('says type and meaning', () => {
    expect(explain(SCHEMA, {}, ['timeout'])).toEqual({
      type: 'duration',
      description: 'Seconds, ISO 8601 without years and months (PT1M30S), or {secs, nanos}.',
    });
    expect(explain(SCHEMA, step({ type: 'wait' }), ['steps', 0, 'step_type'])).toMatchObject({
      description: 'Waits for a signal or an event.',
    });
    expect(explain(SCHEMA, {}, [])).toMatchObject({ type: 'object' });
  });

  it('is none for what the schema does not know', () => {
    expect(explain(SCHEMA, {}, ['nothing'])).toBeNull();
  });
});
