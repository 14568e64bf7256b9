import { afterEach, describe, expect, it, vi } from 'vitest';

import { type EditorSetup, mountDiff, mountEditor } from '../../src/editor/mount';

const host = document.createElement('div');
document.body.append(host);
const NOTHING = { schema: {}, activities: [], workflows: [] };
const base = { label: 'Definition', language: 'zh', syntax: 'yaml' } as const;

function setup(more: Partial<EditorSetup> = {}): EditorSetup {
  return {
    ...base,
    text: 'id: a\nname: b\n',
    isReadOnly: false,
    known: () => NOTHING,
    onChange: () => undefined,
    ...more,
  };
}

const content = () => host.shadowRoot?.querySelector<HTMLElement>('.cm-content');

afterEach(() => host.shadowRoot?.replaceChildren());

describe('the editor', () => {
  it('is in a shadow root, where it adopts its styles and writes no <style>', () => {
    const editor = mountEditor(host, setup());

    expect(content()?.textContent).toContain('id: a');
    expect(content()?.getAttribute('aria-label')).toBe('Definition');
    expect(host.shadowRoot?.querySelector('style')).toBeNull();
    expect(document.querySelector('style')).toBeNull();
    expect(host.shadowRoot?.adoptedStyleSheets.length).toBeGreaterThan(0);
    editor.destroy();
  });

  it('takes another text, and tells of it once', () => {
    const onChange = vi.fn();
    const editor = mountEditor(host, setup({ onChange }));

    editor.setText('id: z\n');
    editor.setText('id: z\n');

    expect(onChange.mock.calls).toEqual([['id: z\n']]);
    editor.destroy();
  });

  it('marks what was found', () => {
    const editor = mountEditor(host, setup());

    editor.show([{ from: 4, to: 5, severity: 'error', message: 'no' }]);

    expect(host.shadowRoot?.querySelector('.cm-lintRange-error')?.textContent).toBe('a');
    editor.destroy();
  });

  it('is only read where it is to be read', () => {
    const editor = mountEditor(host, setup({ isReadOnly: true, syntax: 'json', text: '{"a": 1}' }));

    expect(content()?.getAttribute('aria-readonly')).toBe('true');
    expect(content()?.getAttribute('tabindex')).toBe('0');
    editor.destroy();
  });
});

describe('two texts', () => {
  const texts = { ...base, before: 'id: a\n', after: 'id: b\n', beforeLabel: 'Before' };

  it('stand side by side', () => {
    const view = mountDiff(host, { ...texts, isSideBySide: true });

    const labels = [...(host.shadowRoot?.querySelectorAll('.cm-content') ?? [])].map((each) =>
      each.getAttribute('aria-label'),
    );
    expect(labels).toEqual(['Before', 'Definition']);
    view.destroy();
  });

  it('stand in one column', () => {
    const view = mountDiff(host, { ...texts, isSideBySide: false });

    expect(host.shadowRoot?.querySelectorAll('.cm-content')).toHaveLength(1);
    expect(host.shadowRoot?.querySelector('.cm-deletedChunk')?.textContent).toContain('id: a');
    view.destroy();
  });
});
