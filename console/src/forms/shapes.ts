/** What a form is made of: one shape for each kind of value, whatever language declared it. */

import type { Json } from './json';

interface Nullable {
  /** Whether `null` is a value too. */
  nullable?: boolean;
}

export interface TextShape extends Nullable {
  kind: 'text';
  /** A format of JSON Schema, such as `email`; a hint for the input alone. */
  format?: string;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
}

export interface NumberShape extends Nullable {
  kind: 'number';
  integer: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
}

export interface FlagShape extends Nullable {
  kind: 'flag';
}

/** One of some values, which may be of any type. */
export interface ChoiceShape extends Nullable {
  kind: 'choice';
  values: Json[];
}

/** RFC 3339, with an offset. */
export interface DatetimeShape extends Nullable {
  kind: 'datetime';
}

/** Seconds, ISO 8601, or `{secs, nanos}`. */
export interface DurationShape extends Nullable {
  kind: 'duration';
}

export interface GroupShape extends Nullable {
  kind: 'group';
  fields: Field[];
  /** What fields that are not declared have to be; `null` if there may be none. */
  extra: Shape | null;
  /** Whether the form offers to add such fields. */
  open: boolean;
}

export interface ListShape extends Nullable {
  kind: 'list';
  items: Shape;
  minItems?: number;
  maxItems?: number;
  unique?: boolean;
}

/** One of several shapes. */
export interface VariantsShape extends Nullable {
  kind: 'variants';
  variants: { title: string; shape: Shape }[];
}

/** Any JSON value, which is written as such. */
export interface AnythingShape extends Nullable {
  kind: 'anything';
}

export type Shape =
  | TextShape
  | NumberShape
  | FlagShape
  | ChoiceShape
  | DatetimeShape
  | DurationShape
  | GroupShape
  | ListShape
  | VariantsShape
  | AnythingShape;

export interface Field {
  name: string;
  label: string;
  description?: string;
  required: boolean;
  default?: Json;
  /** An expression over the value, which the server checks. */
  validation?: string;
  shape: Shape;
}

export const ANYTHING: AnythingShape = { kind: 'anything' };
