import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { EditorSetup } from '../src/editor/mount';
import EditPage from '../src/pages/workflows/edit_page';
import WorkflowsPage from '../src/pages/workflows/page';
import StartPage from '../src/pages/workflows/start_page';
import { prefer } from '../src/pages/workflows/syntax_choice';
import WorkflowPage from '../src/pages/workflows/workflow_page';
import { location } from '../src/routing';
import { beginWith, enter, FakeService, find, open, press, root, settled, submit, text } from './fake_service';

// CodeMirror itself is for a real browser; here counts what the pages make of it.
const editor = vi.hoisted(() => ({
  setup: null as EditorSetup | null,
  shown: [] as unknown[],
  texts: [] as string[],
  went: [] as number[],
  diff: null as { before: string; after: string } | null,
}));
vi.mock('../src/editor/mount', () => ({
  mountEditor: (_: HTMLElement, setup: EditorSetup) => {
    editor.setup = setup;
    return {
      setText: (changed: string) => editor.texts.push(changed),
      show: (diagnostics: unknown[]) => (editor.shown = diagnostics),
      goTo: (position: number) => editor.went.push(position),
      destroy: () => undefined,
    };
  },
  mountDiff: (_: HTMLElement, setup: { before: string; after: string }) => {
    editor.diff = setup;
    return { destroy: () => undefined };
  },
}));
vi.mock('../src/graph', () => ({ GraphView: () => 'the graph' }));

const TIMES = { created_at: '2030-01-31T09:00:00.000Z', updated_at: '2030-01-31T09:00:00.000Z' };
const DEFINITION = {
  id: 'order',
  name: 'Order',
  version: '1.0.0',
  description: 'Orders',
  input_type: { fields: [{ name: 'title', field_type: { type: 'string' }, required: true }] },
  steps: [{ id: 'start', step_type: { type: 'start' } }],
  transitions: [],
  ...TIMES,
};
const ENTRY = { id: 'order', workflow_id: 'order', name: 'Order', version: '1.1.0', description: 'Orders', ...TIMES };
const VERSIONS = ['1.1.0', '1.0.0'].map((version) => {
  return {
    workflow_id: 'order',
    version,
    name: 'Order',
    description: null,
    created_at: TIMES.created_at,
    is_default: version === '1.1.0',
  };
});
const EXECUTE = 'POST /workflows/order/execute';

let service: FakeService;

beforeEach(() => {
  service = new FakeService()
    .on('GET /workflows', { workflows: [ENTRY], page_size: 500 })
    .on('GET /workflows/order', { ...DEFINITION, version: '1.1.0', description: 'New' })
    .on('GET /workflows/order/versions', { workflow_id: 'order', versions: VERSIONS })
    .on('GET /workflows/order/versions/1.0.0', DEFINITION)
    .on('GET /workflows/order/versions/1.1.0', { ...DEFINITION, version: '1.1.0', description: 'New' })
    .on('GET /workflows/order/visualization', {
      view_type: 'definition',
      workflow_id: 'order',
      graph: { nodes: [{ id: 'start' }], edges: [] },
    })
    .on('POST /workflows/validate', {
      valid: true,
      findings: [],
      statistics: { steps_by_type: { start: 1 }, transitions: 2 },
    });
  prefer('yaml');
  beginWith(service);
});

afterEach(() => {
  render(null, root);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the workflows', () => {
  it('are listed and searched', async () => {
    await open(WorkflowsPage, '/workflows');
    expect(find('.workflow-name a').getAttribute('href')).toBe('#/workflows/order');
    expect(text()).toContain('Start');

    await enter('Search the workflows', 'none');
    expect(text()).toContain('No workflow fits this search.');
  });

  it('are read page by page, up to a limit', async () => {
    service.on('GET /workflows', { workflows: [ENTRY], page_size: 500, next_cursor: 'more' });
    await open(WorkflowsPage, '/workflows');

    expect(service.of('GET /workflows')).toHaveLength(6);
    expect(text()).toContain('There are more workflows');
  });
});

