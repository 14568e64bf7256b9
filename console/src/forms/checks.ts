/** The rules of single values, as the server has them; it has the last word. */

import { formatJson, type Json } from './json';
import type { Rule } from './findings';
import type { ListShape, NumberShape, TextShape } from './shapes';

export interface Fault {
  rule: Rule;
  values?: Record<string, string | number>;
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const DURATION =
  /^P(?=.)(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?(T(?=.)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?$/;

/** Whether the text is a number as JSON writes it. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text);
}

export function isTimestamp(text: string): boolean {
  const parts = TIMESTAMP.exec(text);
  if (!parts) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
}

export function isDuration(text: string): boolean {
  return DURATION.test(text);
}

export function faultsOfNumber(shape: NumberShape, text: string): Fault[] {
  if (!isNumber(text)) return [{ rule: shape.integer ? 'integer' : 'number' }];
  const value = Number(text);
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = shape;
  return [
    ...faultIf(shape.integer && !isWhole(text), 'integer'),
    ...faultIf(minimum !== undefined && value < minimum, 'minimum', minimum),
    ...faultIf(maximum !== undefined && value > maximum, 'maximum', maximum),
    ...faultIf(exclusiveMinimum !== undefined && value <= exclusiveMinimum, 'above', exclusiveMinimum),
    ...faultIf(exclusiveMaximum !== undefined && value >= exclusiveMaximum, 'under', exclusiveMaximum),
    ...faultIf(multipleOf !== undefined && !isMultiple(value, multipleOf), 'multiple', multipleOf),
  ];
}

export function faultsOfText(shape: TextShape, text: string): Fault[] {
  const length = [...text].length;
  const { minLength, maxLength, pattern } = shape;
  return [
    ...faultIf(minLength !== undefined && length < minLength, 'shorter', minLength),
    ...faultIf(maxLength !== undefined && length > maxLength, 'longer', maxLength),
    ...faultIf(pattern !== undefined && !matches(pattern, text), 'pattern', pattern),
  ];
}

export function faultsOfList(shape: ListShape, items: readonly Json[]): Fault[] {
  const { minItems, maxItems } = shape;
  const distinct = new Set(items.map((each) => formatJson(each, 0)));
  return [
    ...faultIf(minItems !== undefined && items.length < minItems, 'fewer', minItems),
    ...faultIf(maxItems !== undefined && items.length > maxItems, 'more', maxItems),
    ...faultIf(shape.unique === true && distinct.size < items.length, 'unique'),
  ];
}

function faultIf(isWrong: boolean, rule: Rule, limit?: string | number): Fault[] {
  if (!isWrong) return [];
  return [limit === undefined ? { rule } : { rule, values: { limit } }];
}

/** `5`, `5.0` and `5e3` are whole. Beyond what a double can hold the server decides. */
function isWhole(text: string): boolean {
  const value = Number(text);
  return (
    Number.isInteger(value) &&
    !(Math.abs(value) > Number.MAX_SAFE_INTEGER && /[.]\d*[1-9]/.test(text) && !/e/i.test(text))
  );
}

/** With the slack that binary fractions need: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, step: number): boolean {
  const times = value / step;
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times));
}

/** A pattern that this browser cannot read holds; the server, which reads RE2's, checks it. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true;
  }
}
