/** Choosing some states: a button that opens a list of check boxes. */
import { ChevronDown } from 'lucide-preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { EXECUTION_STATES, type ExecutionState } from '../../api/types';
import { StateBadge } from '../../components';
import { t } from '../../i18n';

interface Props {
  chosen: readonly ExecutionState[];
  onChange: (states: ExecutionState[]) => void;
}

export function StateFilter({ chosen, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const left = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const escaped = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      box.current?.querySelector('button')?.focus();
    };
    document.addEventListener('pointerdown', left);
    document.addEventListener('focusin', left);
    document.addEventListener('keydown', escaped);
    return () => {
      document.removeEventListener('pointerdown', left);
      document.removeEventListener('focusin', left);
      document.removeEventListener('keydown', escaped);
    };
  }, [open]);
  const toggle = (state: ExecutionState) =>
    onChange(chosen.includes(state) ? chosen.filter((each) => each !== state) : [...chosen, state]);
  return (
    <div class="state-filter" ref={box}>
      <button
        type="button"
        class="button state-filter-button"
        aria-expanded={open}
        aria-controls="state-choice"
        onClick={() => setOpen(!open)}
      >
        {chosen.length ? t('executions.states.some', { count: chosen.length }) : t('executions.states.all')}
        <ChevronDown size={15} aria-hidden="true" />
      </button>
      {open && (
        <fieldset id="state-choice" class="panel state-choice">
          <legend class="visually-hidden">{t('executions.states')}</legend>
          {EXECUTION_STATES.map((state) => (
            <label key={state} class="check">
              <input type="checkbox" checked={chosen.includes(state)} onChange={() => toggle(state)} />
              <StateBadge state={state} />
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}
