/** Starting an execution: a form of the workflow's input type, and options. */
import './workflows.css';

import { ArrowLeft, Play } from 'lucide-preact';
import { useMemo, useRef, useState } from 'preact/hooks';

import { newKey, path } from '../../api/client';
import { type Problem, toProblem } from '../../api/problem';
import { ErrorPanel, Field, Loading, Notice, toast } from '../../components';
import { shapeOfInput } from '../../forms/declared';
import { fromServer } from '../../forms/findings';
import { focusFirstFault, Form, useForm } from '../../forms/form';
import { toApi } from '../../forms/json';
import { t } from '../../i18n';
import { href, location, navigate } from '../../routing';
import { api, can } from '../../session';
import type { PageProps } from '../page';
import { usePolled } from '../polling';
import { type Definition, definitionOf, type VersionList } from './definitions';
import { envelopeOf, isExecutionId, NO_OPTIONS, type Options, tagsOf } from './start_options';

export default function StartPage({ params }: PageProps) {
  const id = params['id'] ?? '';
  const version = location.value.query.get('version') ?? '';
  const { data, error, refresh } = usePolled(`${id} ${version}`, (signal) => definitionOf(id, version, signal), null);
  return (
    <div class="stack start">
      <a class="row back-link" href={href('/workflows/:id', { id }, { version })}>
        <ArrowLeft size={16} aria-hidden="true" />
        {t('workflows.back_to', { name: data?.name ?? id })}
      </a>
      {error !== null && <ErrorPanel error={error} onRetry={refresh} />}
      {!data && error === null && <Loading />}
      {data && <Starting key={`${data.id} ${data.version}`} definition={data} version={version} />}
    </div>
  );
}

interface Started {
  execution_id: string;
}

function Starting({ definition, version }: { definition: Definition; version: string }) {
  const shape = useMemo(() => shapeOfInput(definition.input_type), [definition]);
  const form = useForm(shape);
  const [options, setOptions] = useState<Options>({ ...NO_OPTIONS, version });
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isChecked, setChecked] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  const sent = useRef({ body: '', key: '' });
  const faults = faultsOf(options);

  const refused = (error: Problem) => {
    const { inside } = error.code === 'InvalidInput' ? fromServer(error.findings, '') : { inside: [] };
    form.refuse(inside);
    setProblem(error);
    setBusy(false);
    if (inside.length > 0) focusFirstFault(box.current);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setChecked(true);
    const checked = form.check();
    if (!checked || faults.execution_id || faults.tags) return focusFirstFault(box.current);
    setBusy(true);
    setProblem(null);
    const body = envelopeOf(toApi(checked.value), options);
    // The same request again, after no answer came, is the same start.
    const text = JSON.stringify(body);
    if (sent.current.body !== text) sent.current = { body: text, key: newKey() };
    try {
      const where = path`/workflows/${definition.id}/execute`;
      const answer = await api().send<Started>('POST', where, body, {
        query: { body: 'envelope' },
        key: sent.current.key,
      });
      const { execution_id: id } = answer.data;
      toast(t(answer.status === 201 ? 'start.started' : 'start.existed', { id }));
      navigate(href('/executions/:id', { id }));
    } catch (error) {
      refused(toProblem(error));
    }
  };
  return (
    <form class="stack" ref={box} onSubmit={(event) => void submit(event)} noValidate>
      <div>
        <h1>{t('start.title', { name: definition.name })}</h1>
        {definition.description && <p class="hint">{definition.description}</p>}
      </div>
      {!can('operator') && <Notice tone="warning">{t('start.not_allowed')}</Notice>}
      <section class="panel stack" aria-label={t('start.input')}>
        <h2>{t('start.input')}</h2>
        <Form form={form} label={t('start.input')} />
      </section>
      <OptionFields options={options} faults={isChecked ? faults : {}} definition={definition} onChange={setOptions} />
      {problem && <Refusal problem={problem} />}
      <div class="start-foot">
        <button type="submit" class="button button-primary" disabled={isBusy}>
          <Play size={16} aria-hidden="true" />
          {isBusy ? t('start.busy') : t('start.submit')}
        </button>
      </div>
    </form>
  );
}

