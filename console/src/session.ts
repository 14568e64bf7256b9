/** What every page needs: who is signed in, the API, and the live connection. Filled by `boot` before the first page. */
import { signal } from '@preact/signals';

import type { Client } from './api/client';
import type { ConsoleConfig } from './api/types';
import { may, type Identity, type Role } from './auth/identity';
import type { LiveClient } from './live/client';
import type { Place } from './place';

export interface Session {
  config: ConsoleConfig;
  place: Place;
  api: Client;
  live: LiveClient;
}

/** Null while nobody is signed in. */
export const identity = signal<Identity | null>(null);

let current: Session | null = null;

export function begin(session: Session): void {
  current = session;
}

export function session(): Session {
  if (!current) throw new Error('The console has not been started.');
  return current;
}

/** The client of the API: `api().get<WorkflowPage>('/workflows')`. */
export function api(): Client {
  return session().api;
}

/** Whether to show what needs `role`; the service decides. A component that calls it follows the sign-in. */
export function can(role: Role): boolean {
  return may(identity.value, role);
}
