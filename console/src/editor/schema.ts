/** The schema of definitions, as it ships with the product. */
import schema from '../../../docs/definition.schema.json';
import type { Schema } from './hints';

export const DEFINITION_SCHEMA = schema as unknown as Schema;

export const BUILT_IN_ACTIVITIES: readonly string[] = ['aws.call', 'http.request', 'lambda.invoke', 'notify.send'];
