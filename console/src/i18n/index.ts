/**
 * Texts in every language. Each area of pages has a file of its own below `en/` and `zh/`; the English one says which
 * keys there are, and the compiler refuses a language that lacks one.
 */
import { effect, signal } from '@preact/signals';

import { common as enCommon } from './en/common';
import { execution as enExecution } from './en/execution';
import { executions as enExecutions } from './en/executions';
import { forms as enForms } from './en/forms';
import { system as enSystem } from './en/system';
import { tasks as enTasks } from './en/tasks';
import { workflows as enWorkflows } from './en/workflows';
import { common as zhCommon } from './zh/common';
import { execution as zhExecution } from './zh/execution';
import { executions as zhExecutions } from './zh/executions';
import { forms as zhForms } from './zh/forms';
import { system as zhSystem } from './zh/system';
import { tasks as zhTasks } from './zh/tasks';
import { workflows as zhWorkflows } from './zh/workflows';

const en = { ...enCommon, ...enExecutions, ...enExecution, ...enWorkflows, ...enTasks, ...enSystem, ...enForms };
const zh = { ...zhCommon, ...zhExecutions, ...zhExecution, ...zhWorkflows, ...zhTasks, ...zhSystem, ...zhForms };

export type Key = keyof typeof en;
export type Language = 'en' | 'zh';
export const LANGUAGES: Record<Language, { name: string; tag: string; texts: Record<Key, string> }> = {
  en: { name: 'English', tag: 'en', texts: en },
  zh: { name: '中文', tag: 'zh-CN', texts: zh },
};

const STORED = 'weft.language';

export function preferredLanguage(stored: string | null, languages: readonly string[]): Language {
  if (stored === 'en' || stored === 'zh') return stored;
  for (const each of languages) {
    if (each.toLowerCase().startsWith('zh')) return 'zh';
    if (each.toLowerCase().startsWith('en')) return 'en';
  }
  return 'en';
}

function stored(): string | null {
  try {
    return window.localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

export const language = signal<Language>(preferredLanguage(stored(), globalThis.navigator?.languages ?? []));

export function setLanguage(next: Language): void {
  language.value = next;
  try {
    window.localStorage.setItem(STORED, next);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

/** The locale for `Intl`, of the language that is shown. */
export function locale(): string {
  return LANGUAGES[language.value].tag;
}

export type Values = Record<string, string | number>;

/** The text of `key` with `{name}` replaced by the values. A component that calls it follows the language. */
export function t(key: Key, values?: Values): string {
  const text = LANGUAGES[language.value].texts[key];
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text;
}

/** Whether there is such a text: for keys made of what the service says, such as a state. */
export function hasText(key: string): key is Key {
  return key in en;
}

/** The text of a key made of what the service says; the word itself if there is none. */
export function word(prefix: string, said: string): string {
  const key = `${prefix}.${said}`;
  return hasText(key) ? t(key) : said.replaceAll('_', ' ');
}

export function followLanguage(): () => void {
  return effect(() => {
    document.documentElement.lang = locale();
  });
}
