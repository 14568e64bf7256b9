/** The items of a list, which can be added, removed and moved. */
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-preact';
import { useEffect, useRef } from 'preact/hooks';

import { t } from '../i18n';
import type { PlaceProps } from './context';
import { blank, type Entry, type ListEntry, nextId } from './entries';
import { Part, ToolButton } from './parts';
import { below } from './pointers';
import type { ListShape } from './shapes';

interface Props extends PlaceProps {
  shape: ListShape;
  entry: ListEntry;
}

const INPUTS = 'input, select, textarea, button.form-add';

export function List({ shape, entry, pointer, name, edit }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const added = useRef<number | null>(null);
  const { items } = entry;
  const put = (next: ListEntry['items'], at = pointer) => edit({ kind: 'list', items: next }, at);
  const putItem = (index: number) => (next: Entry, at: string) =>
    put(
      items.map((item, other) => (other === index ? { ...item, entry: next } : item)),
      at,
    );
  const add = () => {
    const id = nextId(items);
    added.current = id;
    put([...items, { id, entry: blank(shape.items) }]);
  };
  const remove = (index: number) => {
    put(items.filter((_, other) => other !== index));
    box.current?.querySelector<HTMLElement>(':scope > .form-add')?.focus();
  };
  const move = (from: number, to: number) => {
    const next = [...items];
    next.splice(to, 0, ...next.splice(from, 1));
    put(next);
  };
  // The new item is where one goes on typing.
  useEffect(() => {
    if (added.current === null) return;
    box.current?.querySelector(`:scope > [data-item="${added.current}"]`)?.querySelector<HTMLElement>(INPUTS)?.focus();
    added.current = null;
  }, [items]);
  return (
    <div class="form-items" ref={box}>
      {items.length === 0 && <p class="hint">{t('forms.no_items')}</p>}
      {items.map((item, index) => (
        <div class="form-item" key={item.id} data-item={item.id}>
          <Part
            shape={shape.items}
            entry={item.entry}
            pointer={below(pointer, index)}
            name={t('forms.item_of', { name, number: index + 1 })}
            label={t('forms.item', { number: index + 1 })}
            isRequired
            edit={putItem(index)}
            tools={
              <ItemTools
                name={t('forms.item_of', { name, number: index + 1 })}
                isFirst={index === 0}
                isLast={index === items.length - 1}
                move={(by) => move(index, index + by)}
                remove={() => remove(index)}
              />
            }
          />
        </div>
      ))}
      <button
        type="button"
        class="button button-small form-add"
        aria-label={t('forms.add_item', { name })}
        onClick={add}
      >
        <Plus size={14} aria-hidden="true" />
        {t('forms.add')}
      </button>
    </div>
  );
}

interface ToolsProps {
  name: string;
  isFirst: boolean;
  isLast: boolean;
  move: (by: -1 | 1) => void;
  remove: () => void;
}

function ItemTools({ name, isFirst, isLast, move, remove }: ToolsProps) {
  return (
    <>
      <ToolButton label={t('forms.up', { name })} isDisabled={isFirst} onClick={() => move(-1)}>
        <ArrowUp size={14} aria-hidden="true" />
      </ToolButton>
      <ToolButton label={t('forms.down', { name })} isDisabled={isLast} onClick={() => move(1)}>
        <ArrowDown size={14} aria-hidden="true" />
      </ToolButton>
      <ToolButton label={t('forms.remove_named', { name })} onClick={remove}>
        <X size={14} aria-hidden="true" />
      </ToolButton>
    </>
  );
}
