/** Long work in short turns, so that whatever else waits is not kept waiting. */
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
