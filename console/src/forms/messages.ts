/** Findings in the language that is shown. */
import { t, word } from '../i18n';
import type { Finding } from './findings';

export function messageOf(finding: Finding): string {
  if (finding.rule === undefined) return finding.text;
  const values = finding.values ?? {};
  const type = values['type'];
  return t(
    `forms.rule.${finding.rule}`,
    type === undefined ? values : { ...values, type: word('forms.type', String(type)) },
  );
}
