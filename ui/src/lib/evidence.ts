/** Evidence in words: what exactly differs, and by how much. The figures behind the bars are the engine's. */
import type { EvidenceView } from './backend/types';
import { amount, count, percent } from './i18n/format';
import { m } from './paraglide/messages.js';

export interface Words {
  text: string;
  /** The part that a person should see first. */
  mark: string | null;
  tone: 'need' | 'bad' | null;
}

/** More letters than this are not read one by one. */
const SHOWN = 6;
/** Longer codes are compared by their beginning only: nobody reads the differences of more letters than this. */
const LONGEST = 64;

/** The letters that only one of the two has, in the order in which they stand: those added in `to`, else those left out of `from`. */
export function otherLetters(from: string, to: string): { count: number; letters: string } {
  const [a, b] = [[...from.slice(0, LONGEST)], [...to.slice(0, LONGEST)]];
  const rest = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => rest[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      (rest[i] as number[])[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  let added = '';
  let left = '';
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    } else if (j < b.length && (i >= a.length || at(i, j + 1) >= at(i + 1, j))) added += b[j++];
    else left += a[i++];
  }
  return { count: Math.max(added.length, left.length), letters: added || left };
}

/** Words as a shop writes them: case, marks and the way a measure is written (`250gr`, `250 g`) are no difference. */
function wordsOf(name: string): string[] {
  return (
    name
      .toLowerCase()
      .replace(/(\d)(\p{L})/gu, '$1 $2')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).map((word) => (word === 'gr' || word === 'gram' ? 'g' : word));
}

export function sharedWords(forstok: string, accurate: string): { found: number; all: number } {
  const there = new Set(wordsOf(accurate));
  const here = wordsOf(forstok);
  return { found: here.filter((word) => there.has(word)).length, all: here.length };
}

export function words({ kind, percent: agreed, forstok, accurate }: EvidenceView): Words {
  const plain = (text: string): Words => ({ text, mark: null, tone: null });
  if (!forstok || !accurate)
    return plain(
      !forstok && !accurate ? m.evidence_no_both() : accurate ? m.evidence_no_forstok() : m.evidence_no_accurate(),
    );
  if (kind === 'name') {
    const { found, all } = sharedWords(forstok, accurate);
    return plain(m.evidence_words({ found: agreed === 100 ? all : found, all }));
  }
  if (agreed === 100) return plain(m.evidence_same());
  if (kind === 'code') {
    const { count: n, letters } = otherLetters(forstok, accurate);
    const few = letters.length <= SHOWN;
    return {
      text: few ? m.evidence_letters({ n, count: count(n) }) : m.evidence_letters_many({ count: count(n) }),
      mark: few ? letters : null,
      tone: null,
    };
  }
  if (kind === 'price') {
    const [here, there] = [Number(forstok), Number(accurate)];
    const share = here > 0 ? Math.abs(there - here) / here : 1;
    return { text: `${amount(accurate)},`, mark: m.evidence_price_off({ percent: percent(share) }), tone: 'need' };
  }
  return { text: m.evidence_else(), mark: accurate.length > 6 ? `…${accurate.slice(-6)}` : accurate, tone: 'bad' };
}
