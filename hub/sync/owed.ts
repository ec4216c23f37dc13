/** What a record owes a service just now, row by row: settled from record, link and mapping as they are. Changes nothing. */
import type { CrmRecord } from '#crm/core.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { RuleProblem } from '#mappings/apply.ts';
import type { Tx } from '#store/database.ts';
import type { Flight } from '#store/flights.ts';
import { candidatesAmong } from '#store/held.ts';
import { entriesHere } from '#store/journal.ts';
import { type Link, linksOfRecords } from '#store/links.ts';
import { comingTo } from './awaiting.ts';
import { atHomeElsewhere } from './copies.ts';
import { newDesk } from './desk.ts';
import type { Env } from './env.ts';
import { ownerOf } from './owner.ts';
import type { Reason } from './reasons.ts';
import { type Apart, settle, type Withheld } from './settle.ts';
import type { OutwardTranslated, Unmet } from './translate.ts';
import { leftBehind, withheldFrom } from './withheld.ts';

/** What is to be sent, or why not. */
export type Sending = (
  | { is: 'send'; flight: Flight }
  | { is: 'nothing'; reason: Reason }
  /** It has to wait: for the answer to a question, since it may be there already, or for what it refers to. */
  | { is: 'wait'; reason: Reason }
  | { is: 'hold'; reason: Reason; field: string; question: { [name: string]: Json }; missing?: true }
) & { /** Why fields of the pair differ from now on; absent where they were not compared. */ apart?: Apart | null };

/** What a record owes one of its rows, or the service where it has none. */
export interface Sendings {
  id: string;
  record: CrmRecord | undefined;
  link: Link | null;
  sending: Sending;
  /** Records it refers to that have no row over there, where that keeps it back. */
  awaits: readonly Unmet[];
}

/** How things will stand when a plan's pages are kept. */
export interface Imagined {
  plan: number;
  /** Records that rows it has read may be, by the kind of question. */
  candidates: ReadonlyMap<string, Reason>;
  /** record → field → its value then; null: blank. */
  changes: ReadonlyMap<string, { [field: string]: Json }>;
}

/** What each record owes this service just now: to every living row of it. Changes nothing: previews ask it too. */
export async function sendingsOf(
  env: Env,
  tx: Tx,
  ids: readonly string[],
  imagined?: Imagined,
): Promise<Map<string, Sendings[]>> {
  const records = await env.crm.read(tx, ids);
  for (const [id, changes] of imagined?.changes ?? []) if (records.has(id)) records.set(id, changed(records.get(id)!, changes));
  const links = Map.groupBy(await linksOfRecords(tx, env.sync.id, ids), (l) => l.record);
  const linked = [...links.values()].flat().filter((l) => l.state === 'live' || l.state === 'dormant');
  const inward = (
    await env.translation.inward(
      tx,
      linked.map((l) => env.rowOf(l)),
      newDesk(),
      new Map(linked.flatMap((l) => (records.has(l.record) ? [[l.row, records.get(l.record)!.fields]] : []))),
    )
  ).translated;
  const told = ids.flatMap((id) => toldOf(links.get(id) ?? []).map((link) => ({ id, record: records.get(id), link })));
  const known = told.flatMap(({ record, link }) => (record ? [{ record, row: link ? env.rowOf(link).fields : undefined }] : []));
  const translated = await env.translation.outward(tx, known);
  const outward = translated.values();
  const coming = await comingTo(
    env,
    tx,
    translated.flatMap(({ unmet, problems }) => (problems.some(({ missing }) => missing) ? unmet : [])),
    imagined !== undefined,
  );
  const withheld = await withheldFrom(env, tx, [...records.keys()]);
  const behind = await leftBehind(
    env,
    tx,
    ids.flatMap((id) => (links.has(id) ? [] : (records.get(id) ?? []))),
  );
  const elsewhere = await atHomeElsewhere(
    env,
    tx,
    told.flatMap(({ id, record, link }) => (record && !link ? [{ id, owner: record.fields.owner }] : [])),
  );
  const waiting = await candidates(env, tx, links, ids, imagined);
  const dismissed = await dismissedOf(
    env,
    tx,
    told.flatMap(({ id, record, link }) => (link?.state === 'live' && record?.archived !== null ? [id] : [])),
  );
  const sendings = told.map(({ id, record, link }): Sendings => {
    const theirs = link ? inward.get(link.row) : undefined;
    const ours = record && outward.next().value;
    if (!record || !ours || record.archived !== null)
      return { id, record, link, sending: farewell(env, record, link, dismissed.has(id)), awaits: [] };
    const stays = elsewhere.has(id) ? 'elsewhere' : behind.get(id);
    const sending = stays ? nothing(stays) : decide(env, record, link, theirs, ours, withheld.get(id) ?? NOTHING);
    const unmet = sending.is === 'hold' && sending.missing === true;
    const awaits = unmet ? ours.unmet : [];
    if (unmet && allComing(awaits, coming))
      return { id, record, link, sending: { is: 'wait', reason: 'awaited', ...apartOf(sending) }, awaits };
    const asked = sending.is === 'send' && !link ? waiting.get(id) : undefined;
    return { id, record, link, sending: asked ? { is: 'wait', reason: asked } : sending, awaits };
  });
  return Map.groupBy(sendings, ({ id }) => id);
}

