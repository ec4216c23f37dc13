/** Removals, one after the other, each with an outcome of its own. */
import { Problem, Refused, TryLater } from '#kit/errors.ts';
import type { Removal } from '#kit/stream.ts';

/** `onSent` is called when the request leaves. Throws only where nothing was sent. */
export async function removeEach(
  ids: readonly string[],
  remove: (id: string, onSent: () => void) => Promise<Removal>,
): Promise<Removal[]> {
  const removals: Removal[] = [];
  let anySent = false;
  for (const id of ids) {
    let sent = false;
    try {
      removals.push(
        await remove(id, () => {
          sent = true;
        }),
      );
      anySent ||= sent;
    } catch (error) {
      if (error instanceof Refused) {
        removals.push({ is: 'refused', reason: error.advice });
        continue;
      }
      const uncertain =
        sent && !(error instanceof TryLater && error.notSent) && !(error instanceof Problem && error.next === 'reconnect');
      if (!uncertain && !anySent) throw error;
      const later: Removal = { is: 'later', afterMs: error instanceof TryLater ? error.afterMs : 0 };
      removals.push(uncertain ? { is: 'unknown', reason: error instanceof Error ? error.message : String(error) } : later);
      while (removals.length < ids.length) removals.push(later);
      break;
    }
  }
  return removals;
}
