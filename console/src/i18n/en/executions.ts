export const executions = {
  'executions.title': 'Executions',
} as const;
