import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, describe, expect, it } from 'vitest';

import { shapeOfInput } from '../../src/forms/declared';
import { Form, type FormState, useForm } from '../../src/forms/form';
import { shapeOfSchema } from '../../src/forms/json-schema';
import type { Json } from '../../src/forms/json';
import type { Shape } from '../../src/forms/shapes';

const root = document.createElement('div');
document.body.append(root);
afterEach(() => render(null, root));

let form: FormState;

function Harness({ shape, value }: { shape: Shape; value?: Json }) {
  form = useForm(shape, value);
  return <Form form={form} label="Input" />;
}

function show(shape: Shape, value?: Json): void {
  render(null, root);
  act(() => render(value === undefined ? <Harness shape={shape} /> : <Harness shape={shape} value={value} />, root));
}

function find<T extends HTMLElement>(selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`There is no ${selector} in ${root.innerHTML}`);
  return found;
}

function enter(selector: string, value: string, kind = 'input'): void {
  const input = find<HTMLInputElement>(selector);
  act(() => {
    input.value = value;
    input.dispatchEvent(new Event(kind, { bubbles: true }));
  });
}

function press(label: string): void {
  act(() => find(`button[aria-label="${label}"]`).click());
}

const at = (pointer: string, tag = 'input') => `[data-pointer="${pointer}"] ${tag}`;

const ORDER = shapeOfInput({
  fields: [
    { name: 'title', field_type: { type: 'string' }, required: true, description: 'In short' },
    { name: 'pieces', field_type: { type: 'integer' }, default: 1 },
    { name: 'express', field_type: { type: 'boolean' } },
    { name: 'size', field_type: { type: 'enum', values: ['s', 5] }, required: true },
    { name: 'due', field_type: { type: 'datetime' } },
    { name: 'wait', field_type: { type: 'duration' } },
    { name: 'address', field_type: { type: 'object', fields: [{ name: 'city', field_type: { type: 'string' } }] } },
    { name: 'lines', field_type: { type: 'array', items: { type: 'string' } }, required: true },
    { name: 'labels', field_type: { type: 'object' } },
    { name: 'extra', field_type: { type: 'any' } },
  ],
});

describe('a generated form', () => {
  it('gives the value that was entered, in every kind of input', () => {
    show(ORDER);

    enter(at('/title'), 'Desks');
    enter(at('/pieces'), ' 12 ');
    enter(at('/express', 'select'), 'true', 'change');
    enter(at('/size', 'select'), '1', 'change');
    enter(at('/due'), '2030-01-31T09:00:00');
    enter(at('/wait'), 'PT5M');
    enter(at('/extra', 'textarea'), '[null]');
    press('Add: address');
    enter(at('/address/city'), 'Berlin');
    enter(at('/lines/0'), 'lamp');
    press('Add an item to lines');
    enter(at('/lines/1'), 'desk');
    press('Move lines, item 2 up');
    press('Add: labels');
    act(() => [...root.querySelectorAll<HTMLElement>('.form-add')].at(-1)?.click());
    enter('.form-extra > input', 'team');
    enter(at('/labels/team', 'textarea'), '"office"');

    expect(form.faults).toEqual([]);
    expect(form.check()?.value).toEqual({
      title: 'Desks',
      pieces: 12,
      express: true,
      size: 5,
      due: expect.stringMatching(/^2030-01-31T09:00:00/),
      wait: 'PT5M',
      address: { city: 'Berlin' },
      lines: ['desk', 'lamp'],
      labels: { team: 'office' },
      extra: [null],
    });
  });

  it('takes back what was added', () => {
    show(ORDER, { title: 'x', size: 's', address: {}, lines: ['a', 'b'], labels: { a: 1 } });

    press('Remove lines, item 1');
    press('Remove address');
    press('Remove a');
    press('Remove labels');
    enter(at('/title'), '');

    expect(form.value).toEqual({ size: 's', lines: ['b'] });
  });

  it('says what is wrong at its place, once it was left or all is checked', () => {
    show(ORDER);
    expect(root.querySelectorAll('.field-error')).toHaveLength(0);

    act(() => void find(at('/title')).dispatchEvent(new Event('blur')));
    expect(find(at('/title')).getAttribute('aria-invalid')).toBe('true');
    expect(root.querySelectorAll('.field-error')).toHaveLength(1);

    act(() => {
      expect(form.check()).toBeNull();
    });
    expect(root.querySelectorAll('.field-error')).toHaveLength(3);
    const described = find(at('/title')).getAttribute('aria-describedby') ?? '';
    const texts = described.split(' ').map((id) => document.getElementById(id)?.textContent);
    expect(texts).toEqual(['In short', 'This is needed.']);
  });

  it('shows what the server refused until its place is edited', () => {
    show(ORDER, { title: 'x', size: 's', lines: [] });

    act(() => form.refuse([{ pointer: '/title', text: 'taken' }]));
    expect(root.textContent).toContain('taken');

    enter(at('/title'), 'y');
    expect(root.textContent).not.toContain('taken');
  });

  it('keeps as JSON what does not fit, and lets it be entered anew', () => {
    show(ORDER, { title: 5, size: 's', lines: [] });

    expect(find<HTMLTextAreaElement>(at('/title', 'textarea')).value).toBe('5');
    press('Enter title anew');
    enter(at('/title'), 'x');

    expect(form.value).toMatchObject({ title: 'x' });
  });

  it('shows a long text, an odd time and a text of several lines in inputs that hold them', () => {
    show(ORDER, { title: 'a\nb', size: 's', due: 'some day', lines: [] });

    expect(find<HTMLTextAreaElement>(at('/title', 'textarea')).value).toBe('a\nb');
    enter(at('/due'), 'tomorrow');
    act(() => void find(at('/due')).dispatchEvent(new Event('blur')));
    expect(root.textContent).toContain('This is no time with an offset');
  });
});