function changed(record: CrmRecord, changes: { [field: string]: Json }): CrmRecord {
  const fields = { ...record.fields };
  for (const [field, value] of Object.entries(changes)) {
    if (value === null) delete fields[field];
    else fields[field] = value;
  }
  return { ...record, fields };
}

/** Records without a row that may be one which is there: a person is being asked. */
async function candidates(
  env: Env,
  tx: Tx,
  links: ReadonlyMap<string, readonly Link[]>,
  ids: readonly string[],
  imagined: Imagined | undefined,
): Promise<ReadonlyMap<string, Reason>> {
  if (!env.mapping.createsTheirs) return new Map();
  const births = ids.filter((id) => !links.has(id));
  const asked = (await candidatesAmong(tx, env.sync.id, births, imagined?.plan ?? null)) as Map<string, Reason>;
  for (const id of births) {
    const kind = imagined?.candidates.get(id);
    if (kind) asked.set(id, kind);
  }
  return asked;
}

/** The links that are told: those that live, the leading one first; else the one that says why nothing is; null for a creation. */
function toldOf(links: readonly Link[]): (Link | null)[] {
  const live = links.filter((l) => l.state === 'live');
  if (live.length > 0) return live.sort((a, b) => Number(b.leads) - Number(a.leads));
  return [links.find((l) => l.state === 'dormant') ?? links[0] ?? null];
}

type Inward = { values: Values; resting: ReadonlySet<string>; outside: boolean };

const NOTHING: Withheld = { whole: false, fields: new Set() };

function decide(
  env: Env,
  record: CrmRecord,
  link: Link | null,
  theirs: Inward | undefined,
  outward: OutwardTranslated,
  withheld: Withheld,
): Sending {
  if (link?.state === 'severed' || link?.state === 'gone') return nothing(link.state);
  if (outward.outside) return nothing('outside');
  if (!link) return withheld.whole ? nothing(ownerOf(env.stream)!) : birth(env, record, outward, withheld.fields);
  if (!theirs) return nothing('gone');
  if (theirs.outside) return nothing('outside');
  if (env.rowOf(link).copy) return nothing('copy');
  const { tells, apart } = settle({
    rules: env.translation.rules,
    row: env.rowOf(link).fields,
    inward: theirs.values,
    resting: theirs.resting.union(outward.resting),
    record: record.fields,
    base: env.baseOf(link),
    edited: env.editedSince(link.mapping_version),
    leads: link.leads,
    sourcedElsewhere: env.sourcedElsewhere,
    outward: true,
    withheld: withheld.fields,
    owner: ownerOf(env.stream),
    cut: env.rowOf(link).cut ?? [],
    replaced: link.replaced,
    stale: false,
    rowTime: link.row_time ?? record.created,
    recordTime: (field) => record.times?.[field] ?? record.created,
    apart: (link.apart ?? null) as Apart | null,
    flips: link.flips,
    now: env.now(),
  });
  return { ...(tells.length === 0 ? nothing('in step') : change(env, record, link, tells, outward)), apart };
}

