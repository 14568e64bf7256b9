/** What every input of a form has to know of the whole. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { afterPress } from './after_press';
import type { Entry } from './entries';
import { at, type Finding } from './findings';
import { messageOf } from './messages';
import type { Shape } from './shapes';

export interface Surroundings {
  findings: readonly Finding[];
  touch: (pointer: string) => void;
}

export const FormContext = createContext<Surroundings>({ findings: [], touch: () => undefined });

/** One place of a form, and how to change it. `edit` says which place below it was changed. */
export interface PlaceProps {
  shape: Shape;
  entry: Entry;
  pointer: string;
  /** What it is called, also for those who do not see where it stands. */
  name: string;
  edit: (entry: Entry, pointer: string) => void;
}

export function useErrors(pointer: string): string[] {
  return at(useContext(FormContext).findings, pointer).map(messageOf);
}

export function useTouch(pointer: string): () => void {
  const { touch } = useContext(FormContext);
  return () => afterPress(() => touch(pointer));
}
