/** Something that opens below a button, and closes when Escape is pressed or something else is. */
import { type RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Popup {
  open: boolean;
  setOpen: (open: boolean) => void;
  /** The element around the button and what it opens. */
  box: RefObject<HTMLDivElement>;
}

export function usePopup(): Popup {
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
  return { open, setOpen, box };
}
