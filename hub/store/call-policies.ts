/** How calls are logged, and who can be called inside an account. */
import type { Json } from '#kit/fields.ts';
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

/** Connection 0 is the whole workspace. */
export interface PolicyRow {
  connection: number;
  body: { [name: string]: Json };
  at: string;
  by: string;
}

export function readPolicies(tx: Tx, connections: readonly number[]): Promise<PolicyRow[]> {
  return tx.query<PolicyRow>(
    'select connection, body, at, by from call_policies where connection = any($1::int[]) order by connection',
    [connections],
  );
}

export function listPolicies(tx: Tx): Promise<PolicyRow[]> {
  return tx.query<PolicyRow>('select connection, body, at, by from call_policies order by connection');
}

export async function putPolicy(tx: Tx, { connection, body, at, by }: PolicyRow): Promise<void> {
  await tx.run(
    `insert into call_policies (workspace, connection, body, at, by) values (${HERE}, $1, $2, $3, $4)
     on conflict (workspace, connection) do update set body = excluded.body, at = excluded.at, by = excluded.by`,
    [connection, JSON.stringify(body), at, by],
  );
}

export async function dropPolicy(tx: Tx, connection: number): Promise<void> {
  await tx.run('delete from call_policies where connection = $1', [connection]);
}

export interface RosterRow {
  connection: number;
  extensions: Json;
  read: string | null;
  due: string | null;
  problem: string | null;
}

const ROSTER = 'connection, extensions, read, due, problem';

export async function readRoster(tx: Tx, connection: number): Promise<RosterRow | undefined> {
  return (await tx.query<RosterRow>(`select ${ROSTER} from call_rosters where connection = $1`, [connection]))[0];
}

/** The roster of an account that nobody has read yet is to be read now. */
export async function wantRoster(tx: Tx, connection: number, at: Date): Promise<void> {
  await tx.run(
    `insert into call_rosters (workspace, connection, due) values (${HERE}, $1, $2) on conflict (workspace, connection) do nothing`,
    [connection, at],
  );
}

/** Is to be read again, if it was not read since. */
export async function wantRosterAgain(tx: Tx, connection: number, at: Date, readBefore: Date): Promise<void> {
  await tx.run(
    `update call_rosters set due = $2 where connection = $1 and (due is null or due > $2) and (read is null or read < $3)`,
    [connection, at, readBefore],
  );
}

export function dueRosters(tx: Tx, at: Date, most: number): Promise<{ workspace: number; connection: number }[]> {
  return tx.query('select workspace, connection from call_rosters where due <= $1 order by due limit $2', [at, most]);
}

/** Takes the reading upon oneself: false where somebody else has. */
export async function claimRoster(tx: Tx, connection: number, at: Date, until: Date): Promise<boolean> {
  return (await tx.run('update call_rosters set due = $3 where connection = $1 and due <= $2', [connection, at, until])) > 0;
}

export async function putRoster(
  tx: Tx,
  connection: number,
  extensions: Json | null,
  read: Date,
  due: Date,
  problem: string | null,
): Promise<void> {
  await tx.run(
    `insert into call_rosters (workspace, connection, extensions, read, due, problem)
     values (${HERE}, $1, coalesce($2::json, '[]'), case when $2 is null then null else $3::timestamptz end, $4, $5)
     on conflict (workspace, connection) do update set extensions = coalesce($2::json, call_rosters.extensions),
       read = case when $2 is null then call_rosters.read else $3::timestamptz end, due = $4, problem = $5`,
    [connection, extensions === null ? null : JSON.stringify(extensions), read, due, problem],
  );
}
