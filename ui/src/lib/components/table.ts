/** A column of a table. `sort` names the key the backend sorts by; without it the head is plain text. */
export interface Column {
  id: string;
  head: string;
  num?: boolean;
  /** A class of `styles/` that fixes the width. */
  width?: string;
  sort?: string;
}

export interface Order {
  by: string;
  down: boolean;
}
