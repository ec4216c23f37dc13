/** A person answers a held question, cuts a tie, or mends one. */
import type { Cause } from '#crm/core.ts';
import { Fault } from '#hub/fault.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import { reopen } from '#store/flights.ts';
import { closeHeld, getHeld, type HeldRow, wakeCandidates } from '#store/held.ts';
import { mark, markFor } from '#store/intents.ts';
import { linksOfRows, putLinks, releaseLinks, setLinkState } from '#store/links.ts';
import { touch } from '#store/passes.ts';
import { getSync, oneWriter, patchSync } from '#store/syncs.ts';
import { type BrakeKind, release } from './brakes.ts';
import { settleConflict, type Verdict } from './conflict.ts';
import type { Parts } from './parts.ts';
import type { Reason } from './reasons.ts';

/** How long a mended row has to be looked at before its record is sent. */
const LOOK_FIRST_MS = 60_000;

export type Answer =
  /** A conflict. */
  | Verdict
  /** A stranger that could be somebody known: it is this record, or it is somebody new. */
  | { is: 'same'; record: string }
  | { is: 'new' }
  /** A brake: let so many pass. A refused or unsure change: try again. */
  | { is: 'go on' }
  /** Leave it as it is. */
  | { is: 'leave' };

/** Which answers a question of each kind takes. */
export const ANSWERS: { readonly [kind in Reason]?: readonly Answer['is'][] } = {
  conflict: ['crm', 'theirs', 'value', 'leave'],
  flipping: ['crm', 'theirs', 'value', 'leave'],
  duplicate: ['same', 'new', 'leave'],
  ambiguous: ['same', 'new', 'leave'],
  'possible match': ['same', 'new', 'leave'],
  misfit: ['go on', 'leave'],
  unmappable: ['go on', 'leave'],
  refused: ['go on', 'leave'],
  unsure: ['go on', 'leave'],
  stale: ['go on', 'leave'],
  failed: ['go on', 'leave'],
  'edited here, gone there': ['crm', 'theirs', 'leave'],
  'archived here, edited there': ['crm', 'theirs', 'leave'],
  brake: ['go on', 'leave'],
};

export async function answerHeld(parts: Parts, workspace: number, id: number, answer: Answer, by: string): Promise<void> {
  const at = new Date(parts.now());
  await parts.store.workspace(workspace, async (tx) => {
    await oneWriter(tx); // an answer may make records, as a page does
    const held = await getHeld(tx, id);
    if (!held) throw new Fault('missing', `held question ${id}: not found`, 'List the held questions to see which there are.');
    if (held.closed !== null)
      throw new Fault('conflict', `held question ${id} was answered ${held.closed} by ${held.by}`, 'Nothing is left to do.');
    const allowed = ANSWERS[held.kind as Reason] ?? ['leave'];
    if (!allowed.includes(answer.is)) {
      throw new Fault(
        'invalid',
        `a question of kind "${held.kind}" was answered "${answer.is}"`,
        `Answer with one of: ${allowed.join(', ')}.`,
      );
    }
    await closeHeld(tx, id, JSON.parse(JSON.stringify(answer)) as Json, by, at);
    await act(parts, tx, held, answer, { by, at: at.toISOString() });
    await patchSync(tx, held.sync, { due: at });
  });
}

async function act(parts: Parts, tx: Tx, held: HeldRow, answer: Answer, cause: Cause): Promise<void> {
  if (answer.is === 'leave') return wakeCandidates(tx, held.sync, [held.subject]);
  switch (held.kind as Reason) {
    case 'conflict':
    case 'flipping':
      if (answer.is === 'crm' || answer.is === 'theirs' || answer.is === 'value')
        await settleConflict(parts, tx, held, answer, cause);
      return;
    case 'duplicate':
    case 'ambiguous':
    case 'possible match':
      if (answer.is === 'same') await expectRecord(parts, tx, held, answer.record);
      // Matching reads the answer itself (`match.ts`); the row only has to be read again.
      return touch(tx, held.sync, [held.subject], new Date(cause.at), 'answered');
    case 'edited here, gone there':
      return settleGone(parts, tx, held, answer, cause);
    case 'archived here, edited there':
      if (held.record === null) return;
      if (answer.is === 'crm') return letStand(parts, tx, held);
      await parts.crm.restore(tx, [held.record], cause);
      return again(tx, held, cause.at);
    case 'brake':
      return release(tx, held.sync, held.question as { brake: BrakeKind; found: number; allowed: number }, new Date(cause.at));
    case 'unsure':
      if (held.record) await reopen(tx, held.sync, [{ record: held.record, notBefore: null, counts: false }]);
      return;
    default:
      return again(tx, held, cause.at);
  }
}

