/** Held: a conflict or misfit that waits for a person. One open question per (sync, subject, field). */
import type { Json } from '#kit/fields.ts';
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

export interface HeldRow {
  id: number;
  sync: number;
  subject: string;
  field: string;
  kind: string;
  row: string | null;
  record: string | null;
  question: { [name: string]: Json };
  opened: string;
  closed: string | null;
  answer: Json;
  by: string | null;
}

export type NewHeld = Pick<HeldRow, 'subject' | 'field' | 'kind' | 'row' | 'record' | 'question'>;

/** Kinds of question that ask whether a row is somebody known. */
const IDENTITY = `('duplicate', 'ambiguous', 'possible match')`;

const COLUMNS = 'id, sync, subject, field, kind, row, record, question, opened, closed, answer, by';

/** Opens questions; one that is open already is rewritten. */
export async function openHeld(tx: Tx, sync: number, held: readonly NewHeld[], at: Date): Promise<void> {
  if (held.length === 0) return;
  const last = [...new Map(held.map((h) => [`${h.subject}\u0000${h.field}`, h])).values()];
  await tx.run(
    `insert into held (workspace, sync, subject, field, kind, row, record, question, opened)
     select ${HERE}, $1::int, t.*, $8::timestamptz from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::json[]) t
     on conflict (workspace, sync, subject, field) where closed is null
     do update set kind = excluded.kind, row = excluded.row, record = excluded.record, question = excluded.question`,
    [
      sync,
      last.map((h) => h.subject),
      last.map((h) => h.field),
      last.map((h) => h.kind),
      last.map((h) => h.row),
      last.map((h) => h.record),
      last.map((h) => JSON.stringify(h.question)),
      at,
    ],
  );
}

/**
 * Questions about these subjects that no longer stand: all but the standing ones. Creations that waited for any of them are looked at
 * again: what stands may name others now. All are asked for at once: one by one, PostgreSQL goes through every question of the
 * workspace for each of them, as long as the table is younger than its statistics.
 */
export async function dissolveHeld(
  tx: Tx,
  sync: number,
  subjects: readonly string[],
  standing: readonly { subject: string; field: string }[],
  at: Date,
): Promise<number> {
  if (subjects.length === 0) return 0;
  return tx.run(
    `with about as materialized (
       select id, subject, field, kind, question from held where sync = $1 and subject = any(${list('$2', 'text')}) and closed is null),
     woken as (
       update intents set not_before = null where sync = $1 and state = 'open' and not_before is not null and record = any(array(
         select c::uuid from about a cross join lateral json_array_elements_text(a.question->'candidates') c where a.kind in ${IDENTITY})))
     update held set closed = $5, answer = '"dissolved"', by = 'sync' where id = any(array(
       select a.id from about a
       where not exists (select 1 from unnest($3::text[], $4::text[]) s (subject, field) where s.subject = a.subject and s.field = a.field)))`,
    [sync, column(subjects), standing.map((s) => s.subject), standing.map((s) => s.field), at],
  );
}

export async function openSubjects(tx: Tx, sync: number, subjects: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ subject: string }>(
    'select distinct subject from held where sync = $1 and closed is null and subject = any($2::text[])',
    [sync, subjects],
  );
  return rows.map((r) => r.subject);
}

/** Which of the rows a person has been asked about as duplicates, answered or not. */
export async function knownDuplicates(tx: Tx, sync: number, rows: readonly string[]): Promise<string[]> {
  const known = await tx.query<{ subject: string }>(
    `select subject from held where sync = $1 and subject = any(${list('$2', 'text')}) and kind = 'duplicate' and closed is null
     union select subject from held where sync = $1 and subject = any(${list('$2', 'text')}) and kind = 'duplicate' and closed is not null`,
    [sync, column(rows)],
  );
  return known.map((h) => h.subject);
}

/** Keyset by id, newest last. `open` false lists answered ones too. */
export async function listHeld(
  tx: Tx,
  filter: { sync?: number; open: boolean; after: number; limit: number },
): Promise<HeldRow[]> {
  return tx.query<HeldRow>(
    `select ${COLUMNS} from held where id > $1 and ($2::int is null or sync = $2) and (not $3::bool or closed is null) order by id limit $4`,
    [filter.after, filter.sync ?? null, filter.open, filter.limit],
  );
}

