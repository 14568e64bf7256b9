/** Short news at the edge of the window. Errors stay until they are dismissed; the rest goes by itself. */
import { signal } from '@preact/signals';
import { CircleAlert, CircleCheck, X } from 'lucide-preact';

import { t } from '../i18n';

interface Toast {
  id: number;
  tone: 'good' | 'error';
  text: string;
}

const SHOWN_MS = 6_000;
const toasts = signal<readonly Toast[]>([]);
let last = 0;

export function toast(text: string, tone: Toast['tone'] = 'good'): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.slice(-3), { id, tone, text }];
  if (tone !== 'error') setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, tone, text }) => (
        <div key={id} class={`toast toast-${tone}`}>
          {tone === 'error' ? (
            <CircleAlert size={18} aria-hidden="true" />
          ) : (
            <CircleCheck size={18} aria-hidden="true" />
          )}
          <span>{text}</span>
          <button
            type="button"
            class="button button-icon button-quiet"
            aria-label={t('action.dismiss')}
            onClick={() => dismiss(id)}
          >
            <X size={16} aria-hidden="true" />
          </button>
        </div>
      ))}
    </div>
  );
}
