import { describe, expect, it } from 'vitest';

import { cursorAt } from '../../src/editor/cursor';
import type { Syntax } from '../../src/editor/syntax';

/** The cursor where the text has a bar. */
function at(marked: string, syntax: Syntax) {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const cursor = cursorAt(text, syntax, offset);
  return cursor && { kind: cursor.kind, path: cursor.path, word: text.slice(cursor.from, cursor.to), cursor };
}

describe('the cursor in YAML', () => {
  it.each([
    ['ve|', 'key', [], 've'],
    ['id: a\n|', 'key', [], ''],
    ['id: a\nver|: 1', 'key', [], 'ver'],
    ['id: gr|', 'value', ['id'], 'gr'],
    ['id: |', 'value', ['id'], ''],
    ['steps:\n  - |', 'either', ['steps', 0], ''],
    ['steps:\n  - id: a\n    step_t|\n  - id: b', 'key', ['steps', 0], 'step_t'],
    ['steps:\n  - id: a\n    |\n  - id: b', 'key', ['steps', 0], ''],
    ['steps:\n  - id: a\n    step_type:\n      ty|', 'key', ['steps', 0, 'step_type'], 'ty'],
    ['steps:\n  - id: a\n    step_type: {type: ac|}', 'value', ['steps', 0, 'step_type', 'type'], 'ac'],
    ['steps:\n  - id: a\n    step_type: {type: activity, |}', 'key', ['steps', 0, 'step_type'], ''],
    ['steps:\n  - {id: a, na|}', 'key', ['steps', 0], 'na'],
    ['steps:\n  - {id: a}\n  - {id: b, step_type: |}', 'value', ['steps', 1, 'step_type'], ''],
    ['transitions:\n  - {from: "st|"}', 'value', ['transitions', 0, 'from'], '"st"'],
    ['tags: [a, b|]', 'value', ['tags', 1], 'b'],
  ])('is found in %j', (text, kind, path, word) => {
    expect(at(text, 'yaml')).toMatchObject({ kind, path, word });
  });

  it('is nowhere in a comment', () => {
    expect(at('# ab|', 'yaml')).toBeNull();
    expect(at('id: a # ab|', 'yaml')).toBeNull();
  });

  it('knows what stands around', () => {
    const found = at('steps:\n  - id: a\n    na|\n    step_type: {type: start}\n', 'yaml');

    expect(found?.cursor).toMatchObject({ siblings: ['id', 'step_type'], isComplete: false, indent: 4 });
    expect(found?.cursor.document).toMatchObject({ steps: [{ id: 'a', step_type: { type: 'start' } }] });
  });
});

describe('the cursor in JSON', () => {
  it.each([
    ['{"ve|"}', 'key', [], '"ve"'],
    ['{"id": "a", |}', 'key', [], ''],
    ['{"id": "gr|"}', 'value', ['id'], '"gr"'],
    ['{"id": |}', 'value', ['id'], ''],
    ['{"steps": [{"id": "a", "na|": 1}]}', 'key', ['steps', 0], '"na"'],
    ['{"steps": [{"id": "a"}, {"step_type": {"type": "|"}}]}', 'value', ['steps', 1, 'step_type', 'type'], '""'],
    ['{"allow_cycles": tr|}', 'value', ['allow_cycles'], 'tr'],
  ])('is found in %j', (text, kind, path, word) => {
    expect(at(text, 'json')).toMatchObject({ kind, path, word });
  });

  it('knows what stands around', () => {
    const found = at('{"steps": [{"id": "a", "na|": 1, "timeout": 5}]}', 'json');

    expect(found?.cursor).toMatchObject({ siblings: ['id', 'timeout'], isComplete: true });
    expect(found?.cursor.document).toMatchObject({ steps: [{ id: 'a', timeout: 5 }] });
  });
});