describe('a workflow', () => {
  const show = (query = '') => open(WorkflowPage, `/workflows/order${query}`, { id: 'order' });

  it('shows its graph in the version that is looked at', async () => {
    await show('?version=1.0.0');

    expect(text()).toContain('the graph');
    expect(service.of('GET /workflows/order/visualization')[0]?.query.get('version')).toBe('1.0.0');
  });

  it('shows its definition in the chosen form', async () => {
    await show('?tab=definition');
    expect(editor.setup).toMatchObject({ isReadOnly: true, syntax: 'yaml' });
    expect(editor.setup?.text).toContain('id: order\n');
    expect(editor.setup?.text).not.toContain('created_at');

    await enter('Written as', 'json', 'change');
    expect(editor.setup?.text).toContain('"id": "order"');
  });

  it('lists its versions, and goes to one', async () => {
    await show('?tab=versions');
    expect(text()).toContain('Compare with the default');

    await enter('Version', '1.0.0', 'change');
    expect(location.value.query.get('version')).toBe('1.0.0');
    await enter('Version', '1.1.0', 'change');
    expect(location.value.query.get('version')).toBeNull();
  });

  it('compares two versions', async () => {
    vi.stubGlobal('matchMedia', () => ({ matches: true }));
    await show('?tab=compare');

    expect(text()).toContain('Fields changed');
    expect(text()).toContain('description');
    expect(editor.diff?.before).toContain('version: 1.0.0');
    expect(editor.diff?.after).toContain('version: 1.1.0');

    await enter('From', '1.1.0', 'change');
    expect(text()).toContain('Nothing differs but the version.');
    await enter('Layout', 'one', 'change');
    expect(editor.diff).toMatchObject({ isSideBySide: false });
  });

  it('is deleted after a second thought, also while it runs', async () => {
    const running = { status: 409, body: { title: 'Conflict', detail: 'Two run.', code: 'ExecutionsRunning' } };
    service.on('DELETE /workflows/order', ({ query }: { query: URLSearchParams }) =>
      query.get('force') ? { body: { workflow_id: 'order', message: 'ok' } } : running,
    );
    HTMLDialogElement.prototype.showModal ??= () => undefined;
    await show();
    await press('Delete');
    await act(async () => find('.dialog .button-danger').click());
    await settled();
    expect(text()).toContain('Two run.');

    await act(async () => find('.dialog input').click());
    await act(async () => find('.dialog .button-danger').click());
    await settled();
    expect(location.value.path).toBe('/workflows');
  });

  it('says so when there is none', async () => {
    service.on('GET /workflows/order', () => ({
      status: 404,
      body: { title: 'Not found', detail: 'none', code: 'WorkflowNotFound' },
    }));
    await show();

    expect(text()).toContain('WorkflowNotFound');
  });
});

describe('starting', () => {
  const show = () => open(StartPage, '/workflows/order/start', { id: 'order' });

  it('sends what was entered, and goes to the execution', async () => {
    service.on(EXECUTE, () => ({ status: 201, body: { execution_id: 'e-1' } }));
    await show();
    await submit();
    expect(service.of(EXECUTE)).toEqual([]);

    await enter('title', 'Desks');
    await enter('Execution id', '-');
    await enter('Tags', 'oops');
    await submit();
    expect(text()).toContain('Line 1 is no name=value.');
    expect(text()).toContain('beginning with a letter or digit');

    await enter('Execution id', 'e-1');
    await enter('Tags', 'a=b');
    await enter('Priority', 'high', 'change');
    await submit();
    expect(service.of(EXECUTE)[0]).toMatchObject({
      body: { input: { title: 'Desks' }, execution_id: 'e-1', priority: 'high', tags: { a: 'b' } },
    });
    expect(service.of(EXECUTE)[0]?.query.get('body')).toBe('envelope');
    expect(location.value.path).toBe('/executions/e-1');
  });

  it('shows at the field what the service refuses', async () => {
    const errors = [{ code: 'InvalidValue', pointer: '/title', message: 'not this one', hint: '', severity: 'error' }];
    service.on(EXECUTE, () => ({
      status: 400,
      body: { title: 'Invalid input', detail: 'x', code: 'InvalidInput', errors },
    }));
    await show();
    await enter('title', 'x');
    await submit();

    expect(find('.field-error').textContent).toBe('not this one');
  });

  it('is the same start when it is sent again after no answer came', async () => {
    service.on(EXECUTE, () => ({ status: 503, body: { title: 'Busy', detail: 'later', code: 'Unavailable' } }));
    await show();
    await enter('title', 'x');
    await submit();
    await submit();
    expect(new Set(service.of(EXECUTE).map(({ key }) => key)).size).toBe(1);
    expect(text()).toContain('later');

    await enter('title', 'y');
    await submit();
    expect(new Set(service.of(EXECUTE).map(({ key }) => key)).size).toBe(2);
  });

  it('shows the form of another version when that is chosen', async () => {
    await show();
    await enter('Version', '1.0.0', 'change');

    expect(location.value.query.get('version')).toBe('1.0.0');
    expect(service.of('GET /workflows/order/versions/1.0.0')).toHaveLength(1);
  });
});

