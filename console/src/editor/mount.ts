/**
 * CodeMirror in a shadow root. There it adopts style sheets, where in the page it would write a <style> element, which
 * the page's Content-Security-Policy refuses.
 */
import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';

import { assistance } from './assistance';
import type { Known } from './completions';
import { look } from './look';
import { phrasesOf } from './phrases';
import type { Syntax } from './syntax';

export type { Diagnostic } from '@codemirror/lint';

export interface Setup {
  label: string;
  language: string;
  syntax: Syntax;
}

export interface EditorSetup extends Setup {
  text: string;
  isReadOnly: boolean;
  known: () => Known;
  onChange: (text: string) => void;
}

export interface Mounted {
  setText: (text: string) => void;
  show: (diagnostics: readonly Diagnostic[]) => void;
  goTo: (position: number) => void;
  destroy: () => void;
}

const GRAMMARS = { json, yaml };

function shadowOf(host: HTMLElement): ShadowRoot {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  return root;
}

function common({ syntax, label, language }: Setup): Extension {
  return [
    GRAMMARS[syntax](),
    look,
    lineNumbers(),
    codeFolding(),
    foldGutter(),
    drawSelection(),
    bracketMatching(),
    search({ top: true }),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    EditorState.phrases.of(phrasesOf(language)),
    EditorState.tabSize.of(2),
    indentUnit.of('  '),
    keymap.of([...searchKeymap, ...foldKeymap]),
  ];
}

/** Still focusable, so that it can be read and searched by keyboard. */
const READ_ONLY: Extension = [EditorState.readOnly.of(true)];

function writing(setup: EditorSetup): Extension {
  return [
    history(),
    indentOnInput(),
    closeBrackets(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    lintGutter(),
    assistance(setup.syntax, setup.known),
    // Tab is left to the browser: it leads out of the editor.
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) setup.onChange(update.state.doc.toString());
    }),
  ];
}

export function mountEditor(host: HTMLElement, setup: EditorSetup): Mounted {
  const root = shadowOf(host);
  const extensions = [common(setup), setup.isReadOnly ? [READ_ONLY, keymap.of(defaultKeymap)] : writing(setup)];
  const view = new EditorView({ state: EditorState.create({ doc: setup.text, extensions }), parent: root, root });
  return {
    setText: (text) => {
      if (text !== view.state.doc.toString()) {
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      }
    },
    show: (diagnostics) => view.dispatch(setDiagnostics(view.state, diagnostics)),
    goTo: (position) => {
      const anchor = Math.min(position, view.state.doc.length);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

export interface DiffSetup extends Setup {
  before: string;
  after: string;
  beforeLabel: string;
  isSideBySide: boolean;
}

const UNCHANGED = { margin: 4, minSize: 8 };

/** Two texts side by side, or in one column where there is no room; what is the same is folded away. */
export function mountDiff(host: HTMLElement, setup: DiffSetup): { destroy: () => void } {
  const root = shadowOf(host);
  const read = [common(setup), READ_ONLY];
  if (setup.isSideBySide) {
    const named = [common({ ...setup, label: setup.beforeLabel }), READ_ONLY];
    return new MergeView({
      a: { doc: setup.before, extensions: named },
      b: { doc: setup.after, extensions: read },
      parent: root,
      root,
      collapseUnchanged: UNCHANGED,
      highlightChanges: true,
      gutter: true,
    });
  }
  const unified = unifiedMergeView({ original: setup.before, mergeControls: false, collapseUnchanged: UNCHANGED });
  const state = EditorState.create({ doc: setup.after, extensions: [read, unified] });
  return new EditorView({ state, parent: root, root });
}
