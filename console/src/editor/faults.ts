/** What keeps a text from being read as JSON or YAML, found on the spot; everything else the server finds. */
import { parse, type ParseError, printParseErrorCode } from 'jsonc-parser';
import { parseDocument } from 'yaml';

import type { Range, Syntax } from './syntax';

export interface Fault extends Range {
  message: string;
}

export function faultsOf(text: string, syntax: Syntax): Fault[] {
  if (text.trim() === '') return [];
  return syntax === 'json' ? faultsOfJson(text) : faultsOfYaml(text);
}

function faultsOfJson(text: string): Fault[] {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  return errors.map(({ error, offset, length }) => ({
    from: Math.min(offset, text.length),
    to: Math.min(offset + Math.max(length, 1), text.length),
    message: sentence(printParseErrorCode(error)),
  }));
}

/** `PropertyNameExpected` → `Property name expected`. */
function sentence(code: string): string {
  const words = code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function faultsOfYaml(text: string): Fault[] {
  const { errors } = parseDocument(text, { logLevel: 'silent', prettyErrors: false });
  return errors.map(({ pos: [from, to], message }) => ({
    from: Math.min(from, text.length),
    to: Math.min(Math.max(to, from + 1), text.length),
    message,
  }));
}
