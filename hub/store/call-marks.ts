/** Numbers whose bearers have changed, while calls wait for one; and what people said of numbers. */
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

/** More waiting numbers than this are not compared with national forms one by one. */
const MOST_COMPARED = 5_000;

/**
 * Marks the numbers for which a call waits, of those that records bear from now on: phone tokens (mappings/keys.ts). One in
 * national form stands for every number that ends in its digits.
 */
export async function markNumbers(tx: Tx, tokens: readonly string[]): Promise<void> {
  const endings = tokens.flatMap((token) => (token.startsWith('~') ? [token.slice(1)] : []));
  const whole = new Set(tokens.filter((token) => token.startsWith('+')).map((token) => token.split(';', 1)[0]!));
  if (endings.length > 0) {
    const waiting = await tx.query<{ other: string }>(
      'select distinct other from calls where question is not null and other is not null limit $1',
      [MOST_COMPARED],
    );
    for (const { other } of waiting) if (endings.some((digits) => endsIn(other, digits))) whole.add(other);
  }
  if (whole.size === 0) return;
  await tx.run(
    `insert into call_marks (workspace, number)
     select ${HERE}, n from unnest(${list('$1', 'text')}) n
     where exists (select from calls c where c.other = n and c.question is not null)
     on conflict do nothing`,
    [column([...whole])],
  );
}

/** National forms may begin with a trunk digit that the international form lacks (Hungary, Russia). */
const endsIn = (number: string, digits: string): boolean =>
  number.endsWith(digits) || (digits.length > 8 && number.endsWith(digits.slice(1)));

/** Takes the marks of the workspace. */
export async function takeMarks(tx: Tx, most: number): Promise<string[]> {
  const rows = await tx.query<{ number: string }>(
    `delete from call_marks where number in (select number from call_marks order by number limit $1) returning number`,
    [most],
  );
  return rows.map((row) => row.number);
}

/** Workspaces that have marks. Worker. */
export async function markedWorkspaces(tx: Tx, most: number): Promise<number[]> {
  const rows = await tx.query<{ workspace: number }>(
    'select distinct workspace from (select workspace from call_marks order by workspace, number limit $1) m',
    [most],
  );
  return rows.map((row) => row.workspace);
}

/** Whose numbers these are, as a person said. */
export function saidNumbers(tx: Tx, numbers: readonly string[]): Promise<{ number: string; record: string; by: string }[]> {
  return tx.query(`select number, record, by from call_numbers where number = any(${list('$1', 'text')})`, [column(numbers)]);
}

export async function sayNumber(tx: Tx, number: string, record: string, at: string, by: string): Promise<void> {
  await tx.run(
    `insert into call_numbers (workspace, number, record, at, by) values (${HERE}, $1, $2::uuid, $3, $4)
     on conflict (workspace, number) do update set record = excluded.record, at = excluded.at, by = excluded.by`,
    [number, record, at, by],
  );
}
