/** What the editor offers at the cursor, as text to insert. */
import type { Cursor } from './cursor';
import { type FieldHint, fieldHints, type Schema, schemasAt, typeHints, valueHints } from './hints';
import { referenced } from './references';
import { lookup, type Syntax } from './syntax';

export interface Offer {
  /** What is compared with what was typed; it has the quotes that the text has. */
  label: string;
  shown: string;
  detail: string;
  info: string;
  insert: string;
  /** Where the cursor goes, from the beginning of what was inserted. */
  caret: number;
  kind: 'property' | 'enum' | 'type' | 'variable';
  isRequired: boolean;
}

export interface Known {
  schema: Schema;
  activities: readonly string[];
  workflows: readonly string[];
}

/** `isFlow`: whether the place is inside `{…}` or `[…]`, where a new line means nothing. */
export function offersAt(known: Known, cursor: Cursor, syntax: Syntax, isFlow: boolean): Offer[] {
  const schemas = schemasAt(known.schema, cursor.document, cursor.path);
  const style = { cursor, isJson: syntax === 'json', isFlow };
  if (cursor.kind === 'key') return fieldOffers(known.schema, schemas, style);
  const values = valueOffers(known, schemas, style);
  return cursor.kind === 'either' ? [...fieldOffers(known.schema, schemas, style), ...values] : values;
}

interface Style {
  cursor: Cursor;
  isJson: boolean;
  isFlow: boolean;
}

function fieldOffers(root: Schema, schemas: readonly Schema[], style: Style): Offer[] {
  return fieldHints(root, schemas, style.cursor.siblings).map((hint) => {
    const written = style.isJson ? JSON.stringify(hint.name) : hint.name;
    const { text, caret } = style.cursor.isComplete ? { text: '', caret: 0 } : afterName(hint, style);
    return {
      label: written,
      shown: hint.name,
      detail: hint.type,
      info: hint.description,
      insert: written + text,
      caret: written.length + caret,
      kind: 'property',
      isRequired: hint.isRequired,
    };
  });
}

/** What follows a name: the colon, and the beginning of the value. */
function afterName({ opens }: FieldHint, { cursor, isJson, isFlow }: Style): { text: string; caret: number } {
  if (opens === 'value') return { text: ': ', caret: 2 };
  if (isJson || isFlow) return { text: opens === 'object' ? ': {}' : ': []', caret: 3 };
  const text = `:\n${' '.repeat(cursor.indent + 2)}${opens === 'list' ? '- ' : ''}`;
  return { text, caret: text.length };
}

function valueOffers(known: Known, schemas: readonly Schema[], style: Style): Offer[] {
  const document = style.cursor.document;
  const plain = valueHints(schemas).map(({ value, description }) => offer(value, '', description, 'enum', style));
  const names = referenced(schemas, document).map(({ id, name }) => offer(id, name, '', 'variable', style));
  const types = typeHints(schemas).map(({ value, description }) => {
    const insert = style.isJson ? `{"type": ${JSON.stringify(value)}}` : `{type: ${String(value)}}`;
    return { ...offer(value, '', description, 'type', style), insert, caret: insert.length - 1 };
  });
  const isValue = style.cursor.kind === 'value';
  return [...plain, ...names, ...(isValue ? types : []), ...namedElsewhere(known, style)];
}

/** Names that are not in the schema: activities, and other workflows. */
function namedElsewhere(known: Known, style: Style): Offer[] {
  switch (style.cursor.path.at(-1)) {
    case 'activity_type':
      return distinct([...known.activities, ...activitiesIn(style.cursor.document)]).map((name) =>
        offer(name, '', '', 'variable', style),
      );
    case 'workflow_id':
      return known.workflows.map((id) => offer(id, '', '', 'variable', style));
    default:
      return [];
  }
}

function activitiesIn(document: unknown): string[] {
  const steps = lookup(document, ['steps']);
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown) => {
    const type = lookup(step, ['step_type', 'activity_type']);
    return typeof type === 'string' && !type.startsWith('weft__') ? [type] : [];
  });
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function offer(value: unknown, detail: string, info: string, kind: Offer['kind'], { isJson }: Style): Offer {
  const label = isJson ? JSON.stringify(value) : inYaml(value);
  return { label, shown: String(value), detail, info, insert: label, caret: label.length, kind, isRequired: false };
}

/** Text that YAML would read as something else gets quotes. */
function inYaml(value: unknown): string {
  const text = String(value);
  const isSafe = typeof value !== 'string' || (/^[A-Za-z][\w.-]*$/.test(text) && !/^(true|false|null)$/i.test(text));
  return isSafe ? text : JSON.stringify(text);
}
