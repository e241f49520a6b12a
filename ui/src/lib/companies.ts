/** The companies of this computer, as a person reads and names them. */
import { m } from './paraglide/messages.js';

/** The name that the engine gives to the company that is there from the start. */
const FIRST = 'default';
/** What the settings are about where a person comes to add a company. */
export const ADD = 'add-company';
/** Longest name, in letters; the engine refuses a longer one. */
const LONGEST = 60;

/** What a company is called until its database has a name. */
export function companyTitle(name: string): string {
  return name === FIRST ? m.company_first() : name;
}

/** Why a new company cannot have this name; `null` where it can. The engine has the last word. */
export function nameWrong(typed: string, companies: readonly string[]): string | null {
  const name = typed.trim();
  if (name === '' || [...name].length > LONGEST || /[/\p{Cc}]/u.test(name)) return m.company_name_wrong();
  const same = (other: string) =>
    [other, companyTitle(other)].some((one) => one.toLocaleLowerCase() === name.toLocaleLowerCase());
  return companies.some(same) ? m.company_name_taken() : null;
}
