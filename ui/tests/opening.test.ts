import { describe, expect, it } from 'vitest';
import { OpeningStock } from '../src/lib/state/opening.svelte';
import type { Session } from '../src/lib/state/session.svelte';

describe('typed unit costs', () => {
  it('are understood only when they can be read in one way', () => {
    const state = new OpeningStock({} as Session);
    state.costText = ['KOPI 12.500', 'TEH\tRp 12.500,50', 'GULA;7500', 'RAGU 12500.50', 'KECIL 12.5'].join('\n');
    expect(state.unitCosts).toEqual({ KOPI: '12500', TEH: '12500.50', GULA: '7500' });
    expect(state.unread).toBe(2);
  });
});
