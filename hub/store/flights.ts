/** Intents on their way: taken, frozen, in flight, noted. (Marking them is `intents.ts`.) */
import type { Json, Values } from '#kit/fields.ts';
import { column, list } from './columns.ts';
import type { Tx } from './database.ts';

/** A frozen draft: what one row is told of the record. */
export interface Flight {
  /** Absent: a creation. */
  row?: string;
  version?: string;
  /** What is told, in the service's fields; null blanks one. */
  fields: { [theirs: string]: Json };
  /** The values of ours it stands for. */
  ours: Values;
  /** Values of theirs it replaces. */
  replaced: Values;
  mappingVersion: number;
  remove?: true;
}

export interface IntentRow {
  record: string;
  marked: number;
  state: 'open' | 'flying' | 'unsure';
  attempts: number;
  /** Of the draft in flight; of an open one, that of a creation to be sent again as it was. */
  key: string | null;
  /** One for each row of the record that is told something. */
  flights: Flight[] | null;
  /** When it took off; of an unsure one, when its answer was given up. */
  since: string | null;
}

const COLUMNS = 'record, marked, state, attempts, key, flights, since';

/** Open intents that may go now, locked for the transaction. */
export async function takeIntents(tx: Tx, sync: number, at: Date, most: number): Promise<IntentRow[]> {
  return tx.query<IntentRow>(
    `select ${COLUMNS} from intents where sync = $1 and state = 'open' and (not_before is null or not_before <= $2) order by record limit $3 for update`,
    [sync, at, most],
  );
}

export async function intentsOf(tx: Tx, sync: number, records: readonly string[]): Promise<IntentRow[]> {
  return tx.query<IntentRow>(`select ${COLUMNS} from intents where sync = $1 and record = any($2::uuid[])`, [sync, records]);
}

/** Records of the sync whose draft is on its way, or of unknown outcome. */
export async function inFlight(tx: Tx, sync: number, records: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ record: string }>(
    `select record from intents where sync = $1 and record = any(${list('$2', 'uuid')}) and state <> 'open'`,
    [sync, column(records)],
  );
  return rows.map((r) => r.record);
}

export async function takeOff(
  tx: Tx,
  sync: number,
  leaving: readonly { record: string; key: string; flights: readonly Flight[] }[],
  at: Date,
): Promise<void> {
  if (leaving.length === 0) return;
  await tx.run(
    `update intents i set state = 'flying', missed = 0, key = t.key, flights = t.flights, since = case when i.key = t.key then i.since else $5 end
     from unnest($2::uuid[], $3::text[], $4::json[]) t (record, key, flights) where i.sync = $1 and i.record = t.record`,
    [sync, leaving.map((l) => l.record), leaving.map((l) => l.key), leaving.map((l) => JSON.stringify(l.flights)), at],
  );
}

/** Done with these, unless somebody marked them again meanwhile: then they are open once more. */
export async function land(tx: Tx, sync: number, landed: readonly { record: string; marked: number }[]): Promise<void> {
  if (landed.length === 0) return;
  const records = landed.map((l) => l.record);
  const marks = landed.map((l) => l.marked);
  await tx.run(
    `delete from intents i using unnest($2::uuid[], $3::bigint[]) t (record, marked)
     where i.sync = $1 and i.record = t.record and i.marked = t.marked`,
    [sync, records, marks],
  );
  await tx.run(
    `update intents set state = 'open', key = null, flights = null, since = null, attempts = 0, not_before = null
     where sync = $1 and record = any($2::uuid[])`,
    [sync, records],
  );
}

/** To be tried again. */
export interface Again {
  record: string;
  notBefore: Date | null;
  /** It is one attempt more. */
  counts: boolean;
  /** As it was, under the same key, rather than settled anew. */
  same?: boolean;
}

export async function reopen(tx: Tx, sync: number, again: readonly Again[]): Promise<void> {
  if (again.length === 0) return;
  await tx.run(
    `update intents i set state = 'open', not_before = t.at, attempts = attempts + t.n, key = case when t.same then i.key end,
       flights = case when t.same then i.flights end, since = case when t.same then i.since end
     from unnest($2::uuid[], $3::timestamptz[], $4::int[], $5::bool[]) t (record, at, n, same) where i.sync = $1 and i.record = t.record`,
    [
      sync,
      again.map((a) => a.record),
      again.map((a) => a.notBefore),
      again.map((a) => (a.counts ? 1 : 0)),
      again.map((a) => a.same ?? false),
    ],
  );
}

/** Sent, and no answer until `since`; null: nobody looks for it any more, a person is asked. */
export async function setUnsure(tx: Tx, sync: number, records: readonly string[], since: Date | null): Promise<void> {
  if (records.length > 0)
    await tx.run(`update intents set state = 'unsure', since = $3 where sync = $1 and record = any($2::uuid[])`, [
      sync,
      records,
      since,
    ]);
}

/** Drafts in flight whose hub is gone: the lease was lost while they flew. Their outcome is unknown. */
export async function strandedFlights(tx: Tx, sync: number): Promise<IntentRow[]> {
  return tx.query<IntentRow>(`select ${COLUMNS} from intents where sync = $1 and state = 'flying' for update`, [sync]);
}

/**
 * A pass has ended that did not show these: unsure since before the instant. Those that so many passes missed, with how often each was
 * sent again before.
 */
export async function missedFlights(
  tx: Tx,
  sync: number,
  sinceBefore: Date,
  passes: number,
): Promise<{ record: string; attempts: number }[]> {
  const rows = await tx.query<{ record: string; attempts: number; missed: number }>(
    `update intents set missed = missed + 1 where sync = $1 and state = 'unsure' and since <= $2 returning record, attempts, missed`,
    [sync, sinceBefore],
  );
  return rows.filter((row) => row.missed >= passes);
}

/** What intents wait for. */
export interface Waiting {
  /** One may go now. */
  open: boolean;
  /** One is to be sent again as it was. */
  same: boolean;
  /** When the next of those put off may go. */
  at: string | null;
  /** Since when the oldest that can be looked for is unsure. */
  unsure: string | null;
}

export async function nextIntent(tx: Tx, sync: number): Promise<Waiting> {
  const rows = await tx.query<Waiting>(
    `select coalesce(bool_or(state = 'open' and not_before is null), false) as open,
       coalesce(bool_or(state = 'open' and key is not null), false) as same,
       min(not_before) filter (where state = 'open') as at, min(since) filter (where state = 'unsure') as unsure
     from intents where sync = $1`,
    [sync],
  );
  return rows[0]!;
}

export async function countIntents(tx: Tx, sync: number): Promise<{ [state: string]: number }> {
  const rows = await tx.query<{ state: string; n: number }>(
    'select state, count(*)::int as n from intents where sync = $1 group by state',
    [sync],
  );
  return Object.fromEntries(rows.map((r) => [r.state, r.n]));
}
