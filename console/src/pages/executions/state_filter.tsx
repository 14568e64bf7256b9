/** Choosing some states: a button that opens a list of check boxes. */
import { ChevronDown } from 'lucide-preact';

import { EXECUTION_STATES, type ExecutionState } from '../../api/types';
import { StateBadge, usePopup } from '../../components';
import { t } from '../../i18n';

interface Props {
  chosen: readonly ExecutionState[];
  onChange: (states: ExecutionState[]) => void;
}

export function StateFilter({ chosen, onChange }: Props) {
  const { open, setOpen, box } = usePopup();
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
