/** Deleting contacts. */
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import type { Removal } from '#kit/stream.ts';
import { sendBatches } from './batches.ts';
import { askPeople } from './client.ts';
import { faultOf } from './faults.ts';
import { batchGet } from './reads.ts';

/** Most names of one batch, and of one look. */
const MOST = 500;
const LOOK = 200;

/** What became of each id, in order. Throws only when nothing was sent. */
export async function remove(ctx: Context, ids: readonly string[]): Promise<Removal[]> {
  const batches: string[][] = [];
  const once = [...new Set(ids)];
  for (let from = 0; from < once.length; from += MOST) batches.push(once.slice(from, from + MOST));
  const outcomes = await sendBatches<string, Removal>({
    batches,
    send: async (batch, onSent) => {
      try {
        await deleteAll(ctx, batch, onSent);
        return batch.map(() => ({ is: 'done' }));
      } catch (error) {
        if (batch.length === 1 || !(error instanceof Refused) || faultOf(error)?.http !== 404) throw error;
      }
      // One missing name refuses the whole batch: look who is left.
      const present = await existing(ctx, batch);
      if (present.size === batch.length)
        throw new Refused('batchDeleteContacts: some contact is missing, but each was found', '');
      if (present.size > 0) await deleteAll(ctx, [...present], onSent);
      return batch.map((id) => ({ is: present.has(id) ? 'done' : 'gone' }));
    },
  });
  return ids.map((id) => {
    const outcome = outcomes.get(id)!;
    return outcome.is === 'stale' ? { is: 'refused', reason: 'Google asks for a newer version of the contact' } : outcome;
  });
}

async function deleteAll(ctx: Context, ids: readonly string[], onSent: () => void): Promise<void> {
  await askPeople(ctx, { name: 'people.people.batchDeleteContacts', group: 'writes' }, (people, sent) => {
    onSent();
    return people.batchDeleteContacts({ requestBody: { resourceNames: [...ids] } }, sent);
  });
}

async function existing(ctx: Context, ids: readonly string[]): Promise<Set<string>> {
  const present = new Set<string>();
  for (let from = 0; from < ids.length; from += LOOK) {
    for (const [id, person] of await batchGet(ctx, ids.slice(from, from + LOOK), 'metadata'))
      if (person !== undefined) present.add(id);
  }
  return present;
}
