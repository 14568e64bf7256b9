/** Light, dark, or as the system has it. */
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const STORED = 'weft.theme';

function stored(): Theme {
  try {
    const found = window.localStorage.getItem(STORED);
    return found === 'light' || found === 'dark' ? found : 'system';
  } catch {
    return 'system';
  }
}

export const theme = signal<Theme>(stored());

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system';
  try {
    window.localStorage.setItem(STORED, theme.value);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

/** Puts the choice where the style sheets look for it: `<html data-theme>`. */
export function followTheme(): () => void {
  return effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme.value;
  });
}
