/** The inputs of single values. */
import type { JSX } from 'preact';

import { t } from '../i18n';
import { ABSENT, type Entry } from './entries';
import { fromLocal, toLocal } from './instants';
import { formatJson, type Json } from './json';
import type { Shape } from './shapes';

export interface InputProps {
  shape: Shape;
  entry: Entry;
  isRequired: boolean;
  change: (entry: Entry) => void;
  leave: () => void;
  /** Label, description and validity for those who do not see them. */
  aria: JSX.AriaAttributes & { id: string };
}

/** An empty input says nothing; a text that is empty on purpose is written as JSON. */
function typed(text: string): Entry {
  return text === '' ? ABSENT : { kind: 'text', text };
}

export function Input(props: InputProps) {
  if (props.entry.kind === 'raw' || props.shape.kind === 'anything') return <JsonInput {...props} />;
  switch (props.shape.kind) {
    case 'flag':
      return <FlagInput {...props} />;
    case 'choice':
      return <ChoiceInput {...props} values={props.shape.values} />;
    case 'datetime':
      return <DatetimeInput {...props} />;
    case 'text':
      return <TextInput {...props} />;
    default:
      return <LineInput {...props} />;
  }
}

function textOf(entry: Entry): string {
  return entry.kind === 'text' || entry.kind === 'raw' ? entry.text : '';
}

const LONG = 90;
const TYPES: Record<string, string> = { email: 'email', uri: 'url', date: 'date', time: 'time' };

/** One line, and as many as it takes once the text is long or has several. */
function TextInput({ shape, entry, change, leave, aria }: InputProps) {
  const text = textOf(entry);
  const write = (event: JSX.TargetedInputEvent<HTMLInputElement | HTMLTextAreaElement>) =>
    change(typed(event.currentTarget.value));
  if (text.includes('\n') || text.length > LONG) {
    return <textarea {...aria} class="textarea form-text" rows={3} value={text} onInput={write} onBlur={leave} />;
  }
  const paste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData?.getData('text/plain') ?? '';
    if (!pasted.trimEnd().includes('\n')) return;
    event.preventDefault();
    change(typed(text + pasted));
  };
  const type = (shape.kind === 'text' && TYPES[shape.format ?? '']) || 'text';
  return <input {...aria} class="input" type={type} value={text} onInput={write} onPaste={paste} onBlur={leave} />;
}

function LineInput({ shape, entry, change, leave, aria }: InputProps) {
  const mode = shape.kind === 'number' ? (shape.integer ? 'numeric' : 'decimal') : 'text';
  return (
    <input
      {...aria}
      class="input form-short"
      type="text"
      inputMode={mode}
      autoComplete="off"
      spellcheck={false}
      value={textOf(entry)}
      onInput={(event) => change(typed(event.currentTarget.value.trim()))}
      onBlur={leave}
    />
  );
}

function FlagInput({ entry, isRequired, change, leave, aria }: InputProps) {
  const value = entry.kind === 'flag' ? String(entry.on) : '';
  return (
    <select
      {...aria}
      class="select form-short"
      value={value}
      onChange={({ currentTarget: { value: picked } }) =>
        change(picked === '' ? ABSENT : { kind: 'flag', on: picked === 'true' })
      }
      onBlur={leave}
    >
      {(!isRequired || value === '') && <option value="">{t('forms.unset')}</option>}
      <option value="true">{t('forms.yes')}</option>
      <option value="false">{t('forms.no')}</option>
    </select>
  );
}

function ChoiceInput({ values, entry, isRequired, change, leave, aria }: InputProps & { values: Json[] }) {
  const index = entry.kind === 'choice' ? String(entry.index) : '';
  return (
    <select
      {...aria}
      class="select form-short"
      value={index}
      onChange={({ currentTarget: { value: picked } }) =>
        change(picked === '' ? ABSENT : { kind: 'choice', index: Number(picked) })
      }
      onBlur={leave}
    >
      {(!isRequired || index === '') && <option value="">{t(isRequired ? 'forms.choose' : 'forms.unset')}</option>}
      {values.map((value, each) => (
        <option key={each} value={String(each)}>
          {typeof value === 'string' ? value : formatJson(value, 0)}
        </option>
      ))}
    </select>
  );
}

function DatetimeInput({ entry, change, leave, aria }: InputProps) {
  const text = textOf(entry);
  const local = toLocal(text);
  if (text !== '' && local === '') {
    return (
      <input
        {...aria}
        class="input"
        type="text"
        value={text}
        onInput={(event) => change(typed(event.currentTarget.value))}
        onBlur={leave}
      />
    );
  }
  return (
    <span class="row">
      <input
        {...aria}
        class="input form-time"
        type="datetime-local"
        step={1}
        value={local}
        onInput={(event) => change(typed(fromLocal(event.currentTarget.value)))}
        onBlur={leave}
      />
      {text && <code class="hint">{text}</code>}
    </span>
  );
}

function JsonInput({ entry, change, leave, aria }: InputProps) {
  const text = textOf(entry);
  return (
    <textarea
      {...aria}
      class="textarea textarea-code form-json"
      rows={Math.min(Math.max(text.split('\n').length, 2), 16)}
      spellcheck={false}
      value={text}
      onInput={({ currentTarget: { value } }) => change(value === '' ? ABSENT : { kind: 'raw', text: value })}
      onBlur={leave}
    />
  );
}
