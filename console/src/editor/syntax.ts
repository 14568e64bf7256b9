/** The text of a definition: JSON or YAML, what it says, and where in it things stand. */
import { findNodeAtLocation, parse as parseTolerantly, parseTree, type Node as JsonNode } from 'jsonc-parser';
import { isMap, isNode, isSeq, type Node as YamlNode, type Pair, parseDocument, stringify } from 'yaml';

import { keysOf, type Path } from '../forms/pointers';

export type Syntax = 'json' | 'yaml';

export interface Range {
  from: number;
  to: number;
}

/** A text that starts like JSON is JSON, as the server has it. */
export function syntaxOf(text: string): Syntax {
  return /^\s*[{[]/.test(text) ? 'json' : 'yaml';
}

export const MEDIA_TYPES: Record<Syntax, string> = { json: 'application/json', yaml: 'application/yaml' };

/** What a text says as far as it can be read, faults left aside. */
export function valueOf(text: string, syntax: Syntax): unknown {
  if (syntax === 'json') return parseTolerantly(text, [], { allowTrailingComma: true });
  try {
    return parseDocument(text, { logLevel: 'silent' }).toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

/** A definition as text; long texts are not folded, so that a diff shows what changed and nothing else. */
export function written(value: unknown, syntax: Syntax): string {
  if (syntax === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/**
 * Where the thing is that a JSON pointer names. Of one that is not there (a field that is missing), the nearest around it;
 * of an object or a list, its name, or its first line where it has none.
 */
export function rangeOf(text: string, syntax: Syntax, pointer: string): Range {
  const keys = keysOf(pointer) ?? [];
  const range = syntax === 'json' ? rangeInJson(text, keys) : rangeInYaml(text, keys);
  return shortened(text, range);
}

function rangeInJson(text: string, keys: readonly string[]): Range {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (!root) return { from: 0, to: text.length };
  let node: JsonNode = root;
  for (const key of keys) {
    const next = findNodeAtLocation(node, [node.type === 'array' ? Number(key) : key]);
    if (!next) break;
    node = next;
  }
  const name = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
  const shown = name && (node.type === 'object' || node.type === 'array') ? name : node;
  return { from: shown.offset, to: shown.offset + shown.length };
}

function rangeInYaml(text: string, keys: readonly string[]): Range {
  const root = parseDocument(text, { logLevel: 'silent' }).contents;
  let found: Range | null = isNode(root) ? rangeOfNode(root) : null;
  let place: unknown = root;
  for (const key of keys) {
    const pair = isMap(place) ? place.items.find((each) => nameOf(each) === key) : undefined;
    const next: unknown = pair ? pair.value : isSeq(place) ? place.items[Number(key)] : undefined;
    if (next === undefined && !pair) break;
    found = (pair ? rangeOfPair(pair) : isNode(next) ? rangeOfNode(next) : null) ?? found;
    place = next;
  }
  return found ?? { from: 0, to: text.length };
}

function nameOf(pair: Pair): string {
  const key: unknown = pair.key;
  return isNode(key) && 'value' in key ? String(key.value) : String(key);
}

function rangeOfPair(pair: Pair): Range | null {
  const value = isNode(pair.value) && !isMap(pair.value) && !isSeq(pair.value) ? rangeOfNode(pair.value) : null;
  if (value && value.to > value.from) return value;
  return isNode(pair.key) ? rangeOfNode(pair.key) : null;
}

function rangeOfNode(node: YamlNode): Range | null {
  return node.range ? { from: node.range[0], to: node.range[1] } : null;
}

/** Up to the end of the line, and at least one character, so that it can be seen. */
function shortened(text: string, range: Range): Range {
  const from = Math.min(range.from, text.length);
  const end = text.indexOf('\n', from);
  const to = Math.max(Math.min(range.to, end < 0 ? text.length : end), from);
  if (to > from || text.length === 0) return { from, to };
  return from > 0 && (from === text.length || text[from] === '\n')
    ? { from: from - 1, to: from }
    : { from, to: from + 1 };
}

/** The value at a path, or undefined. */
export function lookup(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((place, key) => {
    if (typeof place !== 'object' || place === null) return undefined;
    return (place as Record<string | number, unknown>)[key];
  }, value);
}
