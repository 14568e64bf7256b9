/** Asks before an execution is taken in hand: what it means, why, and with which values. */
import { useRef, useState } from 'preact/hooks';

import { requestFor, type Control, type Given } from './controls';
import { newKey, path } from '../../api/client';
import { parseJson } from '../../api/json';
import type { Controlled } from '../../api/types';
import { Dialog, ErrorPanel, Field, toast } from '../../components';
import { t } from '../../i18n';
import { api } from '../../session';

const LONGEST_REASON = 1_000;

export interface Asked {
  control: Control;
  /** The run, as a request names it. */
  step?: string;
  name?: string;
  /** What the values begin with. */
  value?: unknown;
}

export function ControlDialog({
  execution,
  asked,
  onClose,
  onDone,
}: {
  execution: string;
  asked: Asked;
  onClose: () => void;
  onDone: () => void;
}) {
  const { control } = asked;
  const [reason, setReason] = useState('');
  const [text, setText] = useState(() =>
    asked.value === undefined ? initial(control) : JSON.stringify(asked.value, null, 2),
  );
  const [signal, setSignal] = useState('');
  const [withInput, setWithInput] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  // The same key for every try: what counted already does not count twice.
  const key = useRef(newKey());

  const submit = async (event: Event) => {
    event.preventDefault();
    const given = givenBy(control, { reason, text, signal, withInput, step: asked.step });
    if (typeof given === 'string') {
      setWrong(given);
      return;
    }
    setWrong(null);
    setProblem(null);
    setBusy(true);
    const { method, tail, body } = requestFor(control, given);
    try {
      const where = path`/workflows/executions/${execution}` + tail;
      const answer = await api().send<Controlled>(method, where, body, { key: key.current });
      toast(answer.status === 202 ? t('control.pending') : answer.data.message);
      onDone();
      onClose();
    } catch (error) {
      setProblem(error);
      // What was refused may be allowed in another state; the next try is another request.
      key.current = newKey();
    } finally {
      setBusy(false);
    }
  };

  const dangerous = control === 'cancel';
  return (
    <Dialog
      title={t(`control.${control}.title`, { step: asked.name ?? '' })}
      onClose={onClose}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>
            {dangerous ? t('control.keep') : t('action.cancel')}
          </button>
          <button
            type="submit"
            form="control-form"
            class={`button ${dangerous ? 'button-danger' : 'button-primary'}`}
            disabled={busy}
          >
            {busy ? t('control.working') : t(`control.${control}`)}
          </button>
        </>
      }
    >
      <p>{t(`control.${control}.text`)}</p>
      <form id="control-form" class="stack" onSubmit={(event) => void submit(event)}>
        {control === 'signal' && (
          <Field label={t('control.signal.name')}>
            {(field) => (
              <input
                {...field}
                class="input"
                required
                maxLength={256}
                value={signal}
                onInput={(event) => setSignal(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        {control === 'rerun' && (
          <label class="check">
            <input
              type="checkbox"
              checked={withInput}
              onChange={(event) => setWithInput(event.currentTarget.checked)}
            />
            {t('control.rerun.use_input')}
          </label>
        )}
        {(control === 'signal' || control === 'set' || (control === 'rerun' && withInput)) && (
          <Field label={t(LABELS[control])} error={wrong}>
            {(field) => (
              <textarea
                {...field}
                class="textarea textarea-code"
                spellcheck={false}
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        {control !== 'signal' && (
          <Field label={t('control.reason')} hint={t('control.reason.hint')}>
            {(field) => (
              <textarea
                {...field}
                class="textarea"
                maxLength={LONGEST_REASON}
                value={reason}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
      </form>
      {problem !== null && <ErrorPanel error={problem} />}
    </Dialog>
  );
}

const LABELS = { signal: 'control.signal.payload', set: 'control.variables', rerun: 'control.rerun.input' } as const;

function initial(control: Control): string {
  return control === 'set' ? '{\n  \n}' : '';
}

interface Entered {
  reason: string;
  text: string;
  signal: string;
  withInput: boolean;
  step: string | undefined;
}

/** What was entered, or what is wrong with it. */
export function givenBy(control: Control, entered: Entered): Given | string {
  const given: Given = { reason: entered.reason, step: entered.step };
  if (control !== 'signal' && control !== 'set' && !(control === 'rerun' && entered.withInput)) return given;
  let value: unknown;
  try {
    value = entered.text.trim() === '' && control === 'signal' ? null : parseJson(entered.text);
  } catch (error) {
    return t('json.invalid', { reason: error instanceof Error ? error.message : '' });
  }
  if (control === 'rerun') return { ...given, input: value };
  if (control === 'signal') return { ...given, signal: { name: entered.signal.trim(), payload: value } };
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || !Object.keys(value as object).length) return t('control.variables.object');
  return { ...given, variables: value as Record<string, unknown> };
}
