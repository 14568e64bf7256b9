/** The parts that pages are made of. */
import { render, type ComponentChildren } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  CopyButton,
  Dialog,
  EmptyState,
  ErrorPanel,
  JsonView,
  Pager,
  RelativeTime,
  StateBadge,
  Tabs,
  toast,
  Toasts,
} from '../src/components';
import { Problem } from '../src/api/problem';
import { followLanguage, setLanguage } from '../src/i18n';
import { clockTime, exactTime } from '../src/i18n/time';
import { followTheme, nextTheme, theme } from '../src/theme';

let root: HTMLElement;

beforeEach(() => {
  root = document.createElement('div');
  document.body.append(root);
});

afterEach(() => {
  render(null, root);
  root.remove();
  setLanguage('en');
});

function show(what: ComponentChildren): HTMLElement {
  render(what, root);
  return root;
}

async function drawn(): Promise<void> {
  await vi.waitFor(() => new Promise((done) => setTimeout(done, 0)));
}

describe('a state', () => {
  it.each(['completed', 'failed', 'waiting_for_human_intervention', 'brand_new'])(
    '%s has a word and a symbol',
    (state) => {
      const badge = show(<StateBadge state={state} count={3} />).querySelector('.badge');
      expect(badge?.getAttribute('data-state')).toBe(state);
      expect(badge?.querySelector('svg')).not.toBeNull();
      expect(badge?.textContent).toMatch(/^[A-Za-z ]+3$/);
    },
  );
});

describe('a value', () => {
  it('is a tree that opens and closes', async () => {
    const value = { a: [1, true, null, 'text'], b: {}, c: [], deep: { er: { est: 1 } }, one: [1] };
    const tree = show(<JsonView value={value} label="value" />);
    for (const part of ['5 keys', '4 items', '1 item', '"text"', 'null', 'true', '{}', '[]'])
      expect(tree.textContent).toContain(part);
    expect(tree.textContent).not.toContain('est');
    const closed = [...tree.querySelectorAll('details')].find((each) => !each.open);
    if (closed) {
      closed.open = true;
      closed.dispatchEvent(new Event('toggle'));
    }
    await vi.waitFor(() => expect(tree.textContent).toContain('est'));
  });

  it('stays text, whatever it says', () => {
    const tree = show(<JsonView value={{ '<b>': '<script>alert(1)</script>' }} />);
    expect(tree.querySelector('script, b')).toBeNull();
    expect(tree.textContent).toContain('<script>');
  });

  it('shows the beginning of what is long, and the rest when asked', async () => {
    const tree = show(
      <JsonView value={{ list: Array.from({ length: 60 }, (_, index) => index), text: 'x'.repeat(500) }} />,
    );
    const buttons = () => [...tree.querySelectorAll<HTMLElement>('.json-tree button')];
    expect(buttons()).toHaveLength(2);
    for (const button of buttons()) button.click();
    await vi.waitFor(() => expect(buttons()).toHaveLength(0));
    expect(tree.textContent).toContain('x'.repeat(500));
  });

  it('may be missing', () => {
    expect(show(<JsonView value={undefined} />).textContent).toBe('Nothing');
  });
});

describe('copying', () => {
  it('puts the text on the clipboard and says so', async () => {
    const written: string[] = [];
    vi.spyOn(navigator.clipboard, 'writeText').mockImplementation((text) => {
      written.push(text);
      return Promise.resolve();
    });
    const button = show(<CopyButton text={() => 'later'} />).querySelector('button');
    button?.click();
    await vi.waitFor(() => expect(button?.getAttribute('aria-label')).toBe('Copied'));
    expect(written).toEqual(['later']);
  });
});

describe('a dialog', () => {
  it('puts the focus on what there is to fill in, and is closed by Escape', async () => {
    const closed = vi.fn();
    show(
      <Dialog title="Title" onClose={closed} wide footer={<button type="button">Go</button>}>
        <input id="first" />
      </Dialog>,
    );
    await vi.waitFor(() => expect(document.activeElement?.id).toBe('first'));
    root.querySelector('dialog')?.dispatchEvent(new Event('cancel', { cancelable: true }));
    expect(closed).toHaveBeenCalledOnce();
    root.querySelector<HTMLElement>('.dialog-head button')?.click();
    expect(closed).toHaveBeenCalledTimes(2);
  });
});

