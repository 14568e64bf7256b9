export const execution = {
  'execution.title': 'Execution',
} as const;
