/** Shapes of the types that the definition language has: an `input_type`, the form of an action. */

import { ANYTHING, type Field, type Shape } from './shapes';
import type { Json } from './json';
import { shapeOfSchema } from './json-schema';

export interface FieldType {
  type: string;
  fields?: FieldDefinition[] | null;
  items?: FieldType | null;
  values?: Json[] | null;
}

export interface FieldDefinition {
  name: string;
  field_type: FieldType;
  description?: string | null;
  required?: boolean | null;
  default?: Json;
}

/** A field of the form of a human task. */
export interface FormField extends Omit<FieldDefinition, 'default'> {
  label?: string | null;
  default_value?: Json;
  validation?: string | null;
}

export interface TypeDefinition {
  fields?: FieldDefinition[] | null;
  value_type?: FieldType | null;
  json_schema?: Json;
}

/** The shape of an `input_type`; without one, anything goes, and an object is usual. */
export function shapeOfInput(type: TypeDefinition | null | undefined): Shape {
  if (!type) return { kind: 'group', fields: [], extra: ANYTHING, open: true };
  if (type.json_schema !== undefined && type.json_schema !== null) return shapeOfSchema(type.json_schema);
  if (type.value_type) return shapeOfType(type.value_type);
  return groupOf((type.fields ?? []).map(fieldOf));
}

/** The shape of `{field: value}` for an action's form, which allows no other fields. */
export function shapeOfForm(fields: FormField[]): Shape {
  return { kind: 'group', fields: fields.map(formFieldOf), extra: null, open: false };
}

export function shapeOfType(type: FieldType): Shape {
  switch (type.type) {
    case 'string':
      return { kind: 'text' };
    case 'number':
    case 'integer':
      return { kind: 'number', integer: type.type === 'integer' };
    case 'boolean':
      return { kind: 'flag' };
    case 'enum':
      return { kind: 'choice', values: type.values ?? [] };
    case 'datetime':
      return { kind: 'datetime' };
    case 'duration':
      return { kind: 'duration' };
    case 'object':
      return groupOf((type.fields ?? []).map(fieldOf));
    case 'array':
      return { kind: 'list', items: type.items ? shapeOfType(type.items) : ANYTHING };
    default:
      return ANYTHING;
  }
}

/** Fields that are not declared are allowed; where none is, adding them is what the form is for. */
function groupOf(fields: Field[]): Shape {
  return { kind: 'group', fields, extra: ANYTHING, open: fields.length === 0 };
}

function fieldOf(field: FieldDefinition): Field {
  return {
    name: field.name,
    label: field.name,
    required: field.required ?? false,
    shape: shapeOfType(field.field_type),
    ...(field.description ? { description: field.description } : {}),
    ...(field.default !== undefined && field.default !== null ? { default: field.default } : {}),
  };
}

function formFieldOf({ label, default_value, validation, ...field }: FormField): Field {
  const plain = fieldOf(default_value === undefined ? field : { ...field, default: default_value });
  return { ...plain, label: label || field.name, ...(validation ? { validation } : {}) };
}
