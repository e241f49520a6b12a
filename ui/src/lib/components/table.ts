/** A column of a table. `sort` names the key the backend sorts by; without it the head is plain text. */
export interface Column {
  id: string;
  head: string;
  num?: boolean;
  /** Classes of `styles/` that fix the width: `w-6` to `w-16` (rem); without one it shares what is left. */
  width?: string;
  sort?: string;
}

export interface Order {
  by: string;
  down: boolean;
}
