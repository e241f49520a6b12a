/** What a picker offers. An option that cannot be taken stays visible, grey, with its reason. */
export interface PickerOption {
  value: string;
  code?: string | null;
  name: string;
  /** Right-hand text: a balance, an address. */
  detail?: string | null;
  /** Why this one is suggested. */
  hint?: string | null;
  /** How sure the suggestion is. */
  zone?: 'sure' | 'look' | 'none';
  /** Why it cannot be chosen; absent when it can. */
  off?: string | null;
}

/** Options that match the typed text in code or name, the usable ones first. */
export function matching(options: PickerOption[], typed: string): PickerOption[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = options.filter((option) => {
    const text = `${option.code ?? ''} ${option.name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return [...found.filter((option) => !option.off), ...found.filter((option) => option.off)];
}
