/** What the checks of a definition say: in a word, and one by one. */
import { CircleAlert, CircleCheck, LoaderCircle, TriangleAlert, Unplug } from 'lucide-preact';

import type { Checked, Remark } from '../../editor/checking';
import { t } from '../../i18n';

const LOOKS = {
  checking: { Icon: LoaderCircle, tone: 'idle' },
  valid: { Icon: CircleCheck, tone: 'good' },
  invalid: { Icon: CircleAlert, tone: 'bad' },
  unknown: { Icon: Unplug, tone: 'off' },
} as const;

export function VerdictBadge({ checked }: { checked: Checked }) {
  const { Icon, tone } = LOOKS[checked.verdict];
  return (
    <div class="row" role="status">
      <span class={`badge tone-${tone}`}>
        <Icon size={14} aria-hidden="true" />
        {said(checked)}
      </span>
      <Statistics statistics={checked.statistics} />
    </div>
  );
}

function said({ verdict, remarks }: Checked): string {
  const errors = remarks.filter(({ severity }) => severity === 'error').length;
  if (verdict === 'checking') return t('editor.checking');
  if (verdict === 'unknown') return t('editor.unchecked');
  if (verdict === 'invalid') return t('editor.errors', { count: errors });
  return remarks.length > 0 ? t('editor.warnings', { count: remarks.length }) : t('editor.valid');
}

function Statistics({ statistics }: { statistics: Record<string, unknown> | null }) {
  const steps = total(statistics?.['steps_by_type']);
  const transitions = statistics?.['transitions'];
  const parts = [
    steps === null ? '' : t('editor.steps', { count: steps }),
    typeof transitions === 'number' ? t('editor.transitions', { count: transitions }) : '',
  ].filter(Boolean);
  return parts.length > 0 ? <span class="hint">{parts.join(' · ')}</span> : null;
}

function total(counts: unknown): number | null {
  if (typeof counts !== 'object' || counts === null) return null;
  return Object.values(counts).reduce<number>((sum, each) => sum + (typeof each === 'number' ? each : 0), 0);
}

const MOST = 100;

export function Findings({ checked, onChoose }: { checked: Checked; onChoose: (position: number) => void }) {
  const { remarks, verdict } = checked;
  return (
    <section aria-label={t('editor.findings')}>
      <h2 class="visually-hidden">{t('editor.findings')}</h2>
      {remarks.length === 0 && verdict === 'valid' && <p class="hint">{t('editor.no_findings')}</p>}
      <ul class="remarks">
        {remarks.slice(0, MOST).map((remark, index) => (
          <Item key={index} remark={remark} onChoose={onChoose} />
        ))}
      </ul>
    </section>
  );
}

function Item({ remark, onChoose }: { remark: Remark; onChoose: (position: number) => void }) {
  const Icon = remark.severity === 'error' ? CircleAlert : TriangleAlert;
  return (
    <li>
      <button type="button" class={`remark remark-${remark.severity}`} onClick={() => onChoose(remark.from)}>
        <Icon size={16} aria-hidden="true" />
        <span>
          <span class="visually-hidden">{t(`editor.${remark.severity}`)}: </span>
          {remark.message}
          {remark.hint && <span class="hint"> {remark.hint}</span>}
          <span class="remark-place hint">
            <code>{remark.code}</code> · {t('editor.line', { line: remark.line })}
            {remark.pointer && (
              <>
                {' '}
                · <code>{remark.pointer}</code>
              </>
            )}
          </span>
        </span>
      </button>
    </li>
  );
}
