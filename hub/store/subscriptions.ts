/** Subscriptions: what each service has promised, and who cares for it. Implements the port of webhooks. */
import { randomBytes } from 'node:crypto';
import type { Place, Seal } from '#credentials/seal.ts';
import type { Json } from '#kit/fields.ts';
import type { Change, Drop, Kept, Ref, Register, Secret, State, Trouble } from '#webhooks/register.ts';
import { openAddresses } from './addresses.ts';
import { HERE } from './columns.ts';
import type { Store, Tx } from './database.ts';

interface SubscriptionRow {
  connection: number;
  connector: string;
  address: string;
  sealed: string;
  rotating: boolean;
  state: State;
  id: string | null;
  url: string;
  streams: string[];
  since: string | null;
  granted: string | null;
  expires: string | null;
  due: string;
  failures: number;
  problem: Trouble | null;
  drops: number;
  dropped: Drop | null;
  generation: number;
}

/** What a person is shown. Neither address nor secrets: who knows them can pass for the service. */
export type SubscriptionView = Omit<SubscriptionRow, 'address' | 'sealed' | 'generation' | 'granted' | 'url'>;

const SHOWN = 'connection, connector, rotating, state, id, streams, since, expires, due, failures, problem, drops, dropped';
const COLUMNS = `${SHOWN}, address, sealed, url, granted, generation`;

export async function listSubscriptions(tx: Tx, connections: readonly number[]): Promise<SubscriptionView[]> {
  return tx.query<SubscriptionView>(`select ${SHOWN} from subscriptions where connection = any($1::int[]) order by connection`, [
    connections,
  ]);
}

/** A connection was made or revived: it gets its subscription, or what it has is looked at now. */
export async function wantSubscription(
  tx: Tx,
  seal: Seal,
  { workspace, id, connector }: { workspace: number; id: number; connector: string },
  now: Date,
): Promise<void> {
  const secrets = [{ secret: unguessable() }];
  await tx.run(
    `insert into subscriptions (workspace, connection, connector, address, sealed, state, due) values (${HERE}, $1, $2, $3, $4, 'wanted', $5)
     on conflict (workspace, connection) do update set due = excluded.due, failures = 0`,
    [id, connector, unguessable(), await seal.close(placeOf(workspace, connector), secrets), now],
  );
}

/** What its syncs want has changed, or something was heard of it: it is looked at now. */
export async function wakeSubscription(tx: Tx, connection: number, now: Date): Promise<boolean> {
  return (await tx.run('update subscriptions set due = least(due, $2) where connection = $1', [connection, now])) > 0;
}

export async function dropSubscription(tx: Tx, connection: number): Promise<void> {
  await tx.run('delete from subscriptions where connection = $1', [connection]);
}

/** Since when a living subscription tells of a stream; null where none does. */
export async function toldSince(tx: Tx, connection: number, stream: string, now: Date): Promise<string | null> {
  const rows = await tx.query<{ since: string }>(
    `select since from subscriptions where connection = $1 and state = 'live' and $2 = any(streams)
       and (expires is null or expires > $3)`,
    [connection, shortOf(stream), now],
  );
  return rows[0]?.since ?? null;
}

export function subscriptionRegister(store: Store, seal: Seal): Register {
  const addressed = openAddresses(store);
  return {
    due: (now, most) => store.installation((tx) => dueSubscriptions(tx, new Date(now), most)),
    enrol: (connectors, now) => enrol(store, seal, connectors, new Date(now)),
    take: (ref) => take(store, seal, ref),
    read: (ref) => kept(store, seal, ref, `select ${COLUMNS} from subscriptions where connection = $1`),
    note: (kept, change) => note(store, seal, kept, change),
    async release({ workspace, connection, generation }) {
      await store.workspace(workspace, (tx) =>
        tx.run('update subscriptions set lease_until = null where connection = $1 and generation = $2', [connection, generation]),
      );
    },
    rotate: (ref, secret, due) => rotate(store, seal, ref, secret, new Date(due)),
    async byAddress(connector, address) {
      const row = await addressed(address);
      if (row?.connector !== connector) return undefined;
      const { workspace, connection, sealed } = row;
      return { workspace, connection, secrets: await opened(seal, placeOf(workspace, connector), sealed) };
    },
  };
}

const LEASE = `interval '90 seconds'`;

const unguessable = (): string => randomBytes(32).toString('base64url');
const placeOf = (workspace: number, connector: string): Place => ({ kind: 'subscription', connector, workspace });
const shortOf = (stream: string): string => stream.slice(stream.indexOf('.') + 1);

async function opened(seal: Seal, place: Place, sealed: string): Promise<Secret[]> {
  return (await seal.open(place, sealed)) as unknown as Secret[];
}

const closed = (seal: Seal, place: Place, secrets: readonly Secret[]): Promise<string> =>
  seal.close(place, secrets as unknown as Json);

/** Worker. */
async function dueSubscriptions(tx: Tx, now: Date, most: number): Promise<Ref[]> {
  return tx.query<Ref>(
    `select s.workspace, s.connection from subscriptions s join connections c on c.workspace = s.workspace and c.id = s.connection
     where s.due <= $1 and c.state = 'active' and (s.lease_until is null or s.lease_until < clock_timestamp())
     order by s.due limit $2`,
    [now, most],
  );
}

const ENROLLED_AT_ONCE = 500;

