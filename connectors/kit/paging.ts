/** Distrust paging: a service that hands out a page token twice would keep us reading for ever. */
import { Changed } from './errors.ts';

/**
 * Watches the tokens of one pass. The function it gives takes the token of the next page and hands it on; a token that was
 * there before is Changed. `first` is the token the pass went on from.
 */
export function watchTokens(operation: string, first?: string): (token: string) => string {
  const seen = new Set<string>();
  if (first !== undefined) seen.add(first);
  return (token) => {
    if (seen.has(token)) {
      throw new Changed(
        `${operation}: page token ${JSON.stringify(token.slice(0, 40))} came twice after ${seen.size} pages; each page must have a new one`,
        'The service repeats itself. Try again later; if it stays, tell the maintainer.',
      );
    }
    seen.add(token);
    return token;
  };
}
