import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Polled, usePolled } from '../src/pages/polling';

const root = document.createElement('div');
let polled: Polled<string>;
let answers: (() => Promise<string>)[] = [];
let asked = 0;
let isHidden = false;

function Harness({ name, everyMs }: { name: string; everyMs: number | null }) {
  polled = usePolled(
    name,
    () => {
      asked += 1;
      return answers.shift()?.() ?? Promise.resolve(`${name} ${asked}`);
    },
    everyMs,
  );
  return null;
}

async function show(name: string, everyMs: number | null = 1000): Promise<void> {
  await act(async () => render(<Harness name={name} everyMs={everyMs} />, root));
}

const pass = (ms: number) => act(async () => void (await vi.advanceTimersByTimeAsync(ms)));

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => isHidden);
  [answers, asked, isHidden] = [[], 0, false];
});

afterEach(() => {
  render(null, root);
  vi.useRealTimers();
});

it('asks at once and again after a while', async () => {
  await show('a');
  expect(polled.data).toBe('a 1');

  await pass(1000);
  expect(polled.data).toBe('a 2');
});

it('keeps what it has when it fails, and says why', async () => {
  answers = [() => Promise.resolve('first'), () => Promise.reject(new Error('busy'))];
  await show('a');
  await pass(1000);

  expect(polled).toMatchObject({ data: 'first', error: new Error('busy') });
  await pass(1000);
  expect(polled).toMatchObject({ data: 'a 3', error: null });
});

it('waits while nobody looks, and asks at once when somebody does again', async () => {
  await show('a');
  isHidden = true;
  await pass(10_000);
  expect(asked).toBe(1);

  isHidden = false;
  await act(async () => void document.dispatchEvent(new Event('visibilitychange')));
  expect(polled.data).toBe('a 2');
  await pass(1000);
  expect(asked).toBe(3);
});

it('forgets the answer to another question', async () => {
  let late: (text: string) => void = () => undefined;
  answers = [() => new Promise((done) => (late = done))];
  await show('a');
  await show('b');
  late('too late');
  await pass(0);

  expect(polled.data).toBe('b 2');
});

it('asks once if that is all that is wanted, and when it is told to', async () => {
  await show('a', null);
  await pass(60_000);
  expect(asked).toBe(1);

  await act(async () => polled.refresh());
  await pass(0);
  expect(polled.data).toBe('a 2');
  await act(async () => polled.put('known'));
  expect(polled.data).toBe('known');
});
