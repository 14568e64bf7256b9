/** JSON without loss: whole numbers beyond what JavaScript counts exactly stay as they were written, where the browser can. */

interface Raw {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
}

const raw = JSON as unknown as Partial<Raw>;

function keep(_: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !context?.source || !raw.rawJSON) return value;
  return /^-?\d+$/.test(context.source) ? raw.rawJSON(context.source) : value;
}

const LONG_NUMBER = /\d{16}/;

export function parseJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keep as never) : JSON.parse(text);
}

/** Whether `value` is a number that was kept as text. */
export function isExactNumber(value: unknown): boolean {
  return raw.isRawJSON?.(value) ?? false;
}
