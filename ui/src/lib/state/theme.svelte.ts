/** Light, dark or high contrast; `system` follows the computer. */
export const themes = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof themes)[number];

const KEY = 'selaras.theme';

export function isTheme(value: unknown): value is Theme {
  return themes.includes(value as Theme);
}

function stored(): Theme {
  const value = typeof localStorage === 'undefined' ? null : localStorage.getItem(KEY);
  return isTheme(value) ? value : 'system';
}

let chosen = $state<Theme>(stored());

function apply(): void {
  const wants = (query: string) => window.matchMedia(query).matches;
  const shown =
    chosen === 'system'
      ? wants('(prefers-contrast: more)')
        ? 'contrast'
        : wants('(prefers-color-scheme: dark)')
          ? 'dark'
          : 'light'
      : chosen;
  document.documentElement.dataset['theme'] = shown;
}

export const theme = {
  get current(): Theme {
    return chosen;
  },
  set(next: Theme): void {
    chosen = next;
    localStorage.setItem(KEY, next);
    apply();
  },
  /** Applies the stored choice and follows the computer from then on. */
  start(): void {
    apply();
    for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'])
      window.matchMedia(query).addEventListener('change', apply);
  },
};
