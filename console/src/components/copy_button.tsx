/** Copies a text. */
import { Check, Copy } from 'lucide-preact';
import { useState } from 'preact/hooks';

import { t } from '../i18n';

const SHOWN_MS = 1_500;

export function CopyButton({ text, label }: { text: string | (() => string); label?: string }) {
  const [done, setDone] = useState(false);
  const said = done ? t('action.copied') : (label ?? t('action.copy'));
  const copy = () => {
    void navigator.clipboard?.writeText(typeof text === 'string' ? text : text()).then(() => {
      setDone(true);
      setTimeout(() => setDone(false), SHOWN_MS);
    });
  };
  return (
    <button type="button" class="button button-icon button-quiet" aria-label={said} title={said} onClick={copy}>
      {done ? <Check size={15} aria-hidden="true" /> : <Copy size={15} aria-hidden="true" />}
    </button>
  );
}
