/** Deliveries: what the gate keeps, and what an operator looks at. Implements the port of webhooks. Worker. */
import { createHash } from 'node:crypto';
import { isCleanText } from '#kit/text.ts';
import type { Delivery } from '#kit/webhook.ts';
import type { Arrival, Inbox } from '#webhooks/inbox.ts';
import { column, jsonColumn, list } from './columns.ts';
import type { Store, Tx } from './database.ts';

/** So long is known what came already. */
const MEMORY = `interval '8 days'`;

export function deliveryInbox(store: Store): Inbox {
  return { keep: (arrivals) => store.installation((tx) => insertDeliveries(tx, arrivals)) };
}

async function insertDeliveries(tx: Tx, arrivals: readonly Arrival[]): Promise<boolean[]> {
  const keys = arrivals.map(keyOf);
  const bodies = Buffer.concat(arrivals.map(({ delivery }) => delivery.body));
  let at = 1;
  const starts = arrivals.map(({ delivery }) => String((at += delivery.body.length) - delivery.body.length));
  const rows = await tx.query<{ key: string | null }>(
    // Keys in one order, so that two hubs which keep the same deliveries wait for each other instead of both.
    `with n as materialized (
       select * from unnest(${list('$1', 'uuid')}, ${list('$2', 'timestamptz')}, ${list('$3', 'text')}, ${list('$4', 'text')},
         ${list('$5', 'text')}, ${list('$6', 'text')}, ${list('$7', 'text')}, ${list('$8', 'json')}, ${list('$9', 'int')}, ${list('$10', 'int')})
         with ordinality as n (key, at, connector, subscription, identity, method, query, headers, start, size, place)),
     fresh as (
       insert into delivery_identities (key, at) select key, at from n where key is not null order by key
       on conflict (key) do nothing returning key),
     kept as (
       insert into deliveries (at, connector, subscription, identity, method, query, headers, body)
       select at, connector, subscription, identity, method, coalesce(query, ''), headers, substring($11::bytea from start for size)
       from n where key is null or key in (select key from fresh) order by place returning id, at, connector),
     queued as (insert into deliveries_unread (connector, delivery, at) select connector, id, at from kept)
     select key from fresh`,
    [
      column(keys),
      column(arrivals.map((one) => new Date(one.at).toISOString())),
      column(arrivals.map((one) => one.connector)),
      column(arrivals.map(({ delivery }) => delivery.subscription ?? null)),
      column(arrivals.map(({ identity }) => shown(identity))),
      column(arrivals.map(({ delivery }) => delivery.method)),
      column(arrivals.map(({ delivery }) => delivery.query)),
      jsonColumn(arrivals.map(({ delivery }) => delivery.headers)),
      column(starts),
      column(arrivals.map(({ delivery }) => String(delivery.body.length))),
      bodies,
    ],
  );
  const fresh = new Set(rows.map(({ key }) => key));
  return keys.map((key) => key === null || fresh.has(key));
}

function keyOf({ connector, identity, delivery }: Arrival): string | null {
  if (identity === undefined) return null;
  const hex = createHash('sha256')
    .update(JSON.stringify([connector, delivery.subscription ?? null, identity]))
    .digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** For people to look at. */
function shown(identity: string | undefined): string | null {
  if (identity === undefined) return null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these two separate values
  return identity !== '' && identity.length <= 200 && isCleanText(identity) && !/[\x1e\x1f]/.test(identity)
    ? identity
    : 'unprintable';
}

// ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export type DeliveryState = 'unread' | 'failed' | 'read';

export interface DeliveryRow {
  id: number;
  at: string;
  connector: string;
  subscription: string | null;
  identity: string | null;
  state: DeliveryState;
  /** Why it could not be read. */
  problem: string | null;
  /** Of the body. */
  bytes: number;
}

export interface DeliveryFilter {
  connector?: string;
  state?: DeliveryState;
  /** Instants: from the first on, before the second. */
  from?: string;
  until?: string;
  before?: number;
  limit: number;
}

const STATE = `case when f.delivery is not null then 'failed' when u.delivery is not null then 'unread' else 'read' end`;
const HEAD = `d.id, d.at, d.connector, d.subscription, d.identity, ${STATE} as state, f.problem, length(d.body) as bytes`;
const STANDING = `left join deliveries_failed f on f.delivery = d.id
  left join deliveries_unread u on u.connector = d.connector and u.delivery = d.id`;

/** Newest first. */
export function listDeliveries(tx: Tx, { connector, state, from, until, before, limit }: DeliveryFilter): Promise<DeliveryRow[]> {
  return tx.query<DeliveryRow>(
    `select ${HEAD} from deliveries d ${STANDING}
     where d.id < coalesce($1::bigint, 9223372036854775807) and ($2::text is null or d.connector = $2)
       and d.at >= coalesce($3::timestamptz, '-infinity') and d.at < coalesce($4::timestamptz, 'infinity')
       and ($5::text is null or $5 = ${STATE})
     order by d.id desc limit $6`,
    [before ?? null, connector ?? null, from ?? null, until ?? null, state ?? null, limit],
  );
}

export interface WholeDelivery extends DeliveryRow, Omit<Delivery, 'subscription' | 'body'> {
  body: Buffer;
}

export async function getDelivery(tx: Tx, id: number): Promise<WholeDelivery | undefined> {
  const rows = await tx.query<WholeDelivery>(
    `select ${HEAD}, d.method, d.headers, d.query, d.body from deliveries d ${STANDING} where d.id = $1`,
    [id],
  );
  return rows[0];
}

// ── Days ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Partitions of today and the next two days. */
export async function ensureDeliveryDays(tx: Tx, at: Date): Promise<void> {
  await tx.query('select ensure_delivery_day($1::date + n) from generate_series(0, 2) n', [at.toISOString().slice(0, 10)]);
}

/** Drops days of deliveries and news that are over, and forgets identities after eight days. How many partitions went. */
export async function dropOldDeliveries(tx: Tx, before: Date, now: Date): Promise<number> {
  await tx.run(`delete from delivery_identities where at < $1::timestamptz - ${MEMORY}`, [now]);
  await tx.run('delete from news_parked where at < $1', [before]);
  await tx.run('delete from deliveries_failed where at < $1', [before]);
  return (await tx.query<{ n: number }>('select drop_delivery_days($1) as n', [before]))[0]!.n;
}
