/** A whole form: generated inputs, or the same value as JSON. */
import './forms.css';

import { useId } from 'preact/hooks';

import { Tabs } from '../components';
import { t } from '../i18n';
import { FormContext, useErrors } from './context';
import { Body, Errors, Part } from './parts';
import type { FormState, Mode } from './state';

export { type FormState, useForm } from './state';

export function Form({ form, label }: { form: FormState; label: string }) {
  const tabs: { id: Mode; title: string }[] = [
    { id: 'form', title: t('forms.as_form') },
    { id: 'json', title: t('forms.as_json') },
  ];
  return (
    <FormContext.Provider value={{ findings: form.shown, touch: form.touch }}>
      <div class="form">
        <Tabs label={`${label}: ${t('forms.label')}`} tabs={tabs} chosen={form.mode} onChoose={form.choose}>
          {form.mode === 'form' ? <Generated form={form} label={label} /> : <AsJson form={form} label={label} />}
        </Tabs>
      </div>
    </FormContext.Provider>
  );
}

function Generated({ form, label }: { form: FormState; label: string }) {
  const { shape, entry, edit } = form;
  const errors = useErrors('');
  const isOpen = entry.kind === 'group' || entry.kind === 'list' || entry.kind === 'variant';
  if (!isOpen) return <Part shape={shape} entry={entry} pointer="" name={label} label={label} isRequired edit={edit} />;
  const name = entry.kind === 'group' ? '' : label;
  return (
    <>
      <Errors messages={errors} />
      <Body shape={shape} entry={entry} pointer="" name={name} edit={edit} />
    </>
  );
}

function AsJson({ form, label }: { form: FormState; label: string }) {
  const id = useId();
  const broken = form.fault === null ? [] : [t('forms.rule.json', { detail: form.fault }), t('forms.json_broken')];
  const errors = form.fault === null ? form.shown : [];
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <textarea
        id={id}
        class="textarea textarea-code form-whole"
        rows={16}
        spellcheck={false}
        value={form.text}
        aria-invalid={form.fault === null ? undefined : 'true'}
        aria-describedby={`${id}-error`}
        onInput={(event) => form.editText(event.currentTarget.value)}
      />
      <Errors id={`${id}-error`} messages={broken} />
      {form.fault !== null && (
        <button type="button" class="button button-small form-add" onClick={form.restore}>
          {t('forms.json_restore')}
        </button>
      )}
      {errors.length > 0 && <JsonFindings form={form} />}
    </div>
  );
}

function JsonFindings({ form }: { form: FormState }) {
  const pointers = [...new Set(form.shown.map(({ pointer }) => pointer))];
  return (
    <ul class="form-findings">
      {pointers.map((pointer) => (
        <li key={pointer}>
          <code>{pointer || '/'}</code> <PlaceErrors pointer={pointer} />
        </li>
      ))}
    </ul>
  );
}

function PlaceErrors({ pointer }: { pointer: string }) {
  return <Errors messages={useErrors(pointer)} />;
}

/** Moves the focus to the first place that is wrong, once it is shown. */
export function focusFirstFault(root: ParentNode | null): void {
  requestAnimationFrame(() => {
    const wrong = root?.querySelector<HTMLElement>('[aria-invalid="true"]');
    (wrong ?? root?.querySelector('.field-error'))?.scrollIntoView({ block: 'center' });
    wrong?.focus({ preventScroll: true });
  });
}
