/** Whether a definition is written as YAML or JSON. The choice is kept for the next time. */
import { signal } from '@preact/signals';

import type { Syntax } from '../../editor/syntax';
import { t } from '../../i18n';
import { Choice } from '../search_box';

const STORED = 'weft.syntax';

function stored(): Syntax {
  try {
    return window.localStorage.getItem(STORED) === 'json' ? 'json' : 'yaml';
  } catch {
    return 'yaml';
  }
}

export const preferredSyntax = signal<Syntax>(stored());

export function prefer(syntax: Syntax): void {
  preferredSyntax.value = syntax;
  try {
    window.localStorage.setItem(STORED, syntax);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function SyntaxChoice({ value, onChange }: { value: Syntax; onChange: (syntax: Syntax) => void }) {
  const options = [
    ['yaml', 'YAML'],
    ['json', 'JSON'],
  ] as const;
  return (
    <Choice
      label={t('workflows.syntax')}
      value={value}
      options={options}
      onChange={(next) => onChange(next as Syntax)}
    />
  );
}
