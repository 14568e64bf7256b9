import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { afterPress } from '../../src/forms/after_press';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('what is done after a press', () => {
  it('is done at once when nothing is pressed', () => {
    const act = vi.fn();
    afterPress(act);
    expect(act).toHaveBeenCalledOnce();
  });

  it.each(['pointerup', 'pointercancel'])('waits for %s, and for the click behind it', (release) => {
    const act = vi.fn();
    window.dispatchEvent(new Event('pointerdown'));
    afterPress(act);
    window.dispatchEvent(new Event(release));
    expect(act).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect(act).toHaveBeenCalledOnce();
    window.dispatchEvent(new Event(release));
    vi.runAllTimers();
    expect(act).toHaveBeenCalledOnce();
  });
});
