import type { Theme } from './preferences';

const KEY = 'charla.theme';

/** Shows the theme; `system` leaves the choice to the browser. Remembered here so that the first paint is right. */
export function showTheme(theme: Theme): void {
  if (theme === 'system') {
    document.documentElement.removeAttribute('data-theme');
    localStorage.removeItem(KEY);
    return;
  }
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEY, theme);
}

/** The theme of the last visit, before anything is loaded. */
export function showRememberedTheme(): void {
  const theme = localStorage.getItem(KEY);
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
}
