/** The editor as a component; CodeMirror is loaded when one is first shown. */
import './editor.css';

import { useEffect, useRef, useState } from 'preact/hooks';

import { ErrorPanel, Loading } from '../components';
import { language } from '../i18n';
import type { Known } from './completions';
import type * as Mount from './mount';
import type { DiffSetup, Diagnostic, Mounted } from './mount';
import type { Syntax } from './syntax';

type Module = typeof Mount;

function useModule(): { module: Module | null; error: unknown; retry: () => void } {
  const [module, setModule] = useState<Module | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isGone = false;
    import('./mount').then(
      (loaded) => !isGone && setModule(loaded),
      (failure: unknown) => !isGone && setError(failure),
    );
    return () => {
      isGone = true;
    };
  }, [attempt]);
  const retry = () => {
    setError(null);
    setAttempt(attempt + 1);
  };
  return { module, error, retry };
}

interface Props {
  label: string;
  /** The text to begin with. Another object puts its text in the place of what is written. */
  source: { text: string };
  syntax: Syntax;
  isReadOnly?: boolean;
  known?: Known;
  diagnostics?: readonly Diagnostic[];
  onChange?: (text: string) => void;
  /** Where to put the cursor; a new object each time it is to go there. */
  target?: { position: number } | null;
}

const NOTHING: Known = { schema: {}, activities: [], workflows: [] };

export function Editor({ label, source, syntax, isReadOnly = false, known, diagnostics, onChange, target }: Props) {
  const { module, error, retry } = useModule();
  const host = useRef<HTMLDivElement>(null);
  const mounted = useRef<Mounted | null>(null);
  const latest = useRef({ known, onChange });
  latest.current = { known, onChange };
  // What is written now: the editor is made anew when the language or the syntax changes.
  const current = useRef(source.text);
  const spoken = language.value;

  useEffect(() => {
    current.current = source.text;
    mounted.current?.setText(source.text);
  }, [source]);
  useEffect(() => {
    if (!module || !host.current) return undefined;
    const editor = module.mountEditor(host.current, {
      label,
      syntax,
      isReadOnly,
      language: spoken,
      text: current.current,
      known: () => latest.current.known ?? NOTHING,
      onChange: (changed) => {
        current.current = changed;
        latest.current.onChange?.(changed);
      },
    });
    mounted.current = editor;
    return () => {
      editor.destroy();
      mounted.current = null;
    };
  }, [module, label, syntax, isReadOnly, spoken]);

  useEffect(() => {
    if (!isReadOnly) mounted.current?.show(diagnostics ?? []);
  }, [diagnostics, module, isReadOnly, syntax]);
  useEffect(() => {
    if (target) mounted.current?.goTo(target.position);
  }, [target]);

  if (error) return <ErrorPanel error={error} onRetry={retry} />;
  return (
    <>
      {!module && <Loading />}
      <div ref={host} class={`editor ${isReadOnly ? 'editor-read' : ''}`} hidden={!module} />
    </>
  );
}

/** Two texts and what differs. */
export function Diff(setup: Omit<DiffSetup, 'language'>) {
  const { label, before, after, beforeLabel, isSideBySide, syntax } = setup;
  const { module, error, retry } = useModule();
  const host = useRef<HTMLDivElement>(null);
  const spoken = language.value;
  useEffect(() => {
    if (!module || !host.current) return undefined;
    const texts = { label, before, after, beforeLabel, isSideBySide, syntax };
    const view = module.mountDiff(host.current, { ...texts, language: spoken });
    return () => view.destroy();
  }, [module, label, before, after, beforeLabel, isSideBySide, syntax, spoken]);
  if (error) return <ErrorPanel error={error} onRetry={retry} />;
  return (
    <>
      {!module && <Loading />}
      <div ref={host} class="editor editor-diff" hidden={!module} />
    </>
  );
}
