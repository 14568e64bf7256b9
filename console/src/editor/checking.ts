/** What is known of a text while it is written: faults found on the spot, and findings of the service. */
import { useEffect, useMemo, useState } from 'preact/hooks';

import type { Finding } from '../api/problem';
import type { Report } from '../api/types';
import { type Fault, faultsOf } from './faults';
import type { Diagnostic } from './mount';
import { rangeOf, type Syntax } from './syntax';

export interface Remark {
  from: number;
  to: number;
  line: number;
  severity: 'error' | 'warning';
  code: string;
  message: string;
  hint: string;
  pointer: string;
}

export type Verdict = 'checking' | 'valid' | 'invalid' | 'unknown';

export interface Checked {
  verdict: Verdict;
  remarks: readonly Remark[];
  statistics: Record<string, unknown> | null;
}

/** The findings of a text, each at its place. Of a text that cannot be read, why, and nothing else. */
export function remarksOf(
  text: string,
  syntax: Syntax,
  faults: readonly Fault[],
  findings: readonly Finding[],
): Remark[] {
  const lineOf = (position: number) => text.slice(0, position).split('\n').length;
  if (faults.length > 0) {
    return faults.map(({ from, to, message }) => {
      return { from, to, line: lineOf(from), severity: 'error', code: 'InvalidSyntax', message, hint: '', pointer: '' };
    });
  }
  return findings.map(({ pointer, code, message, hint, severity }) => {
    const { from, to } = rangeOf(text, syntax, pointer);
    return { from, to, line: lineOf(from), severity, code, message, hint, pointer };
  });
}

export function diagnosticsOf(remarks: readonly Remark[]): Diagnostic[] {
  return remarks.map(({ from, to, severity, code, message, hint }) => ({
    from,
    to,
    severity,
    source: code,
    message: hint ? `${message} (${hint})` : message,
  }));
}

const WAIT_MS = 450;

interface Answer {
  text: string;
  report: Report | null;
}

/** Asks `validate` a moment after the last change; an answer counts only for the text it is about. */
export function useChecked(
  text: string,
  syntax: Syntax,
  validate: (text: string, signal: AbortSignal) => Promise<Report>,
): Checked {
  const faults = useMemo(() => faultsOf(text, syntax), [text, syntax]);
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    if (faults.length > 0 || text.trim() === '') return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      validate(text, abort.signal).then(
        (report) => setAnswer({ text, report }),
        () => !abort.signal.aborted && setAnswer({ text, report: null }),
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, faults, validate]);
  return useMemo(() => {
    const isCurrent = answer?.text === text;
    // What was found before stays until the next answer, so that it does not flicker while one types.
    const remarks = remarksOf(text, syntax, faults, answer?.report?.findings ?? []);
    const statistics = answer?.report?.statistics ?? null;
    if (faults.length > 0) return { verdict: 'invalid', remarks, statistics: null };
    if (!isCurrent) return { verdict: 'checking', remarks, statistics };
    if (!answer.report) return { verdict: 'unknown', remarks: [], statistics: null };
    return { verdict: answer.report.valid ? 'valid' : 'invalid', remarks, statistics };
  }, [text, syntax, faults, answer]);
}
