/** A JSON value as a tree that opens and closes. */
import { useState } from 'preact/hooks';

import { CopyButton } from './copy_button';
import { isExactNumber } from '../api/json';
import { t } from '../i18n';

const FIRST_ITEMS = 50;
const OPEN_DEPTH = 2;
const LONG_TEXT = 400;

export function JsonView({ value, label }: { value: unknown; label?: string }) {
  if (value === undefined) return <p class="hint">{t('json.empty')}</p>;
  return (
    <div class="json" role="group" aria-label={label}>
      <div class="json-tools">
        <CopyButton text={() => JSON.stringify(value, null, 2)} label={t('json.copy')} />
      </div>
      <div class="json-tree">
        <Value value={value} depth={0} />
      </div>
    </div>
  );
}

function Value({ value, depth, name }: { value: unknown; depth: number; name?: string | number }) {
  if (isContainer(value)) return <Container value={value} depth={depth} name={name} />;
  return (
    <div class="json-line">
      <Name name={name} />
      <Scalar value={value} />
    </div>
  );
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isExactNumber(value);
}

function Name({ name }: { name?: string | number | undefined }) {
  if (name === undefined) return null;
  return (
    <>
      <span class={typeof name === 'number' ? 'json-index' : 'json-key'}>{name}</span>
      <span class="json-colon">: </span>
    </>
  );
}

function Container({ value, depth, name }: { value: object; depth: number; name?: string | number | undefined }) {
  const list = Array.isArray(value);
  const entries: [string | number, unknown][] = list
    ? value.map((each, index) => [index, each])
    : Object.entries(value as Record<string, unknown>);
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const [shown, setShown] = useState(FIRST_ITEMS);
  if (!entries.length) {
    return (
      <div class="json-line">
        <Name name={name} />
        <span class="json-empty">{list ? '[]' : '{}'}</span>
      </div>
    );
  }
  return (
    <details class="json-node" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="json-summary">
        <Name name={name} />
        <span class="json-size">{sizeOf(entries.length, list)}</span>
      </summary>
      {open && (
        <div class="json-children">
          {entries.slice(0, shown).map(([key, each]) => (
            <Value key={key} name={key} value={each} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <button type="button" class="button button-small" onClick={() => setShown(shown * 4)}>
              {t('action.more')} ({entries.length - shown})
            </button>
          )}
        </div>
      )}
    </details>
  );
}

function sizeOf(count: number, list: boolean): string {
  if (count === 1) return t(list ? 'json.item' : 'json.key');
  return t(list ? 'json.items' : 'json.keys', { count });
}

function Scalar({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false);
  if (typeof value !== 'string') {
    return <span class={`json-${value === null ? 'null' : typeof value}`}>{JSON.stringify(value)}</span>;
  }
  if (value.length <= LONG_TEXT || whole) return <span class="json-string">{JSON.stringify(value)}</span>;
  return (
    <span class="json-string">
      {JSON.stringify(value.slice(0, LONG_TEXT))}…{' '}
      <button type="button" class="button button-small" onClick={() => setWhole(true)}>
        {t('action.more')}
      </button>
    </span>
  );
}
