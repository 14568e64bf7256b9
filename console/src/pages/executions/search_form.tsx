/** The filters of the list of executions. */
import { Search, X } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';

import { isEmpty, NONE, SPANS, tagsOf, type Filters, type Span } from './filters';
import { StateFilter } from './state_filter';
import type { ExecutionState, WorkflowPage } from '../../api/types';
import { Field } from '../../components';
import { t, type Key } from '../../i18n';
import { href, navigate } from '../../routing';
import { api } from '../../session';

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

const MOST_SUGGESTIONS = 200;

const QUICK: readonly { title: Key; states: readonly ExecutionState[] }[] = [
  { title: 'executions.quick.all', states: [] },
  {
    title: 'executions.quick.active',
    states: ['pending', 'scheduled', 'running', 'paused', 'waiting_for_event', 'waiting_for_human_intervention'],
  },
  { title: 'executions.quick.waiting', states: ['waiting_for_human_intervention'] },
  { title: 'executions.quick.failed', states: ['failed', 'partially_failed', 'timed_out'] },
];

export function SearchForm({ filters, onChange }: Props) {
  const [workflow, setWorkflow] = useState(filters.workflow);
  const [tags, setTags] = useState(filters.tags.join(', '));
  const [wrong, setWrong] = useState(false);
  const suggestions = useWorkflows();
  useEffect(() => setWorkflow(filters.workflow), [filters.workflow]);
  useEffect(() => setTags(filters.tags.join(', ')), [filters.tags.join(',')]); // eslint-disable-line react-hooks/exhaustive-deps -- by value

  const submit = (event?: Event) => {
    event?.preventDefault();
    const read = tagsOf(tags);
    setWrong(read === null);
    if (read !== null) onChange({ ...filters, workflow: workflow.trim(), tags: read });
  };
  return (
    <div class="stack search">
      <div class="spread">
        <div class="segments" role="group" aria-label={t('executions.quick')}>
          {QUICK.map(({ title, states }) => (
            <button
              key={title}
              type="button"
              class="button button-small"
              aria-pressed={states.join() === filters.states.join()}
              onClick={() => onChange({ ...filters, states })}
            >
              {t(title)}
            </button>
          ))}
        </div>
        <OpenById />
      </div>
      <form class="search-fields" role="search" aria-label={t('executions.filters')} onSubmit={submit}>
        <Field label={t('executions.workflow')}>
          {(field) => (
            <>
              <input
                {...field}
                class="input"
                list="workflow-ids"
                placeholder={t('executions.workflow.hint')}
                value={workflow}
                onInput={(event) => setWorkflow(event.currentTarget.value)}
                onChange={() => submit()}
              />
              <datalist id="workflow-ids">
                {suggestions.map((id) => (
                  <option key={id} value={id} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <div class="field">
          <span class="field-label">{t('executions.states')}</span>
          <StateFilter chosen={filters.states} onChange={(states) => onChange({ ...filters, states })} />
        </div>
        <Field label={t('executions.time')}>
          {(field) => (
            <select
              {...field}
              class="select"
              value={filters.time}
              onChange={(event) => onChange({ ...filters, time: event.currentTarget.value as Filters['time'] })}
            >
              <option value="">{t('executions.time.any')}</option>
              {(Object.keys(SPANS) as Span[]).map((span) => (
                <option key={span} value={span}>
                  {t(`executions.time.${span}`)}
                </option>
              ))}
              <option value="range">{t('executions.time.range')}</option>
            </select>
          )}
        </Field>
        {filters.time === 'range' &&
          (['from', 'to'] as const).map((end) => (
            <Field key={end} label={t(`executions.time.${end}`)}>
              {(field) => (
                <input
                  {...field}
                  class="input"
                  type="datetime-local"
                  value={filters[end]}
                  onChange={(event) => onChange({ ...filters, [end]: event.currentTarget.value })}
                />
              )}
            </Field>
          ))}
        <Field label={t('executions.tags')} error={wrong ? t('executions.tags.invalid') : null}>
          {(field) => (
            <input
              {...field}
              class="input"
              placeholder={t('executions.tags.hint')}
              value={tags}
              onInput={(event) => setTags(event.currentTarget.value)}
              onChange={() => submit()}
            />
          )}
        </Field>
        <div class="search-buttons">
          <button type="submit" class="button">
            <Search size={16} aria-hidden="true" />
            {t('action.search')}
          </button>
          {!isEmpty(filters) && (
            <button type="button" class="button button-quiet" onClick={() => onChange(NONE)}>
              <X size={16} aria-hidden="true" />
              {t('executions.clear')}
            </button>
          )}
        </div>
      </form>
    </div>
  );
}

function useWorkflows(): readonly string[] {
  const [ids, setIds] = useState<readonly string[]>([]);
  useEffect(() => {
    // Without suggestions the field takes what is typed.
    api()
      .get<WorkflowPage>('/workflows', { page_size: MOST_SUGGESTIONS })
      .then(
        (page) => setIds(page.workflows.map((each) => each.workflow_id)),
        () => setIds([]),
      );
  }, []);
  return ids;
}

function OpenById() {
  const [id, setId] = useState('');
  const open = (event: Event) => {
    event.preventDefault();
    if (id.trim()) navigate(href('/executions/:id', { id: id.trim() }));
  };
  return (
    <form class="open-by-id" onSubmit={open}>
      <input
        class="input"
        aria-label={t('executions.open_id')}
        placeholder={t('executions.open_id')}
        value={id}
        onInput={(event) => setId(event.currentTarget.value)}
      />
      <button type="submit" class="button">
        {t('executions.open_id.go')}
      </button>
    </form>
  );
}
