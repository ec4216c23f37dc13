/** Calls placed from records, the tasks of missed ones, and past periods being read. */
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface PlacedRow {
  id: number;
  connection: number;
  key: string | null;
  record: string;
  calling: string;
  called: string;
  owner: string | null;
  service: string | null;
  session: string | null;
  /** `placing` until the service has answered, `unsure` where nobody knows whether it rang. */
  state: string;
  said: string;
  at: string;
  looked: string | null;
  due: string | null;
  by: string;
}

const COLUMNS = 'id, connection, key, record, calling, called, owner, service, session, state, said, at, looked, due, by';

export type NewPlaced = Pick<PlacedRow, 'connection' | 'key' | 'record' | 'calling' | 'called' | 'owner' | 'by'> & {
  at: Date;
  due: Date;
};

/** Undefined where the key was used before. */
export async function insertPlaced(tx: Tx, call: NewPlaced): Promise<PlacedRow | undefined> {
  const rows = await tx.query<PlacedRow>(
    `insert into placed_calls (workspace, connection, key, record, calling, called, owner, state, at, due, by)
     values (${HERE}, $1, $2, $3::uuid, $4, $5, $6::uuid, 'placing', $7, $8, $9)
     on conflict (workspace, key) where key is not null do nothing returning ${COLUMNS}`,
    [call.connection, call.key, call.record, call.calling, call.called, call.owner, call.at, call.due, call.by],
  );
  return rows[0];
}

export async function getPlaced(tx: Tx, id: number): Promise<PlacedRow | undefined> {
  return (await tx.query<PlacedRow>(`select ${COLUMNS} from placed_calls where id = $1`, [id]))[0];
}

export async function placedUnder(tx: Tx, key: string): Promise<PlacedRow | undefined> {
  return (await tx.query<PlacedRow>(`select ${COLUMNS} from placed_calls where key = $1`, [key]))[0];
}

export function listPlaced(tx: Tx, before: number | null, most: number): Promise<PlacedRow[]> {
  return tx.query<PlacedRow>(
    `select ${COLUMNS} from placed_calls where id < coalesce($1::bigint, 9223372036854775807) order by id desc limit $2`,
    [before, most],
  );
}

/** What is known of it by now; `of`: unless it has come to another state than these meanwhile. */
export async function notePlaced(
  tx: Tx,
  id: number,
  of: readonly string[],
  {
    state,
    said,
    service,
    session,
    looked,
    due,
  }: Pick<PlacedRow, 'state' | 'said' | 'service' | 'session'> & { looked: Date; due: Date | null },
): Promise<void> {
  await tx.run(
    `update placed_calls set state = $2, said = $3, service = coalesce($4, service), session = coalesce(session, $5), looked = $6, due = $7
     where id = $1 and state = any($8::text[])`,
    [id, state, said, service, session, looked, due, of],
  );
}

/** The call that a session is: the service named it, or it rings the number from about the moment it was placed; locked. */
export async function placedFor(
  tx: Tx,
  connection: number,
  session: string,
  called: string | null,
  from: Date,
  to: Date,
): Promise<PlacedRow | undefined> {
  const rows = await tx.query<PlacedRow>(
    `select ${COLUMNS} from placed_calls
     where connection = $1 and called = $3 and at >= $4 and at <= $5 and (session is null or session = $2)
     order by (session = $2) desc nulls last, at desc limit 1 for update`,
    [connection, session, called, from, to],
  );
  return rows[0];
}

export async function bindPlaced(tx: Tx, id: number, session: string): Promise<void> {
  await tx.run('update placed_calls set session = $2 where id = $1', [id, session]);
}

/** Worker. */
export function duePlaced(tx: Tx, at: Date, most: number): Promise<{ workspace: number; id: number }[]> {
  return tx.query('select workspace, id from placed_calls where due <= $1 order by due limit $2', [at, most]);
}

export async function claimPlaced(tx: Tx, id: number, at: Date, until: Date): Promise<PlacedRow | undefined> {
  return (
    await tx.query<PlacedRow>(`update placed_calls set due = $3 where id = $1 and due <= $2 returning ${COLUMNS}`, [
      id,
      at,
      until,
    ])
  )[0];
}
