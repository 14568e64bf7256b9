/** What a new definition begins with. */
export const TEMPLATE: Record<string, unknown> = {
  id: 'my-workflow',
  name: 'My workflow',
  version: '1.0.0',
  input_type: { fields: [{ name: 'name', field_type: { type: 'string' }, required: true }] },
  steps: [
    { id: 'start', step_type: { type: 'start' } },
    {
      id: 'greet',
      name: 'Greet',
      step_type: { type: 'data_mapping', mapping: { '$.output.greeting': "{% 'Hello, ' & $.input.name %}" } },
    },
    { id: 'end', step_type: { type: 'end' } },
  ],
  transitions: [
    { from: 'start', to: 'greet' },
    { from: 'greet', to: 'end' },
  ],
};