function Refusal({ problem }: { problem: Problem }) {
  if (problem.code === 'InvalidInput') return <Notice tone="error">{t('start.faults')}</Notice>;
  return <ErrorPanel error={problem} />;
}

interface Faults {
  execution_id?: string;
  tags?: string;
}

function faultsOf({ execution_id: id, tags }: Options): Faults {
  const { wrongLine } = tagsOf(tags);
  return {
    ...(id !== '' && !isExecutionId(id) ? { execution_id: t('start.execution_id.wrong') } : {}),
    ...(wrongLine === null ? {} : { tags: t('start.tags.wrong', { line: wrongLine }) }),
  };
}

const PRIORITIES = ['highest', 'high', 'medium', 'low', 'lowest'] as const;

interface OptionProps {
  options: Options;
  faults: Faults;
  definition: Definition;
  onChange: (options: Options) => void;
}

function OptionFields({ options, faults, definition, onChange }: OptionProps) {
  const [isOpen, setOpen] = useState(false);
  const set = (name: keyof Options) => (event: { currentTarget: { value: string } }) =>
    onChange({ ...options, [name]: event.currentTarget.value });
  const isShown = isOpen || Object.keys(faults).length > 0;
  return (
    <details class="panel options" open={isShown} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('start.options')}</summary>
      <div class="options-grid">
        <Field label={t('start.execution_id')} hint={t('start.execution_id.hint')} error={faults.execution_id ?? null}>
          {(field) => (
            <input
              {...field}
              class="input"
              value={options.execution_id}
              onInput={set('execution_id')}
              spellcheck={false}
            />
          )}
        </Field>
        <Field label={t('priority.label')}>
          {(field) => (
            <select {...field} class="select" value={options.priority} onChange={set('priority')}>
              <option value="">{t('start.version.default')}</option>
              {PRIORITIES.map((each) => (
                <option key={each} value={each}>
                  {t(`priority.${each}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('workflows.version')} hint={t('start.version.hint')}>
          {(field) => (
            <VersionChoice id={definition.id} field={field} value={options.version} onChange={set('version')} />
          )}
        </Field>
        <Field label={t('start.deadline')} hint={t('start.deadline.hint')}>
          {(field) => (
            <input {...field} class="input" type="datetime-local" value={options.deadline} onInput={set('deadline')} />
          )}
        </Field>
        <Field label={t('start.tags')} hint={t('start.tags.hint')} error={faults.tags ?? null}>
          {(field) => (
            <textarea
              {...field}
              class="textarea"
              rows={2}
              value={options.tags}
              onInput={set('tags')}
              spellcheck={false}
            />
          )}
        </Field>
      </div>
    </details>
  );
}

interface VersionChoiceProps {
  id: string;
  field: { id: string };
  value: string;
  onChange: (event: { currentTarget: { value: string } }) => void;
}

/** Choosing another version shows the form of that one. */
function VersionChoice({ id, field, value, onChange }: VersionChoiceProps) {
  const { data } = usePolled(
    id,
    (signal) => api().get<VersionList>(path`/workflows/${id}/versions`, {}, { signal }),
    null,
  );
  const choose = (event: { currentTarget: HTMLSelectElement }) => {
    onChange(event);
    navigate(href('/workflows/:id/start', { id }, { version: event.currentTarget.value }), { replace: true });
  };
  return (
    <select {...field} class="select" value={value} onChange={choose}>
      <option value="">{t('start.version.default')}</option>
      {data?.versions.map(({ version }) => (
        <option key={version} value={version}>
          {version}
        </option>
      ))}
    </select>
  );
}
