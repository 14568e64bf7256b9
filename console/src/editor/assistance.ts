/** Completion and explanation of definitions, as extensions of the editor. */
import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { syntaxTree } from '@codemirror/language';
import type { EditorState, Extension } from '@codemirror/state';
import { type EditorView, hoverTooltip, type Tooltip } from '@codemirror/view';

import { type Known, type Offer, offersAt } from './completions';
import { cursorAt } from './cursor';
import { explain } from './hints';
import { type Syntax, valueOf } from './syntax';

const WORD = /^["']?[\w$.-]*["']?$/;

/** `known` is asked each time, for what becomes known while one types. */
export function assistance(syntax: Syntax, known: () => Known): Extension {
  return [
    autocompletion({
      override: [(context) => complete(context, syntax, known())],
      icons: false,
      activateOnTyping: true,
      defaultKeymap: true,
    }),
    hoverTooltip((view, position) => explanation(view.state, syntax, known(), position)),
  ];
}

export function complete(context: CompletionContext, syntax: Syntax, known: Known): CompletionResult | null {
  const { state, pos, explicit } = context;
  const cursor = cursorAt(state.doc.toString(), syntax, pos);
  if (!cursor || (!explicit && cursor.from === pos && !followsOpening(state, pos))) return null;
  const options = offersAt(known, cursor, syntax, isFlow(state, pos)).map(optionOf);
  return options.length > 0 ? { from: cursor.from, to: Math.max(cursor.to, pos), options, validFor: WORD } : null;
}

/** Right after a colon, a dash or an opening bracket one wants to see what there is. */
function followsOpening(state: EditorState, position: number): boolean {
  return /[:,{[-] $|["{]$/.test(state.sliceDoc(Math.max(0, position - 2), position));
}

function isFlow(state: EditorState, position: number): boolean {
  let node: ReturnType<ReturnType<typeof syntaxTree>['resolveInner']> | null = syntaxTree(state).resolveInner(
    position,
    -1,
  );
  while (node && node.name !== 'FlowMapping' && node.name !== 'FlowSequence') node = node.parent;
  return node !== null;
}

function optionOf(offer: Offer): Completion {
  return {
    label: offer.label,
    displayLabel: offer.shown,
    detail: offer.detail,
    type: offer.kind,
    boost: offer.isRequired ? 50 : 0,
    ...(offer.info ? { info: offer.info } : {}),
    apply: (view: EditorView, _: Completion, from: number, to: number) =>
      view.dispatch({
        changes: { from, to, insert: offer.insert },
        selection: { anchor: from + offer.caret },
        userEvent: 'input.complete',
      }),
  };
}

export function explanation(state: EditorState, syntax: Syntax, known: Known, position: number): Tooltip | null {
  const text = state.doc.toString();
  const cursor = cursorAt(text, syntax, position);
  if (!cursor || cursor.to <= cursor.from) return null;
  const name = text.slice(cursor.from, cursor.to).replace(/^["']|["']$/g, '');
  const isKey = cursor.kind === 'key' || (cursor.kind === 'either' && cursor.isComplete);
  const path = isKey ? [...cursor.path, name] : cursor.path;
  const found = explain(known.schema, valueOf(text, syntax), path);
  if (!found) return null;
  return {
    pos: cursor.from,
    end: cursor.to,
    above: true,
    create: () => ({ dom: tooltip(String(path.at(-1) ?? name), found) }),
  };
}

function tooltip(name: string, { type, description }: { type: string; description: string }): HTMLElement {
  const box = document.createElement('div');
  box.className = 'weft-hover';
  const head = document.createElement('p');
  const title = document.createElement('strong');
  title.textContent = name;
  const kind = document.createElement('span');
  kind.className = 'weft-type';
  kind.textContent = type ? `: ${type}` : '';
  head.append(title, kind);
  box.append(head);
  if (description) {
    const text = document.createElement('p');
    text.textContent = description;
    box.append(text);
  }
  return box;
}
