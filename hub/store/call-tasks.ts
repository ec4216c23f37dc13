/** The one open task of a number that nobody has called back. */
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

export interface CallTask {
  number: string;
  task: string;
  missed: string;
}

/** The open task of a number, locked. */
export async function openTask(tx: Tx, number: string): Promise<CallTask | undefined> {
  return (await tx.query<CallTask>('select number, task, missed from call_tasks where number = $1 for update', [number]))[0];
}

/** Those of the numbers that have an open task. */
export async function numbersWithTask(tx: Tx, numbers: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ number: string }>(`select number from call_tasks where number = any(${list('$1', 'text')})`, [
    column(numbers),
  ]);
  return new Set(rows.map(({ number }) => number));
}

export async function putTask(tx: Tx, { number, task, missed }: CallTask): Promise<void> {
  await tx.run(
    `insert into call_tasks (workspace, number, task, missed) values (${HERE}, $1, $2::uuid, $3)
     on conflict (workspace, number) do update set task = excluded.task, missed = greatest(call_tasks.missed, excluded.missed)`,
    [number, task, missed],
  );
}

export async function dropTask(tx: Tx, number: string): Promise<void> {
  await tx.run('delete from call_tasks where number = $1', [number]);
}
