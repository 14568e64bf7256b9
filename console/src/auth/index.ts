/** The one authority of the page. */
import { signal } from '@preact/signals';

import type { Authority } from './authority';

export const authority = signal<Authority | null>(null);

export function signOut(): void {
  authority.value?.signOut();
}

export function switchUser(): void {
  authority.value?.leave();
}
