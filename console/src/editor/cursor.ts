/** Where in a definition the cursor is: at the name of a field, or at a value. */
import { getLocation } from 'jsonc-parser';
import { isPair, isScalar, isSeq, type Node, type Pair, parseDocument, visit } from 'yaml';

import type { Path } from '../forms/pointers';
import { lookup, type Range, type Syntax, valueOf } from './syntax';

export interface Cursor extends Range {
  /** `either`: at the beginning of an item of a list, which may become an object. */
  kind: 'key' | 'value' | 'either';
  /** Of the object in which the name stands, or of the value itself. */
  path: Path;
  /** What the document says around; the word at the cursor apart. */
  document: unknown;
  /** The names that the object has already, apart from the one at the cursor. */
  siblings: string[];
  /** Whether a colon, or the rest of the pair, follows. */
  isComplete: boolean;
  /** Spaces before the name, for what is inserted below it. */
  indent: number;
}

export function cursorAt(text: string, syntax: Syntax, offset: number): Cursor | null {
  return syntax === 'json' ? cursorInJson(text, offset) : cursorInYaml(text, offset);
}

function cursorInJson(text: string, offset: number): Cursor | null {
  const location = getLocation(text, offset);
  const node = location.previousNode;
  const isInside = node !== undefined && node.offset <= offset && offset <= node.offset + node.length;
  const range = isInside && (node.type === 'string' || node.type === 'property') ? rangeOf(node) : wordAt(text, offset);
  if (isInside && node.type === 'property' && !location.isAtPropertyKey) return null;
  const path: Path = location.isAtPropertyKey ? location.path.slice(0, -1) : location.path;
  const document = valueOf(text, 'json');
  return {
    ...range,
    kind: location.isAtPropertyKey ? 'key' : 'value',
    path,
    document,
    siblings: namesAt(document, path).filter((name) => !location.isAtPropertyKey || name !== location.path.at(-1)),
    isComplete: /^\s*:/.test(text.slice(range.to)),
    indent: indentAt(text, offset),
  };
}

function rangeOf(node: { offset: number; length: number }): Range {
  return { from: node.offset, to: node.offset + node.length };
}

function namesAt(document: unknown, path: Path): string[] {
  const place = lookup(document, path);
  return typeof place === 'object' && place !== null && !Array.isArray(place) ? Object.keys(place) : [];
}

function wordAt(text: string, offset: number): Range {
  const before = /[\w$.-]*$/.exec(text.slice(0, offset))?.[0].length ?? 0;
  const after = /^[\w$.-]*/.exec(text.slice(offset))?.[0].length ?? 0;
  return { from: offset - before, to: offset + after };
}

function indentAt(text: string, offset: number): number {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[\s-]*/.exec(line)?.[0].length ?? 0;
}

/*
 * YAML is read with a mark in the place of the word at the cursor: as it is, and as the name of a field. Whichever way
 * the mark is found where one would write such a thing is the one.
 */
const MARK = 'weft__cursor';

function cursorInYaml(text: string, offset: number): Cursor | null {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  if (/^\s*#|\s#/.test(text.slice(lineStart, offset))) return null;
  const word = wordAt(text, offset);
  const range = unquoted(text, word);
  const isComplete = /^\s*:(\s|$)/.test(text.slice(range.to));
  const leads = /^[\s-]*$/.test(text.slice(lineStart, range.from));
  const [before, after] = [text.slice(0, range.from), text.slice(range.to)];
  const asKey = isComplete ? before + MARK + after : `${before}${MARK}: null${after}`;
  const asValue = before + MARK + after;
  const found = leads || isComplete ? (marked(asKey) ?? marked(asValue)) : marked(asValue);
  if (!found) return null;
  const isItem = leads && found.kind === 'key' && /-\s+$/.test(text.slice(lineStart, range.from));
  return { ...range, ...found, kind: isItem ? 'either' : found.kind, isComplete, indent: indentAt(text, range.from) };
}

/** With the quotes around the word, which an accepted completion replaces. */
function unquoted(text: string, { from, to }: Range): Range {
  const quote = text[from - 1];
  if (quote !== '"' && quote !== "'") return { from, to };
  return { from: from - 1, to: text[to] === quote ? to + 1 : to };
}

function marked(text: string): Pick<Cursor, 'kind' | 'path' | 'document' | 'siblings'> | null {
  const parsed = parseDocument(text, { logLevel: 'silent' });
  let found: Pick<Cursor, 'kind' | 'path'> | null = null;
  visit(parsed, {
    Scalar(key, node, ancestors) {
      if (node.value !== MARK) return undefined;
      found = {
        kind: key === 'key' ? 'key' : 'value',
        path: pathOf(ancestors as readonly Node[], node, key === 'key'),
      };
      return visit.BREAK;
    },
  });
  if (!found) return null;
  const { kind, path } = found as Pick<Cursor, 'kind' | 'path'>;
  let document: unknown;
  try {
    document = parsed.toJS({ maxAliasCount: 100 });
  } catch {
    document = undefined;
  }
  return { kind, path, document, siblings: namesAt(document, path).filter((name) => name !== MARK) };
}

function pathOf(ancestors: readonly (Node | Pair)[], last: Node, isKey: boolean): Path {
  const chain = [...ancestors, last];
  const path: (string | number)[] = [];
  chain.forEach((place, index) => {
    const inner = chain[index + 1];
    if (isSeq(place) && inner) path.push(place.items.indexOf(inner));
    else if (isPair(place) && !(isKey && index === chain.length - 2))
      path.push(isScalar(place.key) ? String(place.key.value) : '');
  });
  return path;
}
