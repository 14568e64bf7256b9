/** What is asked for again and again while somebody looks. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Polled<T> {
  /** The latest answer; it stays while the next one is under way, or fails. */
  data: T | null;
  /** Why the latest attempt failed; null once one succeeds. */
  error: unknown;
  refresh: () => void;
  /** Puts something known in the place of the answer, until the next one. */
  put: (data: T) => void;
}

/**
 * Asks at once, whenever `key` changes, and `everyMs` after each answer; not while the page is hidden, and at once when it
 * is shown again. `everyMs` null asks only once.
 */
export function usePolled<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs: number | null,
): Polled<T> {
  const [state, setState] = useState<{ key: string; data: T | null; error: unknown }>({ key, data: null, error: null });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isMissed = false;
    const again = () => {
      if (everyMs === null || abort.signal.aborted) return;
      timer = setTimeout(() => {
        if (document.hidden) isMissed = true;
        else void ask();
      }, everyMs);
    };
    const ask = async () => {
      try {
        const data = await latest.current(abort.signal);
        if (!abort.signal.aborted) setState({ key, data, error: null });
      } catch (error) {
        if (!abort.signal.aborted) setState((old) => ({ key, data: old.key === key ? old.data : null, error }));
      }
      again();
    };
    const shown = () => {
      if (document.hidden || !isMissed) return;
      isMissed = false;
      void ask();
    };
    document.addEventListener('visibilitychange', shown);
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', shown);
    };
  }, [key, everyMs, turn]);

  const refresh = useCallback(() => setTurn((old) => old + 1), []);
  const put = useCallback((data: T) => setState({ key, data, error: null }), [key]);
  const isCurrent = state.key === key;
  return { data: isCurrent ? state.data : null, error: isCurrent ? state.error : null, refresh, put };
}
