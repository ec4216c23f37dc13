/** What the brakes count: per sync and hour, summed over a rolling day. */
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export async function addTally(tx: Tx, sync: number, what: string, n: number, at: Date): Promise<void> {
  if (n === 0) return;
  await tx.run(
    `insert into tallies (workspace, sync, hour, what, n) values (${HERE}, $1, date_trunc('hour', $3::timestamptz), $2, $4)
     on conflict (workspace, sync, hour, what) do update set n = tallies.n + excluded.n`,
    [sync, what, at, n],
  );
}

/** Drops what no brake looks at any more. */
export async function pruneTallies(tx: Tx, at: Date): Promise<void> {
  await tx.run(`delete from tallies where hour < $1::timestamptz - interval '2 days'`, [at]);
}

/** Sums over the day before `at`, by what. */
export async function dayTallies(tx: Tx, sync: number, at: Date): Promise<{ [what: string]: number }> {
  const rows = await tx.query<{ what: string; n: number }>(
    `select what, sum(n)::bigint as n from tallies where sync = $1 and hour > $2::timestamptz - interval '1 day' group by what`,
    [sync, at],
  );
  return Object.fromEntries(rows.map((r) => [r.what, r.n]));
}