describe('a form of a JSON Schema', () => {
  const SCHEMA = shapeOfSchema({
    type: 'object',
    required: ['pay'],
    properties: {
      name: { type: ['string', 'null'] },
      list: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
      pay: {
        oneOf: [
          { title: 'Card', type: 'object', properties: { card: { type: 'string' } } },
          { title: 'Number', type: 'integer' },
        ],
      },
    },
  });

  it('has null and kinds to choose from', () => {
    show(SCHEMA);

    press('Set name to null');
    press('Set list to null');
    enter(at('/pay/card'), '4711');
    expect(form.value).toEqual({ name: null, list: null, pay: { card: '4711' } });

    press('Enter a value: name');
    enter('select[aria-label="Kind of pay"]', '1', 'change');
    enter(at('/pay', '.form-field input'), '7');
    expect(form.value).toEqual({ list: null, pay: 7 });
  });

  it('is one input where the value is no object', () => {
    show({ kind: 'text' });
    enter(at(''), 'x');
    expect(form.value).toBe('x');

    show({ kind: 'list', items: { kind: 'flag' } });
    expect(root.querySelectorAll('.form-item')).toHaveLength(1);
  });
});

describe('the same value as JSON', () => {
  const choose = (name: string) => act(() => find(`[data-tab="${name}"]`).click());

  it('can be edited, and is in the form after that', () => {
    show(ORDER, { title: 'x', size: 's', lines: [] });

    choose('json');
    expect(JSON.parse(find<HTMLTextAreaElement>('.form-whole').value)).toEqual({ title: 'x', size: 's', lines: [] });
    enter('.form-whole', '{"title": "y", "size": 5, "lines": ["a"], "more": 1}');
    choose('form');

    expect(find<HTMLInputElement>(at('/title')).value).toBe('y');
    expect(form.value).toEqual({ title: 'y', size: 5, lines: ['a'], more: 1 });
  });

  it('says what is wrong with it, and goes back to what was read last', () => {
    show(ORDER, { title: 'x', size: 's', lines: [] });
    choose('json');

    enter('.form-whole', '{"title": ');
    choose('form');
    expect(root.textContent).toContain('This is no JSON');
    expect(form.check()).toBeNull();
    act(() => find('.form-add').click());
    expect(form.fault).toBeNull();

    enter('.form-whole', '{"size": "s", "lines": []}');
    act(() => {
      form.check();
    });
    expect(find('.form-findings').textContent).toContain('/title');
  });
});
