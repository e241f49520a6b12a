/** Light, dark or high contrast (`system` follows the computer), and how large the text is. */
export const themes = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof themes)[number];

/** The size of text in per cent; every length of the window is in rem and grows with it. */
export const textSizes = ['100', '115', '130', '150', '175', '200'] as const;
export type TextSize = (typeof textSizes)[number];

const KEY = 'selaras.theme';
const TEXT_KEY = 'selaras.text';

export function isTheme(value: unknown): value is Theme {
  return themes.includes(value as Theme);
}

export function isTextSize(value: unknown): value is TextSize {
  return textSizes.includes(value as TextSize);
}

function stored<T>(key: string, fits: (value: unknown) => value is T, usual: T): T {
  const value = typeof localStorage === 'undefined' ? null : localStorage.getItem(key);
  return fits(value) ? value : usual;
}

let chosen = $state<Theme>(stored(KEY, isTheme, 'system'));
let size = $state<TextSize>(stored(TEXT_KEY, isTextSize, '100'));

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
  document.documentElement.dataset['text'] = size;
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
  get textSize(): TextSize {
    return size;
  },
  setTextSize(next: TextSize): void {
    size = next;
    localStorage.setItem(TEXT_KEY, next);
    apply();
  },
  /** Applies the stored choice and follows the computer from then on. */
  start(): void {
    apply();
    for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'])
      window.matchMedia(query).addEventListener('change', apply);
  },
};