const nothing = (reason: Reason): Sending => ({ is: 'nothing', reason });

/** A value that the mapping cannot say in the service's words. */
const unmappable = ({ field, problem, value, missing }: RuleProblem): Sending => ({
  is: 'hold',
  reason: 'unmappable',
  field,
  question: { problem, ours: value },
  ...(missing && { missing }),
});

/** Of each thing that is referred to, is a row on its way? */
const allComing = (awaits: readonly Unmet[], coming: ReadonlySet<string>): boolean =>
  [...Map.groupBy(awaits, ({ choice }) => choice).values()].every((some) =>
    some.some(({ stream, target }) => coming.has(`${stream} ${target}`)),
  );

const apartOf = ({ apart }: Sending): Pick<Sending, 'apart'> => (apart === undefined ? {} : { apart });

/** An update: the fields owed, in the service's words. */
function change(env: Env, record: CrmRecord, link: Link, tells: readonly string[], outward: OutwardTranslated): Sending {
  const row = env.rowOf(link);
  const problem = outward.problems.find((p) => tells.includes(p.field));
  if (problem) return unmappable(problem);
  const flight: Flight = { row: link.row, fields: {}, ours: {}, replaced: {}, mappingVersion: env.mappingVersion };
  if (row.version !== undefined) flight.version = row.version;
  for (const rule of env.translation.rules) {
    if (!tells.includes(rule.crm) || rule.theirs === null) continue;
    flight.fields[rule.theirs] = outward.values[rule.theirs] ?? null;
    flight.ours[rule.crm] = record.fields[rule.crm] ?? null;
    flight.replaced[rule.theirs] = row.fields[rule.theirs] ?? null;
  }
  return { is: 'send', flight };
}

/** A creation: everything the mapping says outward, but what came from another person's account, or other books. */
function birth(env: Env, record: CrmRecord, outward: OutwardTranslated, withheld: ReadonlySet<string>): Sending {
  if (!env.mapping.createsTheirs) return nothing('creation off');
  const problem = outward.problems[0];
  if (problem) return unmappable(problem);
  const flight: Flight = { fields: { ...outward.values }, ours: {}, replaced: {}, mappingVersion: env.mappingVersion };
  for (const rule of env.translation.rules) {
    if (rule.way === 'in' || rule.theirs === null || outward.resting.has(rule.crm)) continue;
    if (withheld.has(rule.crm)) {
      delete flight.fields[rule.theirs];
      continue;
    }
    const value = record.fields[rule.crm];
    if (value !== undefined) flight.ours[rule.crm] = value;
  }
  return Object.keys(flight.fields).length === 0 ? nothing('in step') : { is: 'send', flight };
}

/**
 * Which of these, archived or erased, a person sent away rather than a sync whose row had gone: going away never spreads by itself.
 * Asked only where rows go with their records.
 */
async function dismissedOf(env: Env, tx: Tx, records: readonly string[]): Promise<ReadonlySet<string>> {
  const dismissed = new Set<string>();
  if (env.mapping.oursGone !== 'remove' || records.length === 0) return dismissed;
  for (const { record, sync, action } of await entriesHere(tx, records)) {
    if (action !== 'archive' && action !== 'delete') continue;
    if (sync === null) dismissed.add(record);
    else dismissed.delete(record);
  }
  return dismissed;
}

/** An archived or erased record: the row goes too, if a person sent it away and the mapping says so. */
function farewell(env: Env, record: CrmRecord | undefined, link: Link | null, dismissed: boolean): Sending {
  if (link?.state === 'severed' || link?.state === 'gone') return nothing(link.state);
  if (link?.state === 'live' && env.rowOf(link).copy) return nothing('copy');
  if (link?.state !== 'live' || !dismissed || (record && record.mergedInto !== null))
    return nothing(record ? 'archived' : 'gone');
  const flight: Flight = { row: link.row, fields: {}, ours: {}, replaced: {}, mappingVersion: env.mappingVersion, remove: true };
  return { is: 'send', flight };
}
