/** The fields of an object: those that are declared, and others where there may be any. */
import { Plus, X } from 'lucide-preact';

import { t } from '../i18n';
import type { PlaceProps } from './context';
import { ABSENT, blank, type Entry, type Extra, type GroupEntry, nextId } from './entries';
import { Part, ToolButton } from './parts';
import { below } from './pointers';
import { ANYTHING, type GroupShape } from './shapes';

interface Props extends PlaceProps {
  shape: GroupShape;
  entry: GroupEntry;
}

export function Group({ shape, entry, pointer, name, edit }: Props) {
  const putField = (index: number) => (next: Entry, at: string) =>
    edit(
      { ...entry, fields: shape.fields.map((_, each) => (each === index ? next : (entry.fields[each] ?? ABSENT))) },
      at,
    );
  const putExtras = (extras: Extra[], at: string) => edit({ ...entry, extras }, at);
  const within = (inner: string) => (name ? `${name}, ${inner}` : inner);
  const add = () => {
    const value = shape.extra ? blank(shape.extra) : ABSENT;
    putExtras([...entry.extras, { id: nextId(entry.extras), name: '', entry: value }], pointer);
  };
  return (
    <div class="form-fields">
      {shape.fields.map((field, index) => (
        <Part
          key={field.name}
          shape={field.shape}
          entry={entry.fields[index] ?? ABSENT}
          pointer={below(pointer, field.name)}
          name={within(field.label)}
          label={field.label}
          isRequired={field.required}
          description={field.description}
          validation={field.validation}
          edit={putField(index)}
        />
      ))}
      {entry.extras.map((extra, index) => (
        <ExtraField
          key={extra.id}
          shape={shape}
          extra={extra}
          pointer={pointer}
          put={(next, at) =>
            putExtras(
              entry.extras.map((each, other) => (other === index ? next : each)),
              at,
            )
          }
          remove={() =>
            putExtras(
              entry.extras.filter((_, other) => other !== index),
              pointer,
            )
          }
        />
      ))}
      {shape.fields.length === 0 && entry.extras.length === 0 && <p class="hint">{t('forms.no_fields')}</p>}
      {shape.open && (
        <button type="button" class="button button-small form-add" onClick={add}>
          <Plus size={14} aria-hidden="true" />
          {t('forms.add_field')}
        </button>
      )}
    </div>
  );
}

interface ExtraProps {
  shape: GroupShape;
  extra: Extra;
  pointer: string;
  put: (extra: Extra, pointer: string) => void;
  remove: () => void;
}

function ExtraField({ shape, extra, pointer, put, remove }: ExtraProps) {
  const place = below(pointer, extra.name);
  const name = extra.name || t('forms.unnamed');
  return (
    <div class="form-extra">
      <input
        class="input form-short"
        aria-label={t('forms.field_name')}
        placeholder={t('forms.field_name')}
        value={extra.name}
        spellcheck={false}
        onInput={(event) => put({ ...extra, name: event.currentTarget.value }, place)}
      />
      <Part
        shape={shape.extra ?? ANYTHING}
        entry={extra.entry}
        pointer={place}
        name={name}
        label={t('forms.field_value')}
        isRequired
        edit={(next, at) => put({ ...extra, entry: next }, at)}
        tools={
          <ToolButton label={t('forms.remove_named', { name })} onClick={remove}>
            <X size={14} aria-hidden="true" />
          </ToolButton>
        }
      />
    </div>
  );
}