describe('the editor', () => {
  const type = async (changed: string) => {
    await act(async () => editor.setup?.onChange(changed));
    await checked();
  };
  const checked = async () => {
    await act(async () => new Promise((done) => setTimeout(done, 500)));
    await settled();
  };

  it('begins with the next version of what there is', async () => {
    await open(EditPage, '/workflows/order/edit', { id: 'order' });

    expect(editor.setup?.text).toContain('version: 1.1.1');
    expect(editor.setup?.known().workflows).toEqual(['order']);
    await checked();
    expect(text()).toContain('Valid');
    expect(text()).toContain('1 steps · 2 transitions');
  });

  it('shows findings at their place, and leads there', async () => {
    const finding = {
      code: 'NoEnd',
      pointer: '/steps',
      message: 'There is no end.',
      hint: 'Add one',
      severity: 'error',
    };
    service.on('POST /workflows/validate', { valid: false, findings: [finding], statistics: null });
    await open(EditPage, '/register');
    await type('id: a\nsteps: []\n');

    expect(text()).toContain('Errors: 1');
    expect(editor.shown).toMatchObject([{ from: 6, severity: 'error', source: 'NoEnd' }]);
    await press('There is no end.');
    expect(editor.went.at(-1)).toBe(6);
  });

  it('finds by itself what cannot be read, and does not register it', async () => {
    await open(EditPage, '/register');
    const asked = service.of('POST /workflows/validate').length;
    await type('id: [\n');

    expect(service.of('POST /workflows/validate').length).toBe(asked);
    expect(find<HTMLButtonElement>('.editor-side .button-primary').disabled).toBe(true);
    await enter('Written as', 'json', 'change');
    expect(editor.setup?.syntax).toBe('yaml');
  });

  it('writes the same as JSON', async () => {
    await open(EditPage, '/register');
    await enter('Written as', 'json', 'change');

    expect(editor.setup?.text).toContain('"id": "my-workflow"');
    expect(editor.setup?.syntax).toBe('json');
  });

  it('says when nobody could check', async () => {
    service.on('POST /workflows/validate', () => ({ status: 403, body: { code: 'Forbidden' } }));
    await open(EditPage, '/register');
    await checked();

    expect(text()).toContain('Not checked');
  });

  it('registers, and goes to the version', async () => {
    service.on('POST /workflows', () => ({ status: 201, body: { workflow_id: 'my-workflow', version: '1.0.0' } }));
    await open(EditPage, '/register');
    await checked();
    await press('Register');

    expect(service.of('POST /workflows')[0]?.body).toContain('id: my-workflow');
    expect(location.value.path).toBe('/workflows/my-workflow');
  });

  it('offers the next version where this one has other content', async () => {
    service.on('POST /workflows', () => ({
      status: 409,
      body: { title: 'Conflict', detail: 'x', code: 'VersionExists' },
    }));
    await open(EditPage, '/register');
    await checked();
    await press('Register');
    await press('Make it 1.0.1');

    expect(editor.texts.at(-1)).toContain('version: 1.0.1');
  });
});
