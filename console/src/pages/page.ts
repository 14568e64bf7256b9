/** What a page is to the router. */
import type { ComponentType } from 'preact';

import type { Key } from '../i18n';
import type { Params } from '../routing';

export interface PageProps {
  params: Params;
}

export interface Route {
  /** `/workflows/:id`; the first that fits counts. */
  pattern: string;
  /** What the window is called. */
  title: Key;
  /** The entry of the navigation that is lit. */
  section: Section;
  /** The page, loaded when it is first shown. */
  load: () => Promise<{ default: ComponentType<PageProps> }>;
}

export type Section = 'executions' | 'workflows' | 'tasks' | 'system';
