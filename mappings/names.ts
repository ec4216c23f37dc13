/** Do two names mean the same person or firm? Pure, and careful: what it calls `half` is for a person to judge. */

/** Words of a name: compatibility form, case and diacritics folded, punctuation gone. */
export function nameWords(name: string): string[] {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/**
 * `agree`: one name's words all stand in the other, an initial for a word allowed, or one side has no name.
 * `half`: they share a word, and differ in others (Bob Smith, Robert Smith).
 * `differ`: nothing in common.
 */
export function namesAgree(a: string, b: string): 'agree' | 'half' | 'differ' {
  if (a === b) return 'agree';
  const left = nameWords(a);
  const right = nameWords(b);
  if (left.length === 0 || right.length === 0) return 'agree';
  const [few, many] = left.length <= right.length ? [left, right] : [right, left];
  const rest = [...many];
  let whole = 0;
  let shared = 0;
  for (const word of few) {
    const at = rest.findIndex(
      (other) =>
        other === word || (word.length === 1 && other.startsWith(word)) || (other.length === 1 && word.startsWith(other)),
    );
    if (at < 0) continue;
    if (rest[at] === word) whole += 1;
    rest.splice(at, 1);
    shared += 1;
  }
  if (shared === few.length && whole > 0) return 'agree';
  return whole > 0 ? 'half' : 'differ';
}
