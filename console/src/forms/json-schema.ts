/**
 * Shapes of JSON Schemas (draft 2020-12), as far as a form can show them: what it cannot, is written as JSON.
 * The server checks everything; a rule that is not kept here is not lost.
 */

import { isObject, type Json, type JsonObject } from './json';
import { keysOf } from './pointers';
import { ANYTHING, type Field, type Shape } from './shapes';

interface Context {
  root: Json;
  /** References that lead here: one that comes again is of an endless type. */
  open: ReadonlySet<string>;
}

export function shapeOfSchema(schema: Json): Shape {
  return shapeOf(schema, { root: schema, open: new Set() });
}

function shapeOf(schema: Json, context: Context): Shape {
  if (!isObject(schema)) return ANYTHING;
  if (typeof schema['$ref'] === 'string') return shapeOfReference(schema, schema['$ref'], context);
  if (Array.isArray(schema['allOf'])) return shapeOf(merged(schema, schema['allOf'], context), context);
  if (schema['const'] !== undefined) return { kind: 'choice', values: [schema['const']] };
  if (Array.isArray(schema['enum'])) return { kind: 'choice', values: schema['enum'] };
  const alternatives = schema['oneOf'] ?? schema['anyOf'];
  if (Array.isArray(alternatives)) return shapeOfAlternatives(schema, alternatives, context);
  return shapeOfTypes(schema, context);
}

function shapeOfReference(schema: JsonObject, reference: string, context: Context): Shape {
  if (context.open.has(reference)) return ANYTHING;
  const rest = without(schema, '$ref');
  const inner = { ...context, open: new Set([...context.open, reference]) };
  const target = resolved(reference, context.root);
  return shapeOf(isObject(target) ? { ...target, ...rest } : target, inner);
}

function without(schema: JsonObject, ...names: string[]): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)));
}

function resolved(reference: string, root: Json): Json {
  const keys = reference.startsWith('#') ? keysOf(decodeURIComponent(reference.slice(1))) : null;
  let place: Json | undefined = keys === null ? true : root;
  for (const key of keys ?? []) {
    if (isObject(place)) place = place[key];
    else if (Array.isArray(place)) place = place[Number(key)];
    else return true;
  }
  return place ?? true;
}

/** A schema and all that it must fit besides, in one; properties and required names are added up. */
function merged(schema: JsonObject, all: Json[], context: Context): JsonObject {
  const own = without(schema, 'allOf');
  return all.reduce<JsonObject>((result, part) => {
    const target = isObject(part) && typeof part['$ref'] === 'string' ? resolved(part['$ref'], context.root) : part;
    if (!isObject(target)) return result;
    return {
      ...target,
      ...result,
      ...joined('properties', result, target),
      ...(Array.isArray(target['required'])
        ? { required: [...(Array.isArray(result['required']) ? result['required'] : []), ...target['required']] }
        : {}),
    };
  }, own);
}

function joined(name: string, left: JsonObject, right: JsonObject): JsonObject {
  const [one, two] = [left[name], right[name]];
  return isObject(one) && isObject(two) ? { [name]: { ...two, ...one } } : {};
}

function shapeOfAlternatives(schema: JsonObject, alternatives: Json[], context: Context): Shape {
  const rest = without(schema, 'oneOf', 'anyOf');
  const values = alternatives.filter((each) => !(isObject(each) && each['type'] === 'null'));
  const nullable = values.length < alternatives.length;
  const variants = values.map((each, index) => ({
    title: titleOf(each) ?? `${index + 1}`,
    shape: shapeOf(isObject(each) ? { ...rest, ...each, ...joined('properties', each, rest) } : each, context),
  }));
  const [only] = variants;
  if (variants.length === 1 && only) return { ...only.shape, ...(nullable ? { nullable } : {}) };
  const constants = values.map((each) => (isObject(each) ? each['const'] : undefined));
  if (constants.length > 0 && constants.every((each) => each !== undefined)) {
    return { kind: 'choice', values: constants as Json[], ...(nullable ? { nullable } : {}) };
  }
  return { kind: 'variants', variants, ...(nullable ? { nullable } : {}) };
}

