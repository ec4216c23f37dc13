/** Rows that are gone, applied after the pass that told of them: with a brake, and never against an edit. */

import type { Cause, CrmRecord } from '#crm/core.ts';
import { forWork } from '#hub/shares.ts';
import { equal } from '#kit/values.ts';
import type { Mapping } from '#mappings/format.ts';
import { unpark } from '#store/awaited.ts';
import type { Tx } from '#store/database.ts';
import { type NewHeld, openHeld } from '#store/held.ts';
import { writeJournal } from '#store/journal.ts';
import { forgetMissed, type Link, linksOfRows, otherLinks, setLinkState } from '#store/links.ts';
import { addDepartures, countDepartures, dropDepartures, listDepartures, touch } from '#store/passes.ts';
import { patchSync } from '#store/syncs.ts';
import { addTally } from '#store/tallies.ts';
import { allowDeletions } from './brakes.ts';
import { otherwiseKnown } from './copies.ts';
import { type Counts, count } from './counts.ts';
import type { Env } from './env.ts';
import { noteGone } from './outcomes.ts';
import { noteProgress } from './progress.ts';
import type { Reason } from './reasons.ts';

/** So many rows go together. */
export const DEPARTING = 200;

const GONE = 'edited here, gone there' satisfies Reason;

/** Applies what is waiting. True if there was something to do. */
export async function depart(env: Env, run: number, counts: Counts): Promise<boolean> {
  if ((await env.page((tx) => countDepartures(tx, env.sync.id))) === 0) return false;
  await confirmAbsences(env);
  const waiting = await env.page((tx) => countDepartures(tx, env.sync.id));
  await env.page((tx) => allowDeletions(env, tx, 'deletions here', waiting));
  for (;;) {
    const left = await env.page(async (tx) => {
      const rows = await listDepartures(tx, env.sync.id, 'told', DEPARTING);
      await apply(env, tx, rows, run, counts);
      await dropDepartures(tx, env.sync.id, rows);
      await noteProgress(env, tx, run, counts);
      return rows.length;
    });
    if (left < DEPARTING) return true;
  }
}

/** Rows that passes did not show are asked for by name: those that are there after all stay, the others are gone for sure. */
async function confirmAbsences(env: Env): Promise<void> {
  for (;;) {
    const rows = await env.page((tx) => listDepartures(tx, env.sync.id, 'absent', DEPARTING));
    if (rows.length === 0) return;
    const present = await stillThere(env, rows);
    await env.page(async (tx) => {
      await forgetMissed(tx, env.sync.id, present);
      await touch(tx, env.sync.id, present, new Date(env.now()), 'absent from a pass, yet there');
      await dropDepartures(tx, env.sync.id, present);
      // The service's lists lag behind it: another full pass now would only show the same.
      if (present.length > 0) await patchSync(tx, env.sync.id, { pull_due: new Date(env.now() + env.sync.every) });
      await addDepartures(
        tx,
        env.sync.id,
        rows.filter((row) => !present.includes(row)),
        'told',
      );
    });
  }
}

/** An absence is confirmed by asking for the row itself. */
async function stillThere(env: Env, rows: readonly string[]): Promise<string[]> {
  if (!env.stream.fetch) return [];
  const size = env.stream.batch.fetch ?? 1;
  const there: string[] = [];
  for (let at = 0; at < rows.length; at += size) {
    const found = await env.stream.fetch(forWork(env.context, 'poll'), rows.slice(at, at + size));
    there.push(...found.rows.map((r) => r.id), ...found.misfits.map((m) => m.id));
  }
  return there;
}

/** What a row's going does to its record; `ask`: the record was edited since, a person decides; `none`: it has other rows, or is gone itself. */
export type Effect = NonNullable<Mapping['gone']> | 'ask' | 'none';

/** A living link whose row is gone. */
interface Parting {
  link: Link;
  record: CrmRecord | undefined;
  effect: Effect;
}

/** What the going of rows, together, does. Changes nothing: previews ask it too. */
export async function partingsOf(env: Env, tx: Tx, rows: readonly string[]): Promise<Parting[]> {
  const links = (await linksOfRows(tx, env.sync.id, rows)).filter((l) => l.state === 'live' || l.state === 'dormant');
  const records = await env.crm.read(tx, [...new Set(links.map((l) => l.record))]);
  const alive = (link: Link) => records.get(link.record)?.archived === null;
  const copies = links.filter((link) => env.rowOf(link).copy);
  const others = new Set([
    ...(await otherLinks(tx, env.sync, [...records.keys()], rows)),
    ...(await otherwiseKnown(tx, env.sync.id, copies)),
  ]);
  const asked = links.filter((link) => link.leads && alive(link) && edited(env, link, records.get(link.record)!));
  const stays = new Set([...others, ...asked.map((link) => link.record)]);
  return links.map((link) => ({
    link,
    record: records.get(link.record),
    effect: asked.includes(link) ? 'ask' : !alive(link) || stays.has(link.record) ? 'none' : env.mapping.gone,
  }));
}

async function apply(env: Env, tx: Tx, rows: readonly string[], run: number, counts: Counts): Promise<void> {
  if (env.sync.parked) await unpark(tx, env.sync.id, rows);
  const partings = await partingsOf(env, tx, rows);
  const gone = partings.map(({ link }) => link);
  const held = partings.flatMap(({ link: { row, record: id }, record, effect }): NewHeld[] =>
    effect === 'ask' ? [{ subject: row, field: '', kind: GONE, row, record: id, question: { record: record!.name } }] : [],
  );
  const leaving = partings.filter(({ effect }) => effect === env.mapping.gone).map(({ link }) => link.record);
  await setLinkState(
    tx,
    env.sync.id,
    gone.map((l) => l.row),
    'gone',
  );
  await openHeld(tx, env.sync.id, held, new Date(env.now()));
  await goneHere(env, tx, [...new Set(leaving)], new Map(gone.map((l) => [l.record, l.row])), run);
  await noteGone(
    env,
    tx,
    partings.map(({ link, effect }) => ({ row: link.row, effect })),
  );
  await addTally(tx, env.sync.id, 'deletions here', gone.length, new Date(env.now()));
  count(counts, 'gone', gone.length);
  count(counts, 'questions', held.length);
}

async function goneHere(
  env: Env,
  tx: Tx,
  records: readonly string[],
  rows: ReadonlyMap<string, string>,
  run: number,
): Promise<void> {
  const at = new Date(env.now()).toISOString();
  const cause: Cause = { by: env.by, at, run, sync: env.sync.id, mappingVersion: env.mappingVersion, rows };
  if (records.length > 0 && env.mapping.gone === 'archive') return env.crm.archive(tx, records, cause);
  if (records.length > 0 && env.mapping.gone === 'delete') return env.crm.erase(tx, records, cause);
  await writeJournal(
    tx,
    { at, by: env.by, run, sync: env.sync.id, mappingVersion: env.mappingVersion },
    records.map((record) => ({ record, row: rows.get(record) ?? null, side: 'ours', action: 'unlink', changes: null })),
  );
}

/** Has the record been edited since the two agreed? An edit beats a deletion. */
function edited(env: Env, link: Link, record: CrmRecord): boolean {
  return env.translation.rules.some(
    (rule) => rule.way !== 'in' && !equal(rule.field, record.fields[rule.crm], link.ours[rule.crm]),
  );
}