export async function getHeld(tx: Tx, id: number): Promise<HeldRow | undefined> {
  return (await tx.query<HeldRow>(`select ${COLUMNS} from held where id = $1 for update`, [id]))[0];
}

export async function closeHeld(tx: Tx, id: number, answer: Json, by: string, at: Date): Promise<void> {
  await tx.run('update held set closed = $4, answer = $2, by = $3 where id = $1 and closed is null', [
    id,
    JSON.stringify(answer),
    by,
    at,
  ]);
}

export async function heldAbout(tx: Tx, subjects: readonly string[], record: string | null): Promise<HeldRow[]> {
  return tx.query<HeldRow>(
    `select ${COLUMNS} from held where closed is null and (subject = any($1::text[]) or record = $2::uuid) order by id`,
    [subjects, record],
  );
}

/** Open questions whether a row is this record. */
export async function heldNaming(tx: Tx, sync: number, record: string): Promise<HeldRow[]> {
  return tx.query<HeldRow>(
    `select ${COLUMNS} from held where sync = $1 and closed is null and kind in ${IDENTITY}
       and exists (select 1 from json_array_elements_text(question->'candidates') c where c = $2) order by id`,
    [sync, record],
  );
}

/**
 * Which of the records may be a row that is there already, and the kind of question that waits for it: one that is open, or answered and
 * the row not looked at since. `plan`: questions about its rows are left out, for the plan has its own.
 */
export async function candidatesAmong(
  tx: Tx,
  sync: number,
  records: readonly string[],
  plan: number | null,
): Promise<Map<string, string>> {
  if (records.length === 0) return new Map();
  const rows = await tx.query<{ record: string; kind: string }>(
    `select c.record, h.kind from (
       select kind, subject, question from held where sync = $1 and closed is null and kind in ${IDENTITY}
       union all
       select a.kind, a.subject, a.question from touched t
         join held a on a.sync = t.sync and a.subject = t.row and a.closed is not null and a.kind in ${IDENTITY}
         where t.sync = $1 and t.why = 'answered') h
     cross join lateral json_array_elements_text(h.question->'candidates') c (record)
     where c.record = any($2::text[])
       and not exists (select 1 from plan_items i where i.plan = $3 and i.row = h.subject)`,
    [sync, records, plan],
  );
  return new Map(rows.map((row) => [row.record, row.kind]));
}

/** Creations that waited for questions about these rows are looked at again. */
export async function wakeCandidates(tx: Tx, sync: number, rows: readonly string[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(
    `update intents set not_before = null where sync = $1 and state = 'open' and not_before is not null and record = any(array(
       select c::uuid from held h cross join lateral json_array_elements_text(h.question->'candidates') c
       where h.sync = $1 and h.subject = any(${list('$2', 'text')}) and h.closed is not null and h.kind in ${IDENTITY}))`,
    [sync, column(rows)],
  );
}

export async function countHeld(tx: Tx, sync: number): Promise<{ [kind: string]: number }> {
  const rows = await tx.query<{ kind: string; n: number }>(
    'select kind, count(*)::int as n from held where sync = $1 and closed is null group by kind',
    [sync],
  );
  return Object.fromEntries(rows.map((r) => [r.kind, r.n]));
}

/** What a person said last of a stranger: the record it is, somebody new (`record` null), or nothing, and what had been asked then. */
export type IdentityAnswer = { is: 'same' | 'new'; record: string | null } | { is: 'leave'; asked: HeldRow };

export async function identityAnswers(tx: Tx, sync: number, rows: readonly string[]): Promise<Map<string, IdentityAnswer>> {
  const answered = await tx.query<HeldRow>(
    `select ${COLUMNS} from held where sync = $1 and subject = any(${list('$2', 'text')}) and closed is not null
       and kind in ${IDENTITY} and answer->>'is' in ('same', 'new', 'leave') order by id`,
    [sync, column(rows)],
  );
  return new Map(
    answered.map((asked): [string, IdentityAnswer] => {
      const { is, record = null } = asked.answer as { is: 'same' | 'new' | 'leave'; record?: string };
      return [asked.subject, is === 'leave' ? { is, asked } : { is, record }];
    }),
  );
}
