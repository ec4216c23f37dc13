/** What a run counts, by the words of plans: read, unchanged, create, update, told, held … */
export type Counts = { [what: string]: number };

export function count(counts: Counts, what: string, n = 1): void {
  if (n !== 0) counts[what] = (counts[what] ?? 0) + n;
}