describe('a refusal', () => {
  it('has every finding, the code and the request', () => {
    const problem = new Problem(400, {
      title: 'Invalid',
      detail: 'Two things are wrong.',
      code: 'InvalidRequest',
      request_id: 'r-1',
      errors: [{ code: 'C', pointer: '/a', message: 'is wrong', hint: 'Try b.', severity: 'error' }],
    });
    const again = vi.fn();
    const panel = show(<ErrorPanel error={problem} onRetry={again} />);
    for (const part of ['Invalid', 'Two things', '/a', 'is wrong', 'Try b.', 'InvalidRequest', 'r-1']) {
      expect(panel.textContent).toContain(part);
    }
    panel.querySelector('button')?.click();
    expect(again).toHaveBeenCalledOnce();
  });

  it.each([
    [new Problem(0, {}), 'cannot be reached'],
    [new Problem(502, {}), 'status 502'],
    [new Error('odd'), 'odd'],
  ])('is explained when %s', (error, text) => {
    expect(show(<ErrorPanel error={error} />).textContent).toContain(text);
  });
});

describe('news', () => {
  it('goes by itself, but not an error', async () => {
    vi.useFakeTimers();
    show(<Toasts />);
    toast('done');
    toast('broken', 'error');
    await vi.advanceTimersByTimeAsync(10);
    expect(root.querySelectorAll('.toast')).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(7_000);
    expect(root.textContent).toBe('broken');
    root.querySelector('button')?.click();
    vi.useRealTimers();
  });
});

describe('tabs', () => {
  it('are moved through by arrows, Home and End', async () => {
    const chosen: string[] = [];
    const tabs = (['a', 'b', 'c'] as const).map((id) => ({ id, title: id, count: 2 }));
    show(
      <Tabs label="tabs" tabs={tabs} chosen="a" onChoose={(id) => chosen.push(id)}>
        text
      </Tabs>,
    );
    const list = root.querySelector('[role="tablist"]');
    for (const key of ['ArrowRight', 'ArrowLeft', 'Home', 'End', 'x']) {
      list?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    }
    root.querySelector<HTMLElement>('[data-tab="b"]')?.click();
    await drawn();
    expect(chosen).toEqual(['b', 'c', 'a', 'c', 'b']);
  });
});

describe('the pager', () => {
  it('is there only when there is somewhere to go', () => {
    const nothing = () => undefined;
    expect(show(<Pager hasNext={false} hasPrevious={false} onNext={nothing} onPrevious={nothing} />).textContent).toBe(
      '',
    );
    show(<Pager hasNext={false} hasPrevious={false} onNext={nothing} onPrevious={nothing} note="3 rows" />);
    expect(root.textContent).toBe('3 rows');
    show(<Pager hasNext hasPrevious={false} onNext={nothing} onPrevious={nothing} />);
    expect([...root.querySelectorAll('button')].map((button) => button.disabled)).toEqual([true, false]);
  });
});

describe('times', () => {
  it('move with the clock', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-01-31T09:00:00.000Z') });
    show(<RelativeTime at="2026-01-31T08:59:50.000Z" />);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(root.textContent).toMatch(/^1[12] sec. ago$/);
    vi.useRealTimers();
    expect(show(<RelativeTime at={null} />).textContent).toBe('–');
  });

  it('can be exact', () => {
    expect(clockTime('2026-01-31T09:00:00.007Z')).toMatch(/\d\d:00:00\.007/);
    expect(exactTime('2026-01-31T09:00:00.007Z')).toContain('2026');
  });
});

describe('what is empty', () => {
  it('has the title of the page when there is nothing else', () => {
    expect(show(<EmptyState whole title="Nothing" text="at all" />).querySelector('h1')?.textContent).toBe('Nothing');
    expect(show(<EmptyState title="Nothing" />).querySelector('h2')?.textContent).toBe('Nothing');
  });
});

describe('the page', () => {
  it('follows the theme and the language', () => {
    const stops = [followTheme(), followLanguage()];
    const seen = [0, 1, 2].map(() => {
      nextTheme();
      return document.documentElement.dataset['theme'] ?? theme.value;
    });
    expect(seen.sort()).toEqual(['dark', 'light', 'system']);
    setLanguage('zh');
    expect(document.documentElement.lang).toBe('zh-CN');
    for (const stop of stops) stop();
  });
});
