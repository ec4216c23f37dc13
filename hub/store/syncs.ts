/** The row of a sync (connection, stream): its cursor, its lease, when it is due. */
import type { Json } from '#kit/fields.ts';
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface SyncRow {
  id: number;
  connection: number;
  stream: string;
  object: string;
  mapping: number;
  state: 'waiting' | 'on' | 'paused';
  reason: string | null;
  outward: boolean;
  every: number;
  due: string | null;
  pull_due: string | null;
  generation: number;
  cursor: Json;
  /** Number of the pass under way. */
  pass: number | null;
  /** When it began; null if a plan brings it, whose pages were read before. */
  pass_began: string | null;
  pass_full: boolean;
  full_wanted: boolean;
  passes: number;
  run: number | null;
  failures: number;
  problem: Json;
  moved: string | null;
  succeeded: string | null;
  /** The row at which the last sweep stopped; '' for the beginning. */
  swept: string;
  drift: Drift | null;
  /** Number of the last news that something in the stream is new. */
  heard: number | null;
  /** Rows of documents and payments that are older stay outside: a day. */
  since: string | null;
  /** Are rows that are left out remembered with their reason? */
  remembers: boolean;
  /** Does anything of the connection wait for rows of this stream? */
  awaited: boolean;
  /** Do rows of this one wait for others? */
  parked: boolean;
}

/** What a sweep found, by how the pairs looked at stand. All but `missing`, `changed` and `drift` are in order. */
export interface Drift {
  at: string;
  looked: number;
  equal: number;
  /** Differ for a reason on record: rendering, parted, one way, … */
  apart: number;
  held: number;
  /** A change is on its way. */
  owed: number;
  /** The service had news that no pull has brought yet: looked at again. */
  changed: number;
  /** Not there any more. */
  missing: number;
  /** Differ for no reason we know: settled anew. */
  drift: number;
}

const COLUMNS = `id, connection, stream, object, mapping, state, reason, outward, every, due, pull_due, generation, cursor, pass,
  pass_began, pass_full, full_wanted, passes, run, failures, problem, moved, succeeded, swept, drift, heard,
  since::text, remembers,
  exists (select from awaited a where a.connection = syncs.connection and a.stream = syncs.stream) as awaited,
  exists (select from parked_rows p where p.sync = syncs.id) as parked`;

export async function insertSync(
  tx: Tx,
  sync: Pick<SyncRow, 'connection' | 'stream' | 'object' | 'mapping' | 'outward' | 'every'>,
): Promise<number> {
  const rows = await tx.query<{ id: number }>(
    `insert into syncs (workspace, connection, stream, object, mapping, outward, every) values (${HERE}, $1, $2, $3, $4, $5, $6)
     on conflict (workspace, connection, stream) do update set stream = excluded.stream returning id`,
    [sync.connection, sync.stream, sync.object, sync.mapping, sync.outward, sync.every],
  );
  return rows[0]!.id;
}

export async function listSyncs(tx: Tx): Promise<SyncRow[]> {
  return tx.query<SyncRow>(`select ${COLUMNS} from syncs order by id`);
}

export async function getSync(tx: Tx, id: number): Promise<SyncRow | undefined> {
  return (await tx.query<SyncRow>(`select ${COLUMNS} from syncs where id = $1`, [id]))[0];
}

export async function syncsOfMapping(tx: Tx, mapping: number): Promise<SyncRow[]> {
  return tx.query<SyncRow>(`select ${COLUMNS} from syncs where mapping = $1 order by id`, [mapping]);
}

/** Takes the lease for 30 s; undefined when another holds it. */
export async function takeLease(tx: Tx, id: number): Promise<SyncRow | undefined> {
  const rows = await tx.query<SyncRow>(
    `update syncs set generation = generation + 1, lease_until = clock_timestamp() + interval '30 seconds'
     where id = $1 and (lease_until is null or lease_until < clock_timestamp()) returning ${COLUMNS}`,
    [id],
  );
  return rows[0];
}

/**
 * Locks the row for the rest of the transaction and lengthens the lease. Undefined when the lease was lost: the caller must
 * change nothing.
 */
export async function holdLease(tx: Tx, id: number, generation: number): Promise<SyncRow | undefined> {
  const rows = await tx.query<SyncRow>(
    `update syncs set lease_until = clock_timestamp() + interval '30 seconds' where id = $1 and generation = $2 returning ${COLUMNS}`,
    [id, generation],
  );
  return rows[0];
}

/**
 * Gives the lease back; the sync is due at `due`. Where somebody asked for something since the lease was taken, when it was due at
 * `taken`, what they asked stands if it is sooner.
 */
