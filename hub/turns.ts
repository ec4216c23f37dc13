/** Long work in short turns, and ahead of its use. */
import { setImmediate } from 'node:timers/promises';

/** Things dealt with in one turn: one or two milliseconds of work. */
const AT_ONCE = 25;

/** Maps many things, giving way to whatever else waits every few of them: what was sent goes on being sent, what came is read. */
export async function inTurns<T, R>(things: readonly T[], work: (thing: T) => R): Promise<R[]> {
  const made = new Array<R>(things.length);
  for (let at = 0; at < things.length; at++) {
    made[at] = work(things[at]!);
    if (at % AT_ONCE === AT_ONCE - 1) await setImmediate();
  }
  return made;
}

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
