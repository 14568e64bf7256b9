import { afterEach, describe, expect, it } from 'vitest';

import { neighbour, directionOf } from '../src/graph/walking';
import { lineOf } from '../src/graph/routes_of_edges';
import { hasText, LANGUAGES, preferredLanguage, setLanguage, t, word } from '../src/i18n';
import { duration, exactTime, relativeTime, withLocalTimes } from '../src/i18n/time';
import { placeOf, websocketAddress } from '../src/place';

afterEach(() => setLanguage('en'));

describe('the texts', () => {
  it('are the same in every language but for the words', () => {
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const [key, english] of Object.entries(LANGUAGES.en.texts)) {
      const chinese = LANGUAGES.zh.texts[key as keyof typeof LANGUAGES.zh.texts];
      expect(holes(chinese), key).toEqual(holes(english));
      expect(chinese.length, key).toBeGreaterThan(0);
    }
  });

  it('take values, and follow the language', () => {
    expect(t('user.menu', { name: 'ann' })).toBe('Signed in as ann');
    setLanguage('zh');
    expect(t('nav.executions')).toBe('执行');
    expect(document.documentElement.lang || 'en').toBeTruthy();
  });

  it('are the word itself where there is none', () => {
    expect(word('state', 'timed_out')).toBe('Timed out');
    expect(word('state', 'brand_new')).toBe('brand new');
    expect(hasText('state.brand_new')).toBe(false);
  });

  it.each([
    ['zh', [], 'zh'],
    [null, ['zh-TW', 'en'], 'zh'],
    [null, ['de', 'en-GB'], 'en'],
    ['nonsense', ['fr'], 'en'],
  ])('are chosen by %j and %j', (stored, languages, chosen) => {
    expect(preferredLanguage(stored, languages)).toBe(chosen);
  });
});

describe('a time', () => {
  const now = Date.parse('2026-01-31T09:00:00.000Z');

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [4_250, '4.2 s'],
    [5_000, '5 s'],
    [59_999, '59 s'],
    [60_000, '1 m'],
    [200_000, '3 m 20 s'],
    [7_500_000, '2 h 5 m'],
    [273_600_000, '3 d 4 h'],
  ])('of %d ms is %s long', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('in a text of the service is written as people here do', () => {
    const at = '2026-02-03T09:00:00.000Z';
    expect(withLocalTimes(`until ${at} at most`)).toBe(`until ${exactTime(at)} at most`);
  });

  it('is told from now', () => {
    expect(relativeTime('2026-01-31T08:57:00.000Z', now)).toBe('3 min. ago');
    expect(relativeTime('2026-01-31T09:00:02.000Z', now)).toBe('just now');
    expect(relativeTime('2026-02-03T09:00:00.000Z', now)).toBe('in 3 days');
  });
});

describe('the place of the page', () => {
  it.each([
    ['https://h/console', '', '/console'],
    ['https://h/dev/console?code=1#/x', '/dev', '/dev/console'],
    ['https://h/dev/console/', '/dev', '/dev/console'],
    ['https://h/', '', '/console'],
  ])('%s has its API below %j', (url, prefix, page) => {
    expect(placeOf(url)).toMatchObject({ prefix, page });
  });

  it('says where the WebSocket is', () => {
    const place = placeOf('https://h:8443/dev/console');
    expect(websocketAddress(place, '/ws')).toBe('wss://h:8443/ws');
    expect(websocketAddress(place, 'wss://other/dev')).toBe('wss://other/dev');
    expect(websocketAddress(place, null)).toBeNull();
    expect(websocketAddress(place, '')).toBeNull();
  });
});

describe('walking through the graph', () => {
  const box = (x: number, y: number) => ({ x, y, width: 10, height: 10 });
  const boxes = { a: box(0, 0), b: box(-15, 40), c: box(15, 40), d: box(0, 80) };

  it.each([
    ['a', 'down', 'b'],
    ['b', 'right', 'c'],
    ['c', 'left', 'b'],
    ['d', 'up', 'b'],
    ['d', 'down', undefined],
    ['gone', 'down', 'a'],
  ] as const)('from %s %s leads to %s', (from, direction, to) => {
    expect(neighbour(boxes, from, direction)).toBe(to);
  });

  it('is done by the arrow keys', () => {
    expect(directionOf('ArrowUp')).toBe('up');
    expect(directionOf('Enter')).toBeUndefined();
  });
});

describe('a line', () => {
  const edge = { id: 'e', source: 'a', target: 'b', kind: 'normal' as const };
  const layout = {
    width: 100,
    height: 200,
    nodes: { a: { x: 0, y: 0, width: 20, height: 10 }, b: { x: 0, y: 100, width: 20, height: 10 } },
    groups: {},
    regions: {},
    edges: {
      e: {
        points: [
          { x: 10, y: 10 },
          { x: 10, y: 100 },
        ],
        label: { x: 10, y: 50 },
      },
    },
  };

  it('follows the layout', () => {
    expect(lineOf(edge, layout, {})?.path).toMatch(/^M10,10/);
  });

  it('follows a step that was moved', () => {
    const line = lineOf(edge, layout, { b: { x: 40, y: 20 } });
    expect(line?.path).toBe('M10,10C10,65 50,65 50,120');
    expect(line?.label).toEqual({ x: 30, y: 65 });
  });

  it('is none where there is no way', () => {
    expect(lineOf({ ...edge, id: 'gone' }, layout, {})).toBeNull();
  });
});
