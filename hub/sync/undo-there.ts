/** Undoing over there: what the run wrote is written back, what it created is removed, where the row is as it was when the undo was planned. */
import type { Values } from '#kit/fields.ts';
import type { Draft, Outcome, Row } from '#kit/stream.ts';
import { writeJournal } from '#store/journal.ts';
import { type Link, linksOfRecords, putLinks } from '#store/links.ts';
import { type Later, persist } from './attempt.ts';
import { count } from './counts.ts';
import type { Env } from './env.ts';
import type { Keeping } from './keep.ts';
import type { PutBack, Undoing } from './undoing.ts';

/** Rows as they are over there now. */
export async function freshRows(env: Env, rows: readonly string[]): Promise<Map<string, Row>> {
  const fresh = new Map<string, Row>();
  const size = env.stream.batch.fetch ?? 1;
  for (let at = 0; at < rows.length && env.stream.fetch; at += size) {
    const found = await env.stream.fetch(env.context, rows.slice(at, at + size));
    for (const row of found.rows) fresh.set(row.id, row);
  }
  return fresh;
}

/** `seen`: the rows by which the undoings were planned. Whatever is not carried out becomes a reason why it was left. */
export async function undoThere(
  env: Env,
  undoings: readonly Undoing[],
  seen: ReadonlyMap<string, Row>,
  keeping: Keeping,
): Promise<void> {
  const updates = undoings.flatMap((undoing) => undoing.theirs.map((back): WrittenBack => ({ undoing, back })));
  const removals = undoings.filter((u) => u.removeRow);
  const size = env.stream.batch.push ?? 1;
  for (let at = 0; at < updates.length; at += size) await writeBack(env, updates.slice(at, at + size), seen, keeping);
  const most = env.stream.batch.remove ?? 1;
  for (let at = 0; at < removals.length; at += most) await takeAway(env, removals.slice(at, at + most), seen, keeping);
}

/** Those of the rows that nobody has changed since they were seen: read once more, for a service may know no versions. */
async function unchanged(env: Env, rows: readonly string[], seen: ReadonlyMap<string, Row>): Promise<Map<string, Row>> {
  const fresh = await freshRows(env, rows);
  for (const [id, row] of fresh) {
    const before = seen.get(id);
    if (before === undefined || env.versionOf(before) !== env.versionOf(row)) fresh.delete(id);
  }
  return fresh;
}

const MEANWHILE = 'somebody edited the row meanwhile';
const answered = (outcome: { is: string } | undefined): string => `the service answered: ${outcome?.is ?? 'nothing'}`;

async function takeAway(env: Env, undoings: readonly Undoing[], seen: ReadonlyMap<string, Row>, keeping: Keeping): Promise<void> {
  const still = await unchanged(
    env,
    undoings.map((u) => u.removeRow!),
    seen,
  );
  const left = (undoing: Undoing, why: string) => undoing.left.push({ what: 'creation over there', why });
  for (const undoing of undoings) if (!still.has(undoing.removeRow!)) left(undoing, MEANWHILE);
  const removals = undoings.filter((u) => still.has(u.removeRow!));
  const outcomes = await persist(env, removals, (some) =>
    env.stream.remove!(
      env.context,
      some.map((u) => u.removeRow!),
    ),
  );
  for (const [at, undoing] of removals.entries()) {
    const outcome = outcomes[at];
    if (outcome?.is === 'done' || outcome?.is === 'gone') count(keeping.counts, 'removed there');
    else left(undoing, answered(outcome));
  }
}

interface WrittenBack {
  undoing: Undoing;
  back: PutBack;
}

async function writeBack(
  env: Env,
  wanted: readonly WrittenBack[],
  seen: ReadonlyMap<string, Row>,
  keeping: Keeping,
): Promise<void> {
  const still = await unchanged(
    env,
    wanted.map(({ back }) => back.row),
    seen,
  );
  const left = (undoing: Undoing, why: string) => undoing.left.push({ what: 'change over there', why });
  for (const { undoing, back } of wanted) if (!still.has(back.row)) left(undoing, MEANWHILE);
  const all = wanted.filter(({ back }) => still.has(back.row));
  if (all.length === 0) return;
  const drafts = all.map(({ undoing, back }) => draftOf(keeping.run, undoing, back, still.get(back.row)!));
  const outcomes: (Outcome | Later)[] = await persist(env, drafts, (some) => env.stream.push!(env.context, some));
  const begun = await env.reading();
  await env.page(async (tx) => {
    const touched = [...new Set(all.map(({ undoing }) => undoing.record))];
    const links = new Map((await linksOfRecords(tx, env.sync.id, touched)).map((l) => [l.row, l]));
    const records = await env.crm.read(tx, touched);
    const written = all.flatMap(({ undoing, back }, at) => {
      const outcome = outcomes[at];
      const link = links.get(back.row);
      const record = records.get(undoing.record);
      if (outcome?.is === 'done' && link && record)
        return [{ back, link: parted(env, { ...link, ...agreedOf(env, outcome.row), begun }, record.fields, back) }];
      left(undoing, answered(outcome));
      return [];
    });
    await putLinks(
      tx,
      env.sync.id,
      written.map(({ link }) => link),
    );
    const at = new Date(env.now()).toISOString();
    const head = { at, by: env.by, run: keeping.run, sync: env.sync.id, mappingVersion: env.mappingVersion };
    await writeJournal(
      tx,
      head,
      written.map(({ back, link }) => ({
        record: link.record,
        row: link.row,
        side: 'theirs' as const,
        action: 'update' as const,
        changes: JSON.stringify(changesOf(back, still.get(back.row)!)),
      })),
    );
  });
}

function draftOf(run: number, { record }: Undoing, { row: id, fields }: PutBack, row: Row): Draft {
  const key = `undo-${run}-${id}`;
  return { key, mark: record, id, fields, raw: row.raw, ...(row.version ? { version: row.version } : {}) };
}

function agreedOf(env: Env, row: Row): Pick<Link, 'raw' | 'version' | 'row_time'> {
  return { raw: row.raw, version: env.versionOf(row), row_time: row.time ?? null };
}

function changesOf({ fields }: PutBack, before: Row): { [field: string]: object } {
  return Object.fromEntries(
    Object.entries(fields).map(([field, to]) => [field, { from: before.fields[field] ?? null, to, why: 'undo' }]),
  );
}

/** Both sides agree to differ in these fields (of theirs) until someone edits. */
function parted(env: Env, link: Link, record: Values, { fields }: PutBack): Link {
  const ours = { ...link.ours };
  const apart = { ...link.apart };
  for (const rule of env.translation.rules) {
    if (rule.theirs === null || !Object.hasOwn(fields, rule.theirs)) continue;
    const value = record[rule.crm];
    if (value === undefined) delete ours[rule.crm];
    else ours[rule.crm] = value;
    apart[rule.crm] = 'parted';
  }
  return { ...link, ours, apart, settles: null, replaced: null };
}
