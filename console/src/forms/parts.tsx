/** One place of a form, whatever its shape: its label, its input, and what is wrong with it. */
import { Plus, RotateCcw, X } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

import { t } from '../i18n';
import { type PlaceProps, useErrors, useTouch } from './context';
import { ABSENT, blank, type Entry } from './entries';
import { Group } from './group';
import { Input } from './inputs';
import { List } from './list';
import type { Shape } from './shapes';

interface PartProps extends PlaceProps {
  label: string;
  isRequired: boolean;
  description?: string | undefined;
  validation?: string | undefined;
  /** Buttons beside the label, such as those of an item of a list. */
  tools?: ComponentChildren;
}

export function Part(props: PartProps) {
  const { shape, entry } = props;
  if (entry.kind === 'null') return <NullPart {...props} />;
  if (entry.kind !== 'raw' && isCompound(shape)) {
    return entry.kind === 'absent' ? <AbsentPart {...props} /> : <CompoundPart {...props} />;
  }
  return <ScalarPart {...props} />;
}

function isCompound(shape: Shape): boolean {
  return shape.kind === 'group' || shape.kind === 'list' || shape.kind === 'variants';
}

/** Says that something has to be entered, to those who see it and to those who do not. */
function Mark({ isRequired }: { isRequired: boolean }) {
  if (!isRequired) return null;
  return (
    <>
      <span class="form-required" aria-hidden="true">
        {' '}
        *
      </span>
      <span class="visually-hidden"> ({t('forms.required')})</span>
    </>
  );
}

export function Errors({ id, messages }: { id?: string; messages: readonly string[] }) {
  if (messages.length === 0) return null;
  return (
    <div id={id} class="field-error" role="alert">
      {messages.map((message) => (
        <p key={message}>{message}</p>
      ))}
    </div>
  );
}

function ScalarPart(props: PartProps) {
  const { shape, entry, pointer, name, edit, label, isRequired, description, tools } = props;
  const id = useId();
  const errors = useErrors(pointer);
  const leave = useTouch(pointer);
  const hints = hintsOf(props);
  const change = (next: Entry) => edit(next, pointer);
  const described = [description || hints.length ? `${id}-hint` : '', errors.length ? `${id}-error` : ''].filter(
    Boolean,
  );
  return (
    <div class="field form-field" data-pointer={pointer}>
      <div class="form-label">
        <label class="field-label" for={id}>
          {label}
          <Mark isRequired={isRequired} />
        </label>
        <span class="form-tools">
          {shape.nullable && <NullButton name={name} set={() => change({ kind: 'null' })} />}
          {entry.kind === 'raw' && shape.kind !== 'anything' && (
            <ToolButton
              label={t('forms.start_again', { name })}
              onClick={() => change(isRequired ? blank(shape) : ABSENT)}
            >
              <RotateCcw size={14} aria-hidden="true" />
            </ToolButton>
          )}
          {tools}
        </span>
      </div>
      <Input
        shape={shape}
        entry={entry}
        isRequired={isRequired}
        change={change}
        leave={leave}
        aria={{
          id,
          'aria-describedby': described.join(' ') || undefined,
          'aria-invalid': errors.length > 0 ? 'true' : undefined,
          'aria-required': isRequired ? 'true' : undefined,
        }}
      />
      {(description || hints.length > 0) && (
        <div id={`${id}-hint`} class="hint">
          {description && <p>{description}</p>}
          {hints.map((hint) => (
            <p key={hint}>{hint}</p>
          ))}
        </div>
      )}
      <Errors id={`${id}-error`} messages={errors} />
    </div>
  );
}

function hintsOf({ shape, entry, validation }: PartProps): string[] {
  const isMisfit = entry.kind === 'raw' && shape.kind !== 'anything';
  return [
    isMisfit ? t('forms.raw') : '',
    shape.kind === 'anything' ? t('forms.json_hint') : '',
    shape.kind === 'duration' && !isMisfit ? t('forms.duration_hint') : '',
    shape.kind === 'datetime' && !isMisfit ? t('forms.datetime_hint') : '',
    validation ? t('forms.validation_hint', { expression: validation }) : '',
  ].filter(Boolean);
}

function NullPart({ pointer, shape, edit, label, name, isRequired, tools }: PartProps) {
  const errors = useErrors(pointer);
  return (
    <div class="field form-field" data-pointer={pointer}>
      <div class="form-label">
        <span class="field-label">
          {label}
          <Mark isRequired={isRequired} />
        </span>
        <span class="form-tools">{tools}</span>
      </div>
      <div class="row">
        <code>{t('forms.null')}</code>
        <button
          type="button"
          class="button button-small"
          aria-label={`${t('forms.enter_value')}: ${name}`}
          onClick={() => edit(blank(shape), pointer)}
        >
          {t('forms.enter_value')}
        </button>
      </div>
      <Errors messages={errors} />
    </div>
  );
}

