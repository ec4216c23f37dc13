/** Work ahead of its use. */

/**
 * Things one ahead: the next is being made while the last is used. `make` says null at the end. What was begun is waited for, also
 * where whoever asks has had enough.
 */
export async function* oneAhead<T>(make: () => Promise<T | null>): AsyncGenerator<T, void, void> {
  let next = make();
  try {
    for (;;) {
      const made = await next;
      if (made === null) return;
      next = make();
      next.catch(() => undefined); // awaited on the next turn; until then an early failure is not an unhandled one
      yield made;
    }
  } finally {
    await next.catch(() => undefined);
  }
}
