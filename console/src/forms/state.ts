/** A form under way: what is entered, as a form or as JSON, what is wrong with it, and what of that is shown. */
import { useCallback, useMemo, useState } from 'preact/hooks';

import { blank, type Entry, entryOf } from './entries';
import { type Finding, placed } from './findings';
import { formatJson, type Json, parseJson } from './json';
import { placesOf } from './places';
import { within } from './pointers';
import { read } from './reading';
import type { Shape } from './shapes';

export type Mode = 'form' | 'json';

interface State {
  entry: Entry;
  mode: Mode;
  /** The JSON text, while that is what is edited. */
  text: string;
  /** Why the text cannot be read. */
  fault: string | null;
  touched: ReadonlySet<string>;
  isChecked: boolean;
  refused: readonly Finding[];
}

export interface FormState extends State {
  shape: Shape;
  value: Json | undefined;
  /** Everything that is wrong, shown or not. */
  faults: readonly Finding[];
  /** What is shown as wrong, each at a place that the form has. */
  shown: readonly Finding[];
  edit: (entry: Entry, pointer: string) => void;
  editText: (text: string) => void;
  touch: (pointer: string) => void;
  choose: (mode: Mode) => void;
  restore: () => void;
  /** Shows all that is wrong; the value if nothing is. */
  check: () => { value: Json } | null;
  refuse: (findings: readonly Finding[]) => void;
}

const NOTHING: ReadonlySet<string> = new Set();

export function initial(shape: Shape, value?: Json): State {
  const entry = value === undefined ? blank(shape) : entryOf(shape, value);
  const isWritten = shape.kind === 'anything';
  return {
    entry: isWritten && entry.kind === 'absent' ? { kind: 'raw', text: '{}' } : entry,
    mode: 'form',
    text: '',
    fault: null,
    touched: NOTHING,
    isChecked: false,
    refused: [],
  };
}

/** The text as the new state of the form; one that cannot be read changes the form not at all. */
export function withText(state: State, shape: Shape, text: string): State {
  try {
    const entry = entryOf(shape, parseJson(text));
    return { ...state, text, fault: null, entry, refused: [] };
  } catch (error) {
    return { ...state, text, fault: error instanceof Error ? error.message : String(error) };
  }
}

export function textOf(shape: Shape, entry: Entry): string {
  return formatJson(read(shape, entry).value ?? null);
}

/** What the server said of a place counts until that place is edited, or what is around it or in it. */
export function withoutRefusals(refused: readonly Finding[], pointer: string): readonly Finding[] {
  return refused.filter((each) => within(each.pointer, pointer) === null && within(pointer, each.pointer) === null);
}

export function shownFindings(state: State, shape: Shape, faults: readonly Finding[]): Finding[] {
  const places = new Set(placesOf(shape, state.entry));
  const own = placed(faults, places).filter(({ pointer }) => state.isChecked || state.touched.has(pointer));
  return [...own, ...placed(state.refused, places)];
}

export function useForm(shape: Shape, value?: Json): FormState {
  const [state, setState] = useState<State>(() => initial(shape, value));
  const reading = useMemo(() => read(shape, state.entry), [shape, state.entry]);
  const edit = useCallback(
    (entry: Entry, pointer: string) =>
      setState((old) => ({ ...old, entry, refused: withoutRefusals(old.refused, pointer) })),
    [],
  );
  const touch = useCallback(
    (pointer: string) =>
      setState((old) => (old.touched.has(pointer) ? old : { ...old, touched: new Set([...old.touched, pointer]) })),
    [],
  );
  const editText = (text: string) => setState((old) => withText(old, shape, text));
  const choose = (mode: Mode) =>
    setState((old) => {
      if (mode === 'json' && old.mode === 'form') return { ...old, mode, text: textOf(shape, old.entry), fault: null };
      return old.fault === null ? { ...old, mode } : old;
    });
  const restore = () => setState((old) => ({ ...old, text: textOf(shape, old.entry), fault: null }));
  const check = () => {
    setState((old) => ({ ...old, isChecked: true }));
    if (state.fault !== null || reading.findings.length > 0 || reading.value === undefined) return null;
    return { value: reading.value };
  };
  const refuse = (refused: readonly Finding[]) => setState((old) => ({ ...old, refused }));
  return {
    ...state,
    shape,
    value: reading.value,
    faults: reading.findings,
    shown: shownFindings(state, shape, reading.findings),
    edit,
    editText,
    touch,
    choose,
    restore,
    check,
    refuse,
  };
}
