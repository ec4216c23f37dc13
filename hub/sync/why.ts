/** Why is this row or record not in step? Answers from the closed list of reasons (`reasons.ts`), for every sync it could be in. */
import type { CrmRecord } from '#crm/core.ts';
import { notItsLines } from '#crm/ledger/whole.ts';
import { Fault } from '#hub/fault.ts';
import type { Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import { awaitedBy } from '#store/awaited.ts';
import type { Tx } from '#store/database.ts';
import { intentsOf } from '#store/flights.ts';
import { type HeldRow, heldAbout, heldNaming, identityAnswers } from '#store/held.ts';
import { entriesHere } from '#store/journal.ts';
import { leftOutBecause } from '#store/left-out.ts';
import { type Link, linksOfRecords, linksOfRows, standingElsewhere } from '#store/links.ts';
import { getMapping, getVersion } from '#store/mappings.ts';
import { listSources } from '#store/sources.ts';
import { connectionPause, listSyncs, type SyncRow } from '#store/syncs.ts';
import { homeOf, mayShare, type Owner, ownerOf, sharesOpen } from './owner.ts';
import type { Parts } from './parts.ts';
import { REASONS, type Reason } from './reasons.ts';
import { staysBehind } from './withheld.ts';

export interface Why {
  /** Null where no sync could bring it in step. */
  sync: number | null;
  stream: string | null;
  connection: number | null;
  row: string | null;
  record: string | null;
  reason: Reason;
  /** The reason as a sentence. */
  says: string;
  /** Particulars: a pause's reason, a held question's id. */
  detail: string | null;
}

/** Of a record: one answer for each sync of its object, and one for each row that may be the same. */
export async function whyRecord(tx: Tx, { crm, streamOf }: Pick<Parts, 'crm' | 'streamOf'>, id: string): Promise<Why[]> {
  const record = (await crm.read(tx, [id])).get(id);
  if (!record)
    throw new Fault('missing', `record ${id}: not found`, 'Check the id; records of other workspaces are not visible.');
  const syncs = (await listSyncs(tx)).filter((s) => s.object === record.object);
  const owner = (sync: SyncRow | undefined) => (sync === undefined ? null : ownerOf(streamOf(sync.stream)));
  const answers: Why[] = [];
  for (const sync of syncs) {
    const links = await linksOfRecords(tx, sync.id, [id]);
    const link = links.find((l) => l.state === 'live' && l.leads) ?? links[0] ?? null;
    const naming = await heldNaming(tx, sync.id, id);
    const stream = streamOf(sync.stream);
    const tied = (await ofSync(tx, sync)) ?? (await ofPair(tx, sync, stream, link, link?.row ?? null, id));
    const alone = async (): Promise<Found> => {
      const kind = owner(sync);
      const born = kind !== null && owner(await bornIn(tx, syncs, id, sync)) === kind;
      if (stream.once && record.archived === null && (await isElsewhere(tx, crm, sync, record))) return { reason: 'elsewhere' };
      return unlinked(tx, sync, stream, record, born ? kind : null);
    };
    const found = tied ?? (naming.length === 0 ? await alone() : null);
    if (found) answers.push(answer(sync, link?.row ?? null, id, found));
    for (const held of naming) answers.push(answer(sync, held.row, id, asked(held)));
  }
  return answers.length > 0 ? answers : [answer(null, null, id, { reason: 'not mapped' })];
}

/** Of a row, by its id: one answer for each sync of its stream. `attended`: something beside the engine may leave out rows of it. */
export async function whyRow(
  tx: Tx,
  { streamOf }: Pick<Parts, 'streamOf'>,
  stream: string,
  row: string,
  attended = false,
): Promise<Why[]> {
  const answers: Why[] = [];
  for (const sync of (await listSyncs(tx)).filter((s) => s.stream === stream)) {
    const link = (await linksOfRows(tx, sync.id, [row]))[0] ?? null;
    const found =
      (await ofSync(tx, sync)) ??
      (await ofPair(tx, sync, streamOf(sync.stream), link, row, link?.record ?? null)) ??
      (await leftAlone(tx, sync, row)) ??
      (await rowAlone(tx, sync, row, attended));
    answers.push(answer(sync, row, link?.record ?? found.record ?? null, found));
  }
  return answers.length > 0 ? answers : [{ ...answer(null, row, null, { reason: 'not mapped' }), stream }];
}

interface Found {
  reason: Reason;
  detail?: string | null;
  /** The only record it may be. */
  record?: string;
}

const answer = (sync: SyncRow | null, row: string | null, record: string | null, found: Found): Why => ({
  sync: sync?.id ?? null,
  stream: sync?.stream ?? null,
  connection: sync?.connection ?? null,
  row,
  record,
  reason: found.reason,
  says: REASONS[found.reason],
  detail: found.detail ?? null,
});

/** What holds up the whole sync. */
async function ofSync(tx: Tx, sync: SyncRow): Promise<Found | null> {
  const paused = await connectionPause(tx, sync.connection);
  if (paused) return { reason: 'connection paused', detail: paused.reason };
  if (sync.state === 'paused') return { reason: 'sync paused', detail: sync.reason };
  if (sync.state === 'waiting') return { reason: 'sync waiting' };
  return null;
}

/** What holds up this pair: a question, a state of its link, a delivery under way. */
async function ofPair(
  tx: Tx,
  sync: SyncRow,
  stream: Stream,
  link: Link | null,
  row: string | null,
  record: string | null,
): Promise<Found | null> {
  const held = (
    await heldAbout(
      tx,
      [row, record].flatMap((s) => s ?? []),
      record,
    )
  ).find((h) => h.sync === sync.id);
  if (held) return asked(held);
  const unmet = await unmetOf(tx, sync, row, record);
  if (unmet) return unmet;
  const intent = record === null ? undefined : (await intentsOf(tx, sync.id, [record]))[0];
  if (intent?.state === 'flying') return { reason: 'in flight' };
  if (intent?.state === 'unsure') return { reason: 'unsure', detail: intent.since };
  const copy = link?.state === 'live' && stream.toRow(link.raw).copy !== undefined;
  if (copy) return { reason: 'copy' };
  if (intent && link?.state === 'live') return { reason: 'owed' };
  if (!link) return null;
  if (link.state === 'severed' || link.state === 'gone') return { reason: link.state };
  if (link.state === 'dormant') return { reason: 'outside' };
  const apart = Object.entries(link.apart ?? {})[0];
  const told = ['parted', 'rendering', 'personal', 'other books'].find((why) => why === apart?.[1]) as Reason | undefined;
  if (told) return { reason: told, detail: `field ${apart![0]}` };
  return (await ofSources(tx, sync, link)) ?? { reason: 'in step' };
}

/** What it refers to and is not there, this way or the other. */
async function unmetOf(tx: Tx, sync: SyncRow, row: string | null, record: string | null): Promise<Found | null> {
  const awaited = [
    ...(row === null ? [] : await awaitedBy(tx, sync.id, 'row', [row])),
    ...(record === null ? [] : await awaitedBy(tx, sync.id, 'record', [record])),
  ];
  if (awaited.length === 0) return null;
  const some = awaited.slice(0, 5).map(({ field, stream, target }) => `field ${field}: ${stream} ${target}`);
  return { reason: 'awaited', detail: some.join('; ') };
}

/** A field that differs because its source is another connection. */
async function ofSources(tx: Tx, sync: SyncRow, link: Link): Promise<Found | null> {
  const oneWay = Object.entries(link.apart ?? {}).flatMap(([field, why]) => (why === 'one way' ? [field] : []));
  if (oneWay.length === 0) return null;
  const source = (await listSources(tx, sync.object)).find(
    ({ field, connection }) => oneWay.includes(field) && connection !== sync.connection,
  );
  return source
    ? { reason: 'sourced elsewhere', detail: `field ${source.field}, its source is connection ${source.connection}` }
    : null;
}

/** A row whose question a person left as it is. */
async function leftAlone(tx: Tx, sync: SyncRow, row: string): Promise<Found | null> {
  const said = (await identityAnswers(tx, sync.id, [row])).get(row);
  if (said?.is !== 'leave') return null;
  const { id, kind, by } = said.asked;
  return { reason: kind as Reason, detail: `held question ${id}, left as it is by ${by}` };
}

/** A question that waits for a person; of one whether a row is somebody known, with whom it may be. */
function asked({ id, kind, field, question }: HeldRow): Found {
  const candidates = (question.candidates ?? []) as string[];
  const said = question.reason ?? question.problem;
  const reason = typeof said === 'string' ? `: ${said}` : '';
  const about = candidates.length > 0 ? `, may be ${candidates.join(' or ')}` : field === '' ? '' : `, field ${field}`;
  const only = candidates.length === 1 ? { record: candidates[0]! } : {};
  return { reason: kind as Reason, detail: `held question ${id}${about}${reason}`, ...only };
}

/** Does it stand in another account, or belong to nobody whose account this is? */
async function isElsewhere(tx: Tx, crm: Parts['crm'], sync: SyncRow, { id, fields }: CrmRecord): Promise<boolean> {
  const home = await homeOf(tx, crm, sync.connection);
  return !home.has(String(fields.owner)) || (await standingElsewhere(tx, sync.id, [id])).length > 0;
}

/** The sync of another account that brought the record into being. */
async function bornIn(tx: Tx, syncs: readonly SyncRow[], id: string, here: SyncRow): Promise<SyncRow | undefined> {
  const born = (await entriesHere(tx, [id])).find((entry) => entry.action === 'create');
  return syncs.find((sync) => sync.id === born?.sync && sync.connection !== here.connection);
}

/** A record without a row over there. `foreign`: it came from another account of this kind. */
async function unlinked(
  tx: Tx,
  sync: SyncRow,
  stream: Stream,
  { archived, fields }: CrmRecord,
  foreign: Owner | null,
): Promise<Found> {
  if (archived !== null) return { reason: 'archived' };
  if (sync.succeeded === null) return { reason: 'not read yet' };
  const body = await mappingOf(tx, sync);
  if (body && body.create !== 'both' && body.create !== 'theirs') return { reason: 'creation off' };
  const stays = body && (sharesOpen(body, stream) ? staysBehind(fields) : mayShare(body, stream) ? null : foreign);
  if (foreign !== null && stays) return { reason: stays, detail: stays === 'not its lines' ? notItsLines(fields) : null };
  return { reason: body?.only?.crm ? 'outside' : 'owed' };
}

/** A row without a link that nobody is asked about: one that was left out, or none that was ever read. */
async function rowAlone(tx: Tx, sync: SyncRow, row: string, attended: boolean): Promise<Found> {
  if (sync.succeeded === null || sync.pass !== null) return { reason: 'not read yet' };
  if (sync.remembers) return { reason: ((await leftOutBecause(tx, sync.id, row)) ?? 'unknown row') as Reason };
  const body = await mappingOf(tx, sync);
  const creates = body?.create === 'both' || body?.create === 'crm';
  const all = body?.only?.theirs === undefined;
  if (all && creates && !attended) return { reason: 'unknown row' };
  return {
    reason: all && !creates ? 'creation off' : 'outside',
    detail: 'if there is such a row: of those left out none is kept',
  };
}

async function mappingOf(tx: Tx, sync: SyncRow): Promise<Mapping | undefined> {
  const mapping = await getMapping(tx, sync.mapping);
  return mapping && ((await getVersion(tx, mapping.id, mapping.version))?.body as Mapping | undefined);
}
