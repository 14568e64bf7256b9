/** Answering a task: what to do, its form, a reason, comments. */
import { Check, CircleSlash, PencilLine, Send, type LucideIcon } from 'lucide-preact';
import { useMemo, useRef, useState } from 'preact/hooks';

import { newKey, path } from '../../api/client';
import { type Problem, toProblem } from '../../api/problem';
import type { Controlled } from '../../api/types';
import { ErrorPanel, Field, Notice, toast } from '../../components';
import { shapeOfForm } from '../../forms/declared';
import { fromServer } from '../../forms/findings';
import { focusFirstFault, Form, useForm } from '../../forms/form';
import { toApi } from '../../forms/json';
import { t } from '../../i18n';
import { api } from '../../session';
import { type Action, answerOf, hasForm, type HumanTask, keyOf } from './inbox';
import { actionName, actionText } from './names';

export type Outcome = 'counted' | 'sent' | 'late';

interface Props {
  task: HumanTask;
  onAnswered: (outcome: Outcome) => void;
}

const ICONS: Record<Action['type'], LucideIcon> = {
  approve: Check,
  reject: CircleSlash,
  modify_data: PencilLine,
  custom: Send,
};

export function AnswerPanel({ task, onAnswered }: Props) {
  const actions = task.allowed_actions ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const action = actions.find((each) => keyOf(each) === chosen);
  return (
    <section class="panel stack" aria-label={t('tasks.answer')}>
      <h2>{t('tasks.answer')}</h2>
      <fieldset class="actions">
        <legend class="visually-hidden">{t('tasks.actions')}</legend>
        {actions.map((each) => (
          <ActionChoice key={keyOf(each)} action={each} isChosen={keyOf(each) === chosen} choose={setChosen} />
        ))}
      </fieldset>
      {action ? (
        <Answering key={keyOf(action)} task={task} action={action} onAnswered={onAnswered} />
      ) : (
        <p class="hint">{t('tasks.choose_first')}</p>
      )}
    </section>
  );
}

interface ChoiceProps {
  action: Action;
  isChosen: boolean;
  choose: (key: string) => void;
}

function ActionChoice({ action, isChosen, choose }: ChoiceProps) {
  const Icon = ICONS[action.type];
  return (
    <label class={`action action-${action.type}`} data-chosen={isChosen}>
      <input
        type="radio"
        name="action"
        value={keyOf(action)}
        checked={isChosen}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      <Icon size={18} aria-hidden="true" />
      <span>
        <span class="action-name">{actionName(action)}</span>
        <span class="hint">{actionText(action)}</span>
      </span>
    </label>
  );
}

function Answering({ task, action, onAnswered }: Props & { action: Action }) {
  const shape = useMemo(() => shapeOfForm(action.field_definitions ?? []), [action]);
  const form = useForm(shape);
  const [reason, setReason] = useState('');
  const [comments, setComments] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const box = useRef<HTMLFormElement>(null);
  const withForm = hasForm(action);

  const refused = (error: Problem) => {
    const { inside } = fromServer(error.findings, '/data');
    form.refuse(inside);
    setProblem(error);
    if (error.status === 409) onAnswered('late');
    else if (inside.length > 0) focusFirstFault(box.current);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    const checked = withForm ? form.check() : undefined;
    if (checked === null) return focusFirstFault(box.current);
    setBusy(true);
    setProblem(null);
    const body = answerOf(action, { reason, comments, ...(checked ? { data: toApi(checked.value) } : {}) });
    try {
      const where = path`/tasks/human/${task.task_id}/submit`;
      const { status } = await api().send<Controlled>('POST', where, body, { key: newKey() });
      if (status === 200) toast(t('tasks.answered', { action: actionName(action) }));
      onAnswered(status === 200 ? 'counted' : 'sent');
    } catch (error) {
      refused(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <form class="stack" ref={box} onSubmit={(event) => void submit(event)} noValidate>
      {withForm && <Form form={form} label={t('tasks.form')} />}
      {action.type === 'reject' && (
        <Field
          label={t('tasks.reason')}
          hint={action.reason ? t('tasks.reason.default', { reason: action.reason }) : t('tasks.reason.hint')}
        >
          {(field) => (
            <textarea
              {...field}
              class="textarea"
              rows={2}
              maxLength={1000}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      <Field label={t('tasks.comments')}>
        {(field) => (
          <textarea
            {...field}
            class="textarea"
            rows={2}
            maxLength={10000}
            value={comments}
            onInput={(event) => setComments(event.currentTarget.value)}
          />
        )}
      </Field>
      {problem && <Refusal problem={problem} />}
      <button
        type="submit"
        class={`button ${action.type === 'reject' ? 'button-danger' : 'button-primary'} action-submit`}
        disabled={isBusy}
      >
        {isBusy ? t('tasks.sending') : actionName(action)}
      </button>
    </form>
  );
}

/** Findings that stand at their fields are not said twice. */
function Refusal({ problem }: { problem: Problem }) {
  const { outside } = fromServer(problem.findings, '/data');
  if (problem.findings.length > 0 && outside.length === 0) return <Notice tone="error">{t('tasks.faults')}</Notice>;
  return <ErrorPanel error={problem} />;
}
