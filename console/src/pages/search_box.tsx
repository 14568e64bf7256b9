/** What narrows a list: a box to search in, and a choice of some. */
import './filters.css';

import { Search } from 'lucide-preact';
import { useId } from 'preact/hooks';

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

export function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId();
  const choose = ({ currentTarget: shown }: { currentTarget: HTMLSelectElement }) => {
    const next = shown.value;
    // What is shown follows `value`, also where the choice is not taken.
    shown.value = value;
    onChange(next);
  };
  return (
    <div class="filter">
      <label class="hint" for={id}>
        {label}
      </label>
      <select id={id} class="select" value={value} onChange={choose}>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface SearchProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
}

export function SearchBox({ label, placeholder, value, onChange }: SearchProps) {
  const id = useId();
  return (
    <div class="filter filter-search">
      <label class="hint" for={id}>
        {label}
      </label>
      <span class="search">
        <Search size={16} aria-hidden="true" />
        <input
          id={id}
          class="input"
          type="search"
          placeholder={placeholder}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      </span>
    </div>
  );
}
