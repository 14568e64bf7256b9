/** The editor of definitions: completion, explanation and checks while one writes, and registering. */
import './workflows.css';

import { ArrowLeft, FileUp, Upload } from 'lucide-preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';

import { type Problem, toProblem } from '../../api/problem';
import type { Report } from '../../api/types';
import { ErrorPanel, Loading, Notice, toast } from '../../components';
import { diagnosticsOf, useChecked } from '../../editor/checking';
import { Editor } from '../../editor/editor';
import { BUILT_IN_ACTIVITIES, DEFINITION_SCHEMA } from '../../editor/schema';
import { faultsOf } from '../../editor/faults';
import { lookup, type Syntax, syntaxOf, valueOf, written } from '../../editor/syntax';
import { t } from '../../i18n';
import { href, location, navigate } from '../../routing';
import { api, can } from '../../session';
import type { PageProps } from '../page';
import { usePolled } from '../polling';
import { allWorkflows, definitionOf, nextVersion, plain, withVersion } from './definitions';
import { Findings, VerdictBadge } from './findings';
import { preferredSyntax, prefer, SyntaxChoice } from './syntax_choice';
import { TEMPLATE } from './template';

export default function EditPage({ params }: PageProps) {
  const id = params['id'] ?? '';
  const version = location.value.query.get('version') ?? '';
  const { data, error, refresh } = usePolled(
    `${id} ${version}`,
    async (signal) => (id ? plain(await definitionOf(id, version, signal)) : TEMPLATE),
    null,
  );
  return (
    <>
      <a class="row back-link" href={id ? href('/workflows/:id', { id }) : href('/workflows')}>
        <ArrowLeft size={16} aria-hidden="true" />
        {id ? t('workflows.back_to', { name: String(data?.['name'] ?? id) }) : t('workflows.back')}
      </a>
      {error !== null && <ErrorPanel error={error} onRetry={refresh} />}
      {!data && error === null && <Loading />}
      {data && <Editing key={`${id} ${version}`} id={id} definition={data} />}
    </>
  );
}

interface Registered {
  workflow_id: string;
  version: string;
}

function validate(text: string, signal: AbortSignal): Promise<Report> {
  return api().post<Report>('/workflows/validate', text, { signal });
}

function first(id: string, definition: Record<string, unknown>): Record<string, unknown> {
  return id ? { ...definition, version: nextVersion(String(definition['version'])) } : definition;
}

/** Says so before a text that was changed is lost with the page. */
function useGuard(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return undefined;
    const guard = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', guard);
    return () => window.removeEventListener('beforeunload', guard);
  }, [isChanged]);
}

function Editing({ id, definition }: { id: string; definition: Record<string, unknown> }) {
  const [syntax, setSyntax] = useState<Syntax>(preferredSyntax.value);
  const [start] = useState(() => written(first(id, definition), syntax));
  const [text, setText] = useState(start);
  const [source, setSource] = useState({ text: start });
  const [target, setTarget] = useState<{ position: number } | null>(null);
  const workflows = usePolled('workflows', allWorkflows, null);
  const checked = useChecked(text, syntax, validate);
  const diagnostics = useMemo(() => diagnosticsOf(checked.remarks), [checked.remarks]);
  const known = useMemo(() => {
    const ids = workflows.data?.workflows.map((each) => each.id) ?? [];
    return { schema: DEFINITION_SCHEMA, activities: BUILT_IN_ACTIVITIES, workflows: ids };
  }, [workflows.data]);
  const goTo = useCallback((position: number) => setTarget({ position }), []);
  useGuard(text !== start);

  const replace = (next: string) => {
    setText(next);
    setSource({ text: next });
  };
  const convert = (next: Syntax) => {
    const value = valueOf(text, syntax);
    if (faultsOf(text, syntax).length > 0 || value === undefined) return toast(t('editor.not_convertible'), 'error');
    prefer(next);
    setSyntax(next);
    replace(written(value, next));
  };
  const take = (content: string) => {
    setSyntax(syntaxOf(content));
    replace(content);
  };
  return (
    <div class="stack">
      <div class="page-head editor-head">
        <h1>{id ? t('editor.of', { name: String(definition['name']) }) : t('editor.new')}</h1>
        <div class="filters">
          <SyntaxChoice value={syntax} onChange={convert} />
          <OpenFile onOpen={take} />
        </div>
      </div>
      <div class="editor-columns">
        <div class="stack">
          <Editor
            label={t('editor.label')}
            source={source}
            syntax={syntax}
            known={known}
            diagnostics={diagnostics}
            onChange={setText}
            target={target}
          />
          <p class="hint">{t('editor.keys')}</p>
        </div>
        <div class="stack editor-side">
          <div class="spread">
            <VerdictBadge checked={checked} />
          </div>
          <Findings checked={checked} onChoose={goTo} />
          <Registering text={text} syntax={syntax} isInvalid={checked.verdict === 'invalid'} onText={replace} />
        </div>
      </div>
    </div>
  );
}

function OpenFile({ onOpen }: { onOpen: (content: string) => void }) {
  const open = async (files: FileList | null) => {
    const file = files?.[0];
    if (file) onOpen(await file.text());
  };
  return (
    <label class="button file-button">
      <FileUp size={16} aria-hidden="true" />
      {t('editor.open_file')}
      <input
        type="file"
        class="visually-hidden"
        accept=".json,.yaml,.yml,application/json,application/yaml"
        onChange={(event) => void open(event.currentTarget.files)}
      />
    </label>
  );
}

interface RegisteringProps {
  text: string;
  syntax: Syntax;
  isInvalid: boolean;
  onText: (text: string) => void;
}

function Registering({ text, syntax, isInvalid, onText }: RegisteringProps) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => setProblem(null), [text]);
  const version = String(lookup(valueOf(text, syntax), ['version']) ?? '');
  const register = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const { status, data } = await api().send<Registered>('POST', '/workflows', text);
      const values = { name: data.workflow_id, version: data.version };
      toast(t(status === 201 ? 'editor.registered' : 'editor.unchanged', values));
      navigate(href('/workflows/:id', { id: data.workflow_id }, { version: data.version }));
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  if (!can('admin')) return null;
  return (
    <>
      <button
        type="button"
        class="button button-primary"
        disabled={isBusy || isInvalid}
        onClick={() => void register()}
      >
        <Upload size={16} aria-hidden="true" />
        {isBusy ? t('editor.registering') : t('editor.register')}
      </button>
      {problem?.code === 'VersionExists' ? (
        <Notice tone="error" title={problem.title}>
          <p>{t('editor.version_exists', { version: nextVersion(version) })}</p>
          <button type="button" class="button" onClick={() => onText(withVersion(text, nextVersion(version)))}>
            {t('editor.use_version', { version: nextVersion(version) })}
          </button>
        </Notice>
      ) : (
        problem && <ErrorPanel error={problem} />
      )}
    </>
  );
}