/** Throws `Fault` where the record one is said to be cannot be it. */
async function expectRecord(parts: Parts, tx: Tx, held: HeldRow, id: string): Promise<void> {
  const record = (await parts.crm.read(tx, [id])).get(id);
  const { object } = (await getSync(tx, held.sync))!;
  if (record?.object === object && record.mergedInto === null) return;
  const found = record ? `${record.mergedInto === null ? '' : 'merged '}${record.object}` : 'no record';
  throw new Fault('invalid', `record ${id} cannot be that ${object}`, `Name a ${object} of this workspace.`, [
    { path: 'record', found, allowed: `the id of a ${object}` },
  ]);
}

/** Tried once more: the row is read again, the record settled again. */
async function again(tx: Tx, held: HeldRow, at: string): Promise<void> {
  if (held.row !== null) await touchAnew(tx, held.sync, held.row, at);
  if (held.record !== null) await markFor(tx, held.sync, [held.record]);
}

/** The link forgets the row's version, so that the next read settles it whatever it says. */
async function touchAnew(tx: Tx, sync: number, row: string, at: string): Promise<void> {
  const link = (await linksOfRows(tx, sync, [row]))[0];
  if (link) await putLinks(tx, sync, [{ ...link, version: null }]);
  await touch(tx, sync, [row], new Date(at), 'answered');
}

/** Ours stands: the row as it was asked about counts as read, what it says as news for the day the record is restored. */
async function letStand(parts: Parts, tx: Tx, held: HeldRow): Promise<void> {
  await markFor(tx, held.sync, [held.record!]);
  const { stream } = (await getSync(tx, held.sync))!;
  const { toRow } = parts.streamOf(stream);
  const { row: raw } = held.question as { row: Json };
  const link = (await linksOfRows(tx, held.sync, [held.subject]))[0];
  if (!link) return;
  const before = toRow(link.raw).fields;
  const now = toRow(raw).fields;
  const lag: Values = {};
  for (const field of Object.keys({ ...before, ...now }))
    if (JSON.stringify(before[field]) !== JSON.stringify(now[field])) lag[field] = before[field] ?? null;
  await putLinks(tx, held.sync, [{ ...link, raw, version: null, theirs: { ...lag, ...link.theirs } }]);
}

async function settleGone(parts: Parts, tx: Tx, held: HeldRow, answer: Answer, cause: Cause): Promise<void> {
  if (held.record === null) return;
  if (answer.is === 'theirs') return parts.crm.archive(tx, [held.record], cause);
  // Ours stands: the tie to the deleted row is forgotten, and the record may be created there anew.
  if (held.row !== null) await releaseLinks(tx, held.sync, [held.row]);
  await mark(tx, [{ id: held.record, object: (await getSync(tx, held.sync))!.object }], undefined);
}

/** Cuts the tie between a row and its record, for good until `mend`. */
export async function sever(parts: Parts, workspace: number, sync: number, row: string): Promise<void> {
  await parts.store.workspace(workspace, async (tx) => {
    await oneWriter(tx); // a page under way would write the link as it read it
    const link = (await linksOfRows(tx, sync, [row]))[0];
    if (!link) throw new Fault('missing', `row ${row} has no link in sync ${sync}`, 'Ask `why` about the row.');
    await setLinkState(tx, sync, [row], 'severed');
  });
}

/** Forgets severed and gone ties: their rows and records may be matched and created again. */
export async function mend(parts: Parts, workspace: number, sync: number, rows: readonly string[] | 'all'): Promise<number> {
  const at = new Date(parts.now());
  return parts.store.workspace(workspace, async (tx) => {
    await oneWriter(tx);
    const mended = await releaseLinks(tx, sync, rows);
    await touch(
      tx,
      sync,
      mended.map((l) => l.row),
      at,
      'mended',
    );
    const records = mended.map((l) => l.record);
    await markFor(tx, sync, records);
    // The row is looked at first: a record sent before that would be created there a second time.
    const notBefore = new Date(at.getTime() + LOOK_FIRST_MS);
    await reopen(
      tx,
      sync,
      records.map((record) => ({ record, notBefore, counts: false })),
    );
    await patchSync(tx, sync, { due: at });
    return mended.length;
  });
}
