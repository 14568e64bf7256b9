/** JSON values whose numbers are exact: one that a double cannot hold keeps its digits. */

import { isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json';

export type Json = null | boolean | string | number | LosslessNumber | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };
export type JsonType = 'null' | 'boolean' | 'string' | 'number' | 'array' | 'object';

/** A number that is exact as a double becomes one, any other a `LosslessNumber`. */
export function numberFrom(text: string): number | LosslessNumber {
  return isSafeNumber(text) ? Number(text) : new LosslessNumber(text);
}

/** Throws `SyntaxError` for a text that is no JSON, also for the same key twice. */
export function parseJson(text: string): Json {
  return parse(text, undefined, { parseNumber: numberFrom }) as Json;
}

export function formatJson(value: Json, indent = 2): string {
  return stringify(value, undefined, indent) ?? 'null';
}

export function typeOf(value: Json): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof LosslessNumber) return 'number';
  return typeof value as JsonType;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

/** Whether two values are the same; the order of an object's keys does not matter. */
export function isSame(left: Json, right: Json): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (isObject(value)) {
    const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join()}}`;
  }
  return formatJson(value, 0);
}

interface RawNumbers {
  rawJSON(text: string): Json;
  isRawJSON(value: unknown): value is { rawJSON: string };
}

const raw = JSON as unknown as Partial<RawNumbers>;

/** A value as the API's client takes it. A browser that cannot send every digit sends the nearest double. */
export function toApi(value: Json): unknown {
  if (value instanceof LosslessNumber) return raw.rawJSON ? raw.rawJSON(value.toString()) : Number(value);
  if (Array.isArray(value)) return value.map(toApi);
  return isObject(value) ? mapped(value, toApi) : value;
}

/** A value as the API's client gives it. */
export function fromApi(value: unknown): Json {
  if (raw.isRawJSON?.(value)) return new LosslessNumber(value.rawJSON);
  if (Array.isArray(value)) return value.map(fromApi);
  return isObject(value) ? mapped(value, fromApi) : ((value ?? null) as Json);
}

function mapped<T>(value: JsonObject, change: (each: Json) => T): { [name: string]: T } {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each)]));
}