function titleOf(schema: Json): string | undefined {
  if (!isObject(schema)) return undefined;
  if (typeof schema['title'] === 'string') return schema['title'];
  return typeof schema['type'] === 'string' ? schema['type'] : undefined;
}

function shapeOfTypes(schema: JsonObject, context: Context): Shape {
  const declared = schema['type'] ?? implied(schema);
  if (!Array.isArray(declared)) return shapeOfOneType(String(declared), schema, context);
  const types = declared.filter((each) => each !== 'null');
  const nullable = types.length < declared.length;
  if (types.length === 1) {
    const shape = shapeOfOneType(String(types[0]), schema, context);
    return nullable ? { ...shape, nullable } : shape;
  }
  const variants = types.map((each) => ({ title: String(each), shape: shapeOfOneType(String(each), schema, context) }));
  return { kind: 'variants', variants, ...(nullable ? { nullable } : {}) };
}

function implied(schema: JsonObject): string {
  if (isObject(schema['properties']) || isObject(schema['additionalProperties'])) return 'object';
  return schema['items'] === undefined ? 'any' : 'array';
}

function shapeOfOneType(type: string, schema: JsonObject, context: Context): Shape {
  switch (type) {
    case 'string':
      return shapeOfText(schema);
    case 'number':
    case 'integer':
      return { kind: 'number', integer: type === 'integer', ...numbers(schema, NUMBER_RULES) };
    case 'boolean':
      return { kind: 'flag' };
    case 'object':
      return shapeOfObject(schema, context);
    case 'array':
      return shapeOfArray(schema, context);
    default:
      return ANYTHING;
  }
}

const NUMBER_RULES = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'] as const;
const LENGTHS = ['minLength', 'maxLength'] as const;
const COUNTS = ['minItems', 'maxItems'] as const;

function shapeOfText(schema: JsonObject): Shape {
  if (schema['format'] === 'date-time') return { kind: 'datetime' };
  return {
    kind: 'text',
    ...numbers(schema, LENGTHS),
    ...(typeof schema['pattern'] === 'string' ? { pattern: schema['pattern'] } : {}),
    ...(typeof schema['format'] === 'string' ? { format: schema['format'] } : {}),
  };
}

function shapeOfObject(schema: JsonObject, context: Context): Shape {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const others = schema['additionalProperties'];
  const fields = Object.entries(properties).map(([name, inner]) => fieldOf(name, inner, required.has(name), context));
  return {
    kind: 'group',
    fields,
    extra: others === false ? null : shapeOf(others ?? true, context),
    open: others !== false && (isObject(others) || fields.length === 0),
  };
}

function fieldOf(name: string, schema: Json, required: boolean, context: Context): Field {
  const target = isObject(schema) && typeof schema['$ref'] === 'string' ? resolved(schema['$ref'], context.root) : {};
  const said = isObject(schema) ? { ...(isObject(target) ? target : {}), ...schema } : {};
  return {
    name,
    label: typeof said['title'] === 'string' ? said['title'] : name,
    required,
    shape: shapeOf(schema, context),
    ...(typeof said['description'] === 'string' ? { description: said['description'] } : {}),
    ...(said['default'] !== undefined ? { default: said['default'] } : {}),
  };
}

function shapeOfArray(schema: JsonObject, context: Context): Shape {
  if (Array.isArray(schema['prefixItems'])) return ANYTHING;
  return {
    kind: 'list',
    items: shapeOf(schema['items'] ?? true, context),
    ...numbers(schema, COUNTS),
    ...(schema['uniqueItems'] === true ? { unique: true } : {}),
  };
}

function numbers<Name extends string>(schema: JsonObject, names: readonly Name[]): { [name in Name]?: number } {
  const given = names.filter((name) => typeof schema[name] === 'number').map((name) => [name, schema[name]]);
  return Object.fromEntries(given) as { [name in Name]?: number };
}
