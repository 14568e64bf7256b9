/** Moving through a list by cursors: forward by the answer's, back by those that led here. */
import { ChevronLeft, ChevronRight } from 'lucide-preact';

import { t } from '../i18n';

interface Props {
  hasPrevious: boolean;
  hasNext: boolean;
  onPrevious: () => void;
  onNext: () => void;
  note?: string;
}

export function Pager({ hasPrevious, hasNext, onPrevious, onNext, note }: Props) {
  if (!hasPrevious && !hasNext) return note ? <p class="pager hint">{note}</p> : null;
  return (
    <div class="pager">
      {note && <span class="hint">{note}</span>}
      <button type="button" class="button" disabled={!hasPrevious} onClick={onPrevious}>
        <ChevronLeft size={16} aria-hidden="true" />
        {t('table.previous')}
      </button>
      <button type="button" class="button" disabled={!hasNext} onClick={onNext}>
        {t('table.next')}
        <ChevronRight size={16} aria-hidden="true" />
      </button>
    </div>
  );
}