/** A page of connections at a time, by their key. */
async function enrol(store: Store, seal: Seal, connectors: readonly string[], now: Date): Promise<number> {
  let enrolled = 0;
  let [workspace, id] = [0, 0];
  for (;;) {
    const page = await store.installation((tx) =>
      tx.query<{ workspace: number; id: number; connector: string; lacks: boolean }>(
        `select c.workspace, c.id, c.connector,
           c.connector = any($3::text[]) and c.state = 'active' and c.grant_id is not null and s.there is null as lacks
         from (select * from connections where (workspace, id) > ($1, $2) order by workspace, id limit ${ENROLLED_AT_ONCE}) c
         left join lateral (select true as there from subscriptions where workspace = c.workspace and connection = c.id offset 0) s on true
         order by c.workspace, c.id`,
        [workspace, id, connectors],
      ),
    );
    for (const { lacks, ...one } of page) {
      if (!lacks) continue;
      await store.workspace(one.workspace, (tx) => wantSubscription(tx, seal, one, now));
      enrolled += 1;
    }
    if (page.length < ENROLLED_AT_ONCE) return enrolled;
    ({ workspace, id } = page.at(-1)!);
  }
}

function take(store: Store, seal: Seal, ref: Ref): Promise<Kept | undefined> {
  return kept(
    store,
    seal,
    ref,
    `update subscriptions set generation = generation + 1, lease_until = clock_timestamp() + ${LEASE}
     where connection = $1 and (lease_until is null or lease_until < clock_timestamp()) returning ${COLUMNS}`,
  );
}

async function kept(store: Store, seal: Seal, { workspace, connection }: Ref, by: string): Promise<Kept | undefined> {
  const found = await store.workspace(workspace, async (tx) => {
    const [row] = await tx.query<SubscriptionRow>(by, [connection]);
    return row && { row, inUse: await streamsInUse(tx, connection) };
  });
  if (found === undefined) return undefined;
  const { row, inUse } = found;
  const { connector, address, sealed, rotating, state, id, url, streams, failures, generation } = row;
  const secrets = await opened(seal, placeOf(workspace, connector), sealed);
  const instant = (at: string | null): number | null => (at === null ? null : Date.parse(at));
  return {
    ...{ workspace, connection, connector, address, secrets, rotating, state, id, url, streams, inUse, failures, generation },
    ...{ since: instant(row.since), granted: instant(row.granted), expires: instant(row.expires) },
  };
}

async function streamsInUse(tx: Tx, connection: number): Promise<string[]> {
  const rows = await tx.query<{ stream: string }>(`select stream from syncs where connection = $1 and state <> 'paused'`, [
    connection,
  ]);
  return rows.map(({ stream }) => shortOf(stream));
}

const TIMES = new Set(['since', 'granted', 'expires', 'due']);
const PLAIN = ['address', 'rotating', 'state', 'id', 'url', 'streams', 'since', 'granted', 'expires', 'due', 'failures'] as const;

async function note(store: Store, seal: Seal, kept: Kept, change: Change): Promise<boolean> {
  const { workspace, connection, connector, generation } = kept;
  const sets: string[] = [`lease_until = clock_timestamp() + ${LEASE}`];
  const values: unknown[] = [connection, generation];
  const set = (column: string, value: unknown) => sets.push(`${column} = $${values.push(value)}`);
  for (const name of PLAIN) {
    const value = change[name];
    if (value !== undefined) set(name, TIMES.has(name) && value !== null ? new Date(value as number) : value);
  }
  if (change.secrets) set('sealed', await closed(seal, placeOf(workspace, connector), change.secrets));
  if (change.problem !== undefined) set('problem', change.problem === null ? null : JSON.stringify(change.problem));
  if (change.dropped) {
    set('dropped', JSON.stringify(change.dropped));
    sets.push('drops = drops + 1');
  }
  return store.workspace(workspace, async (tx) => {
    const n = await tx.run(`update subscriptions set ${sets.join(', ')} where connection = $1 and generation = $2`, values);
    if (n === 0) return false;
    if (change.every !== undefined) await pace(tx, connection, change.every);
    if (change.pull !== undefined) await pull(tx, connection, new Date(change.pull));
    return true;
  });
}

/** Streams of which a living subscription tells are polled every so often. */
async function pace(tx: Tx, connection: number, every: number): Promise<void> {
  await tx.run(
    `update syncs y set every = $2 from subscriptions s where y.connection = $1 and s.connection = $1 and y.every <> $2
       and substr(y.stream, length(s.connector) + 2) = any(s.streams)`,
    [connection, every],
  );
}

async function pull(tx: Tx, connection: number, at: Date): Promise<void> {
  await tx.run(`update syncs set due = least(due, $2), pull_due = least(pull_due, $2) where connection = $1 and state = 'on'`, [
    connection,
    at,
  ]);
}

async function rotate(
  store: Store,
  seal: Seal,
  { workspace, connection }: Ref,
  secret: string,
  due: Date,
): Promise<Pick<Kept, 'connector' | 'address'> | undefined> {
  return store.workspace(workspace, async (tx) => {
    const [row] = await tx.query<{ connector: string; address: string; sealed: string }>(
      'select connector, address, sealed from subscriptions where connection = $1 for update',
      [connection],
    );
    if (row === undefined) return undefined;
    const place = placeOf(workspace, row.connector);
    const [newest] = await opened(seal, place, row.sealed);
    const sealed = await closed(seal, place, [{ secret }, ...(newest ? [newest] : [])]);
    await tx.run(`update subscriptions set sealed = $2, rotating = true, due = $3 where connection = $1`, [
      connection,
      sealed,
      due,
    ]);
    return { connector: row.connector, address: row.address };
  });
}