export async function releaseLease(
  tx: Tx,
  id: number,
  generation: number,
  { taken, due }: { taken: string | null; due: Date | null },
): Promise<void> {
  await tx.run(
    `update syncs set lease_until = null,
       due = case when due is distinct from $3::timestamptz then least(due, $4::timestamptz) else $4::timestamptz end
     where id = $1 and generation = $2`,
    [id, generation, taken, due],
  );
}

export type SyncPatch = Partial<
  Pick<
    SyncRow,
    | 'state'
    | 'reason'
    | 'mapping'
    | 'outward'
    | 'every'
    | 'pass'
    | 'pass_full'
    | 'full_wanted'
    | 'passes'
    | 'run'
    | 'failures'
    | 'since'
    | 'remembers'
  > & {
    cursor: Json;
    problem: Json;
    due: Date | null;
    pull_due: Date | null;
    pass_began: Date | null;
    moved: Date;
    succeeded: Date;
  }
>;

const JSON_COLUMNS = new Set(['cursor', 'problem']);

export async function patchSync(tx: Tx, id: number, patch: SyncPatch): Promise<void> {
  const names = Object.keys(patch) as (keyof SyncPatch)[];
  if (names.length === 0) return;
  const values = names.map((name) =>
    JSON_COLUMNS.has(name) && patch[name] !== null ? JSON.stringify(patch[name]) : patch[name],
  );
  await tx.run(`update syncs set ${names.map((name, at) => `${name} = $${at + 2}`).join(', ')} where id = $1`, [id, ...values]);
}

/** The sync of a connection's stream, locked for the rest of the transaction. */
export async function lockSyncOf(tx: Tx, connection: number, stream: string): Promise<SyncRow | undefined> {
  const rows = await tx.query<SyncRow>(`select ${COLUMNS} from syncs where connection = $1 and stream = $2 for update`, [
    connection,
    stream,
  ]);
  return rows[0];
}

/** There is something new in the stream: a pass that began before now is not enough. */
export async function hearOf(tx: Tx, id: number, at: Date): Promise<void> {
  await tx.run(
    `update syncs set heard = nextval('reading'), due = least(due, $2), pull_due = least(pull_due, $2) where id = $1`,
    [id, at],
  );
}

/** Something to do for these syncs now. */
export async function wake(tx: Tx, ids: readonly number[], at: Date): Promise<void> {
  await tx.run('update syncs set due = least(due, $2) where id = any($1::int[])', [ids, at]);
}

/** Records of these objects have changed: every sync that tells a service of them is due, but one. */
export async function wakeObjects(tx: Tx, objects: readonly string[], at: Date, but: number | null = null): Promise<void> {
  await tx.run(
    `update syncs set due = $2 where object = any($1::text[]) and outward and state = 'on' and (due is null or due > $2) and id is distinct from $3::int`,
    [objects, at, but],
  );
}

export interface Due {
  workspace: number;
  id: number;
}

/** Due syncs nobody works on, in turn among workspaces: each workspace's longest waiting first, then each one's second. Worker. */
export async function dueSyncs(tx: Tx, at: Date, most: number): Promise<Due[]> {
  return tx.query<Due>(
    `select workspace, id from (
       select workspace, id, due, row_number() over (partition by workspace order by due) as turn from (
         select s.workspace, s.id, s.due from syncs s join connections c on c.workspace = s.workspace and c.id = s.connection
         where s.state = 'on' and c.state = 'active' and s.due <= $1 and (s.lease_until is null or s.lease_until < clock_timestamp())
         order by s.due limit 1000) waiting) turns
     order by turn, due limit $2`,
    [at, most],
  );
}

/** The next number of the one sequence by which reads, marks and agreements are ordered. */
export async function nextReading(tx: Tx): Promise<number> {
  return (await tx.query<{ n: number }>(`select nextval('reading')::bigint as n`))[0]!.n;
}

/** One page writes at a time per workspace: held to the end of the transaction, taken before match. */
export async function oneWriter(tx: Tx): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('switchboard.writer'), ${HERE})`);
}

/** Why the sync's connection is paused; null while it is active. */
export async function connectionPause(tx: Tx, connection: number): Promise<{ reason: string | null } | null> {
  return (
    (
      await tx.query<{ reason: string | null }>(`select reason from connections where id = $1 and state = 'paused'`, [connection])
    )[0] ?? null
  );
}

/** Where a sweep stopped, and what it found. */
export async function noteSweep(tx: Tx, id: number, swept: string, drift: Drift): Promise<void> {
  await tx.run('update syncs set swept = $2, drift = $3 where id = $1', [id, swept, JSON.stringify(drift)]);
}
