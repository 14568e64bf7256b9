/** What the schema of definitions says about a place: which fields there may be, which values, and what they mean. */
import type { Path } from '../forms/pointers';

export interface Schema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  $defs?: Record<string, Schema>;
}

export interface FieldHint {
  name: string;
  description: string;
  /** `text`, `number`, `list of text`, … for people. */
  type: string;
  isRequired: boolean;
  /** What kind of value comes next, for what is inserted. */
  opens: 'object' | 'list' | 'value';
}

export interface ValueHint {
  value: string | number | boolean | null;
  description: string;
}

/** The schemas that hold at `path` of a document, those ruled out by what it says (`type: activity`) left aside. */
export function schemasAt(root: Schema, document: unknown, path: Path): Schema[] {
  let [schemas, value] = [expanded(root, root, document), document];
  for (const key of path) {
    const inner = valueIn(value, key);
    schemas = schemas.flatMap((each) => step(each, key)).flatMap((each) => expanded(each, root, inner));
    value = inner;
  }
  return schemas;
}

function valueIn(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
}

function step(schema: Schema, key: string | number): Schema[] {
  if (typeof key === 'number' || (schema.items && /^\d+$/.test(key))) return schema.items ? [schema.items] : [];
  const property = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
  if (property) return [property];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}

/** A schema without references and alternatives, as all those that may hold of the value. */
function expanded(schema: Schema, root: Schema, value: unknown): Schema[] {
  const { $ref, anyOf, oneOf, ...own } = schema;
  if ($ref !== undefined) {
    const target = root.$defs?.[$ref.replace('#/$defs/', '')];
    return target ? expanded({ ...target, ...own }, root, value) : [];
  }
  const alternatives = anyOf ?? oneOf;
  if (!alternatives) return [schema];
  const all = alternatives.flatMap((each) => expanded({ ...said(own), ...each }, root, value));
  const fitting = all.filter((each) => mayHold(each, value));
  return fitting.length > 0 ? fitting : all;
}

/** What an alternative takes over from the schema around it: what it means, where it says nothing itself. */
function said({ description, title }: Schema): Schema {
  return { ...(description === undefined ? {} : { description }), ...(title === undefined ? {} : { title }) };
}

function mayHold(schema: Schema, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return !isOfType(schema, 'object') && !isOfType(schema, 'array');
  if (Array.isArray(value)) return isOfType(schema, 'array');
  if (!schema.properties) return isOfType(schema, 'object');
  return Object.entries(schema.properties).every(([name, property]) => {
    const given = (value as Record<string, unknown>)[name];
    return property.const === undefined || typeof given !== 'string' || given === property.const;
  });
}

function isOfType(schema: Schema, type: string): boolean {
  return typesOf(schema).includes(type);
}

function typesOf(schema: Schema): string[] {
  if (schema.type === undefined) return schema.properties ? ['object'] : [];
  return Array.isArray(schema.type) ? schema.type : [schema.type];
}

/** The fields of an object, `present` ones left out; the required ones first. */
export function fieldHints(root: Schema, schemas: readonly Schema[], present: readonly string[] = []): FieldHint[] {
  const hints = new Map<string, FieldHint>();
  for (const schema of schemas) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (present.includes(name) || hints.has(name)) continue;
      hints.set(name, hintOf(root, name, property, schema.required?.includes(name) ?? false));
    }
  }
  return [...hints.values()].sort((left, right) => Number(right.isRequired) - Number(left.isRequired));
}

function hintOf(root: Schema, name: string, property: Schema, isRequired: boolean): FieldHint {
  const kinds = expanded(property, root, undefined);
  const description = property.description ?? kinds.find((each) => each.description)?.description ?? '';
  return { name, description, type: typeName(root, property), isRequired, opens: opening(kinds) };
}

function opening(kinds: Schema[]): FieldHint['opens'] {
  const types = kinds.flatMap(typesOf).filter((each) => each !== 'null');
  if (types.length > 0 && types.every((each) => each === 'object')) return 'object';
  return types.length > 0 && types.every((each) => each === 'array') ? 'list' : 'value';
}

/** The values that a place may have, where the schema lists them. */
export function valueHints(schemas: readonly Schema[]): ValueHint[] {
  const hints = new Map<unknown, ValueHint>();
  const add = (value: unknown, description: string) => {
    if (value !== null && typeof value !== 'object' && !hints.has(value)) {
      hints.set(value, { value: value as ValueHint['value'], description });
    }
  };
  for (const schema of schemas) {
    const description = schema.description ?? '';
    if (schema.const !== undefined) add(schema.const, description);
    schema.enum?.forEach((each) => add(each, description));
    if (isOfType(schema, 'boolean')) [true, false].forEach((each) => add(each, description));
  }
  return [...hints.values()];
}

/** The values of `type` that an object may have, with what each stands for. */
export function typeHints(schemas: readonly Schema[]): ValueHint[] {
  return schemas.flatMap((schema) => {
    const value = schema.properties?.['type']?.const;
    return typeof value === 'string' ? [{ value, description: schema.description ?? '' }] : [];
  });
}

/** What stands at a place, in words: type, meaning, values that it may have. */
export function explain(root: Schema, document: unknown, path: Path): { type: string; description: string } | null {
  const parent = schemasAt(root, document, path.slice(0, -1));
  const last = path.at(-1);
  const own = last === undefined ? [root] : parent.flatMap((each) => step(each, last));
  const [first] = own;
  if (!first) return null;
  const kinds = own.flatMap((each) => expanded(each, root, valueIn({ at: valueAt(document, path) }, 'at')));
  const description = first.description ?? kinds.find((each) => each.description)?.description ?? '';
  return { type: typeName(root, first), description };
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(valueIn, document);
}

const NAMES: Record<string, string> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  object: 'object',
  array: 'list',
};

function typeName(root: Schema, schema: Schema): string {
  return [...new Set(typeNames(root, schema))].slice(0, 8).join(' | ');
}

function typeNames(root: Schema, schema: Schema): string[] {
  if (schema.$ref === '#/$defs/Duration') return ['duration'];
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return alternatives.flatMap((each) => typeNames(root, each));
  return expanded(schema, root, undefined).flatMap((each) => namesOf(root, each));
}

function namesOf(root: Schema, schema: Schema): string[] {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return schema.enum.filter((each) => each !== null).map((each) => JSON.stringify(each));
  return typesOf(schema)
    .filter((each) => each !== 'null')
    .map((each) =>
      each === 'array' && schema.items ? `list of ${typeName(root, schema.items)}` : (NAMES[each] ?? each),
    );
}
