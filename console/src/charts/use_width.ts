/** The width of an element, followed as it changes. */
import { type MutableRef, useEffect, useRef, useState } from 'preact/hooks';

export function useWidth<T extends HTMLElement>(first: number): [MutableRef<T | null>, number] {
  const box = useRef<T | null>(null);
  const [width, setWidth] = useState(first);
  useEffect(() => {
    if (!box.current) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}
