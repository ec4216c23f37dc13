/** What the engine holds about a record that is merged into another. */
import type { Tx } from './database.ts';
import { passLead } from './links.ts';

/**
 * The loser's links become the survivor's. Of each sync one live link leads: the survivor's where it has one, and the loser's
 * follow it.
 */
export async function moveLinks(tx: Tx, loser: string, survivor: string): Promise<void> {
  const moved = await tx.query<{ sync: number }>(
    `update links l set record = $2::uuid,
       leads = l.leads and not exists (select from links o where o.record = $2::uuid and o.sync = l.sync and o.state = 'live' and o.leads)
     where l.record = $1::uuid returning l.sync`,
    [loser, survivor],
  );
  for (const sync of new Set(moved.map((l) => l.sync))) await passLead(tx, sync, [survivor]);
}

/** Open questions about the loser's rows are the survivor's now; those about the loser itself have no subject any more. */
export async function moveQuestions(tx: Tx, loser: string, survivor: string, at: string, by: string): Promise<void> {
  await tx.run(
    `update held set closed = $2::timestamptz, answer = '"merged"', by = $3 where closed is null and subject = $1::text`,
    [loser, at, by],
  );
  await tx.run(`update held set record = $2::uuid where closed is null and record = $1::uuid`, [loser, survivor]);
}
