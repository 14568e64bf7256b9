import type { Route } from '../page';

export const routes: readonly Route[] = [];