function AbsentPart({ pointer, shape, edit, label, name, isRequired, description, tools }: PartProps) {
  const errors = useErrors(pointer);
  return (
    <div class="form-absent" data-pointer={pointer}>
      <div>
        <p class="field-label">
          {label}
          <Mark isRequired={isRequired} />
        </p>
        {description && <p class="hint">{description}</p>}
        <Errors messages={errors} />
      </div>
      <span class="form-tools">
        {shape.nullable && <NullButton name={name} set={() => edit({ kind: 'null' }, pointer)} />}
        <button
          type="button"
          class="button button-small"
          aria-label={`${t('forms.add')}: ${name}`}
          onClick={() => edit(blank(shape), pointer)}
        >
          <Plus size={14} aria-hidden="true" />
          {t('forms.add')}
        </button>
        {tools}
      </span>
    </div>
  );
}

function CompoundPart(props: PartProps) {
  const { shape, pointer, name, edit, label, isRequired, description, validation, tools } = props;
  const errors = useErrors(pointer);
  return (
    <fieldset class="form-part" data-pointer={pointer}>
      <legend class="form-legend">
        <span class="field-label">
          {label}
          <Mark isRequired={isRequired} />
        </span>
      </legend>
      <span class="form-tools form-part-tools">
        {shape.nullable && <NullButton name={name} set={() => edit({ kind: 'null' }, pointer)} />}
        {!isRequired && (
          <ToolButton label={t('forms.remove_named', { name })} onClick={() => edit(ABSENT, pointer)}>
            <X size={14} aria-hidden="true" />
          </ToolButton>
        )}
        {tools}
      </span>
      {description && <p class="hint">{description}</p>}
      {validation && <p class="hint">{t('forms.validation_hint', { expression: validation })}</p>}
      <Errors messages={errors} />
      <Body {...props} />
    </fieldset>
  );
}

/** What is inside an object, a list, or one of several shapes. */
export function Body({ shape, entry, pointer, name, edit }: PlaceProps) {
  if (shape.kind === 'group' && entry.kind === 'group') {
    return <Group shape={shape} entry={entry} pointer={pointer} name={name} edit={edit} />;
  }
  if (shape.kind === 'list' && entry.kind === 'list') {
    return <List shape={shape} entry={entry} pointer={pointer} name={name} edit={edit} />;
  }
  if (shape.kind !== 'variants' || entry.kind !== 'variant') return null;
  const variant = shape.variants[entry.index];
  const choose = (index: number) => {
    const next = shape.variants[index];
    if (next) edit({ kind: 'variant', index, entry: blank(next.shape) }, pointer);
  };
  return (
    <>
      <select
        class="select form-short"
        aria-label={t('forms.variant', { name })}
        value={String(entry.index)}
        onChange={(event) => choose(Number(event.currentTarget.value))}
      >
        {shape.variants.map(({ title }, index) => (
          <option key={index} value={String(index)}>
            {title}
          </option>
        ))}
      </select>
      {variant && <Inside shape={variant.shape} entry={entry} pointer={pointer} name={name} edit={edit} />}
    </>
  );
}

function Inside({ shape, entry, pointer, name, edit }: PlaceProps) {
  if (entry.kind !== 'variant') return null;
  const put = (inner: Entry, at: string) => edit({ ...entry, entry: inner }, at);
  const isOpen = isCompound(shape) && entry.entry.kind !== 'raw' && entry.entry.kind !== 'absent';
  if (isOpen) return <Body shape={shape} entry={entry.entry} pointer={pointer} name={name} edit={put} />;
  const label = shape.kind === 'anything' ? t('forms.json') : t('forms.field_value');
  return <Part shape={shape} entry={entry.entry} pointer={pointer} name={name} label={label} isRequired edit={put} />;
}

function NullButton({ name, set }: { name: string; set: () => void }) {
  return (
    <button
      type="button"
      class="button button-small button-quiet"
      aria-label={t('forms.set_null', { name })}
      onClick={set}
    >
      {t('forms.null')}
    </button>
  );
}

interface ToolProps {
  label: string;
  onClick: () => void;
  isDisabled?: boolean;
  children: ComponentChildren;
}

export function ToolButton({ label, onClick, isDisabled = false, children }: ToolProps) {
  return (
    <button
      type="button"
      class="button button-icon button-small button-quiet"
      aria-label={label}
      title={label}
      disabled={isDisabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
