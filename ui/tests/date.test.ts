/** A day: its parts in the order of the country, its value as the engine takes it. */
import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import DateInput from '../src/lib/components/DateInput.svelte';
import { locale } from '../src/lib/i18n/locale.svelte';
import { violations } from './accessible';

afterEach(() => locale.set('id'));

const parts = () => screen.getAllByRole('spinbutton').map((part) => part.textContent?.trim());

/** The field with what it gave last. */
function field(value: string) {
  const given: string[] = [];
  render(DateInput, {
    get value() {
      return given.at(-1) ?? value;
    },
    set value(day: string) {
      given.push(day);
    },
    label: 'Tanggal',
    hint: 'Kosong: hari ini.',
    testid: 'day',
  });
  return given;
}

describe('A day', () => {
  it.each(['id', 'en'] as const)('is written day, month, year (%s)', async (language) => {
    locale.set(language);
    field('2026-11-05');
    expect(parts().map(Number)).toEqual([5, 11, 2026]);
    expect(await violations()).toEqual([]);
  });

  it('is typed part by part', async () => {
    const user = userEvent.setup();
    const given = field('2026-11-05');
    await user.click(screen.getAllByRole('spinbutton')[0] as HTMLElement);
    await user.keyboard('{ArrowUp}{ArrowRight}{ArrowDown}');
    expect(given.at(-1)).toBe('2026-10-06');
  });

  it('is chosen from the calendar', async () => {
    const user = userEvent.setup();
    const given = field('2026-11-05');
    await user.click(screen.getByTestId('day-open'));
    await screen.findByRole('button', { name: 'Bulan berikutnya' });
    expect(await violations()).toEqual([]);
    await user.click(screen.getByRole('button', { name: /17 November 2026/ }));
    expect(given.at(-1)).toBe('2026-11-17');
  });
});
