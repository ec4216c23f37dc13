/**
 * One page of rows against what is known of them. `planPage` decides and changes nothing; `carryOut` does what was decided. A
 * preview calls the first and keeps what it says; a run calls both in one transaction.
 */
import type { CrmRecord, Update } from '#crm/core.ts';
import type { Row } from '#kit/connector.ts';
import type { Json, Values } from '#kit/fields.ts';
import { equal } from '#kit/values.ts';
import type { Tx } from '#store/database.ts';
import { type IntentRow, inFlight, intentsOf } from '#store/flights.ts';
import { identityAnswers, type NewHeld } from '#store/held.ts';
import { type Link, type LinkHead, linkHeads, linksOfRows } from '#store/links.ts';
import type { Desk } from './desk.ts';
import type { Env } from './env.ts';
import { bearersOf, type Match, matchAll, type Stranger } from './match.ts';
import type { Reason } from './reasons.ts';
import { type Apart, type Settled, settle } from './settle.ts';
import type { Related, Translated } from './translate.ts';

/** A row as it arrived, with the number taken before it was asked for. */
export interface Arrival {
  row: Row;
  begun: number;
  /** From our own keeping, not from the service: never stale, and an equal version does not end the matter. */
  kept?: true;
}

export type Decision = 'unchanged' | 'create' | 'link' | 'update' | 'agree' | 'hold' | 'skip' | 'later' | 'dormant' | 'revive';

/** What is to become of one row. */
export interface Item {
  row: string;
  record: string | null;
  decision: Decision;
  reason: Reason | null;
  /** By what a stranger was recognised. */
  by?: string;
  create?: { id: string; name: string; fields: Values };
  update?: Update;
  link?: Link;
  tells: string[];
  questions: NewHeld[];
  /** Look again not before (ms from now). */
  again?: number;
}

export interface PagePlan {
  items: Item[];
  unchanged: number;
  /** Unchanged rows that earlier passes had missed. */
  found: string[];
  related: Related[];
  /** Links whose row has a new id. */
  renamed: { from: string; to: string }[];
  /** Creations whose answer never came, recognised by their mark. */
  recognised: IntentRow[];
}

export async function planPage(env: Env, tx: Tx, arrivals: readonly Arrival[], desk: Desk): Promise<PagePlan> {
  const plan: PagePlan = { items: [], unchanged: 0, found: [], related: [], renamed: [], recognised: [] };
  const known = await headsOf(env, tx, arrivals, plan);
  const flying = new Set(await inFlight(tx, env.sync.id, [...new Set([...known.heads.values()].map((h) => h.record))]));
  const open: Arrival[] = [];
  for (const arrival of arrivals) {
    const head = known.heads.get(arrival.row.id);
    const early = head && beforeSettling(env, arrival, head, flying);
    if (early) plan.items.push(early);
    else if (!head || !isUnchanged(env, arrival, head)) open.push(arrival);
    else {
      plan.unchanged += 1;
      if (head.missed > 0) plan.found.push(head.row);
    }
  }
  if (open.length > 0) await settleRows(env, tx, open, known, desk, plan);
  return plan;
}

interface Heads {
  heads: Map<string, LinkHead>;
  /** New row id → the id under which its link still lies. */
  former: Map<string, string>;
}

/** Links by row id, or by an id the row bore before. */
async function headsOf(env: Env, tx: Tx, arrivals: readonly Arrival[], plan: PagePlan): Promise<Heads> {
  const ids = arrivals.flatMap((a) => [a.row.id, ...(a.row.formerIds ?? [])]);
  const heads = new Map((await linkHeads(tx, env.sync.id, ids)).map((h) => [h.row, h]));
  const former = new Map<string, string>();
  for (const { row } of arrivals) {
    if (heads.has(row.id)) continue;
    const old = row.formerIds?.find((id) => heads.has(id));
    if (old === undefined) continue;
    heads.set(row.id, heads.get(old)!);
    former.set(row.id, old);
    plan.renamed.push({ from: old, to: row.id });
  }
  return { heads, former };
}

/** Rows that are not to be merged now: stale reads, links in flight, ties that a person or a deletion cut. */
function beforeSettling(env: Env, arrival: Arrival, head: LinkHead, flying: Set<string>): Item | null {
  const item = (decision: Decision, reason: Reason | null, again?: number): Item => ({
    row: arrival.row.id,
    record: head.record,
    decision,
    reason,
    tells: [],
    questions: [],
    ...(again === undefined ? {} : { again }),
  });
  if (head.state === 'severed') return item('skip', 'severed');
  if (head.state === 'gone') return item('skip', 'gone');
  if (arrival.kept || env.versionOf(arrival.row) === head.version) return null;
  const older = env.stream.timed && arrival.row.time !== undefined && head.row_time !== null && arrival.row.time < head.row_time;
  if (arrival.begun < head.begun || older) return item('later', 'settling', older ? (env.stream.settles ?? 0) : 0);
  return flying.has(head.record) ? item('later', 'in flight', 1_000) : null;
}

function isUnchanged(env: Env, arrival: Arrival, head: LinkHead): boolean {
  const { row } = arrival;
  return (
    !arrival.kept &&
    row.id === head.row &&
    head.version === env.versionOf(row) &&
    head.shape === env.stream.shape &&
    head.mapping_version === env.mappingVersion
  );
}

async function settleRows(env: Env, tx: Tx, open: readonly Arrival[], known: Heads, desk: Desk, plan: PagePlan): Promise<void> {
  const linked = open.filter((a) => known.heads.has(a.row.id));
  const bodies = new Map(
    (
      await linksOfRows(
        tx,
        env.sync.id,
        linked.map((a) => known.former.get(a.row.id) ?? a.row.id),
      )
    ).map((l) => [l.row, l]),
  );
  const marked = await markedIntents(env, tx, open, known, plan);
  const { translated, related } = await env.translation.inward(
    tx,
    open.map((a) => a.row),
    desk,
  );
  const matches = await recognise(env, tx, open, known, marked, translated, desk);
  const wanted = [
    ...[...bodies.values()].map((link) => link.record),
    ...[...marked.values()].map((intent) => intent.record),
    ...[...matches.values()].flatMap((match) => (match.is === 'match' ? [match.record] : [])),
  ];
  const records = await env.crm.read(tx, [...new Set(wanted)]);
  for (const arrival of open) {
    const values = translated.get(arrival.row.id)!;
    const head = known.heads.get(arrival.row.id);
    const link = head && bodies.get(known.former.get(arrival.row.id) ?? arrival.row.id);
    const intent = marked.get(arrival.row.id);
    plan.items.push(
      link
        ? settleLinked(env, arrival, values, link, records.get(link.record))
        : intent
          ? settleRecognised(env, arrival, values, intent, records.get(intent.record))
          : settleStranger(env, arrival, values, matches.get(arrival.row.id), records, desk),
    );
  }
  plan.related.push(...neededBy(plan.items, related));
}

/** Records that references would bring into being are made only where such a value is really taken. */
function neededBy(items: readonly Item[], related: readonly Related[]): Related[] {
  if (related.length === 0) return [];
  const taken = new Set<Json>();
  for (const { create, update } of items) {
    for (const value of Object.values(create?.fields ?? {})) taken.add(value);
    for (const change of Object.values(update?.changes ?? {})) taken.add(change.to);
  }
  return related.filter((r) => taken.has(r.id));
}

/** Rows that bear the mark of a creation whose outcome we do not know: they are its answer. */
async function markedIntents(
  env: Env,
  tx: Tx,
  open: readonly Arrival[],
  known: Heads,
  plan: PagePlan,
): Promise<Map<string, IntentRow>> {
  const marks = new Map<string, string>();
  for (const { row } of open) if (row.mark !== undefined && !known.heads.has(row.id)) marks.set(row.mark, row.id);
  if (marks.size === 0) return new Map();
  const intents = (await intentsOf(tx, env.sync.id, [...marks.keys()])).filter(
    (i) => i.state !== 'open' && i.flight && !i.flight.row,
  );
  plan.recognised.push(...intents);
  return new Map(intents.map((i) => [marks.get(i.record)!, i]));
}

async function recognise(
  env: Env,
  tx: Tx,
  open: readonly Arrival[],
  known: Heads,
  marked: ReadonlyMap<string, IntentRow>,
  translated: ReadonlyMap<string, Translated>,
  desk: Desk,
): Promise<Map<string, Match>> {
  const strangers: Stranger[] = [];
  for (const { row } of open) {
    if (known.heads.has(row.id)) continue;
    const intent = marked.get(row.id);
    const values = translated.get(row.id)!;
    if (values.outside) continue;
    strangers.push({
      row: row.id,
      name: values.name,
      keys: intent ? [] : env.translation.matchKeys(row.fields),
    });
  }
  const said = await identityAnswers(
    tx,
    env.sync.id,
    strangers.map((s) => s.row),
  );
  const bearers = await bearersOf(tx, env.crm, { object: env.sync.object, sync: env.sync.id, plan: desk.plan }, strangers);
  for (const intent of marked.values()) bearers.taken.set(intent.record, '');
  const matches = matchAll(
    strangers.filter((s) => !marked.has(s.row) && !said.has(s.row)),
    bearers,
    (stranger) => (env.mapping.createsOurs ? desk.idFor(stranger.row) : null),
  );
  for (const [row, record] of said)
    matches.set(
      row,
      record === null ? { is: 'new' } : { is: 'match', record, by: 'a person', follows: bearers.taken.has(record) },
    );
  return matches;
}

function settleStranger(
  env: Env,
  arrival: Arrival,
  translated: Translated,
  match: Match | undefined,
  records: ReadonlyMap<string, CrmRecord>,
  desk: Desk,
): Item {
  const { row } = arrival;
  const item: Item = { row: row.id, record: null, decision: 'skip', reason: null, tells: [], questions: [] };
  if (translated.outside || !match) return { ...item, reason: 'outside' };
  if (match.is === 'held') return held(item, match.reason, { candidates: match.candidates, by: match.by, name: translated.name });
  if (match.is === 'match') {
    const record = records.get(match.record);
    if (!record) return held(item, 'failed', { problem: `record ${match.record} was erased while the page was settled` });
    const pair = settlePair(
      env,
      arrival,
      translated,
      record,
      match.follows ? { ...blankLink(env, arrival, record.id), leads: false } : null,
    );
    return { ...pair, decision: 'link', by: match.by };
  }
  if (!env.mapping.createsOurs) return { ...item, reason: 'creation off' };
  const fields = env.translation.newborn(translated.values);
  const lacking = env.translation.lacking(fields);
  if (lacking.length > 0)
    return held(item, 'misfit', { problem: `a ${env.sync.object} needs ${lacking.join(', ')}`, row: row.raw });
  const id = desk.idFor(row.id);
  return {
    ...item,
    record: id,
    decision: 'create',
    create: { id, name: translated.name, fields },
    link: { ...blankLink(env, arrival, id), ours: translated.values },
    questions: unmappable(env, row.id, id, translated),
  };
}

/** Values a rule could not translate: their fields rest, the others go on. */
function unmappable(env: Env, row: string, record: string, translated: Translated): NewHeld[] {
  return translated.problems.map(({ field, problem, value }) => ({
    subject: row,
    field,
    kind: 'unmappable',
    row,
    record,
    question: { problem, theirs: value, mapping: env.mappingVersion },
  }));
}

function settleLinked(env: Env, arrival: Arrival, translated: Translated, link: Link, record: CrmRecord | undefined): Item {
  const item: Item = { row: arrival.row.id, record: link.record, decision: 'skip', reason: null, tells: [], questions: [] };
  if (!record) return { ...item, reason: 'gone', link: { ...link, row: arrival.row.id, state: 'gone' } };
  if (translated.outside) {
    const dormant: Link = { ...link, ...freshRead(env, arrival), theirs: lagOf(env, link, arrival.row.fields), state: 'dormant' };
    return { ...item, decision: link.state === 'dormant' ? 'agree' : 'dormant', reason: 'outside', link: dormant };
  }
  if (record.archived !== null)
    return held(item, 'archived here, edited there', { row: arrival.row.raw, archived: record.archived });
  const pair = settlePair(env, arrival, translated, record, link);
  return link.state === 'dormant' ? { ...pair, decision: 'revive' } : pair;
}

/** The answer that never came: what the frozen draft stood for is what both sides agree on. */
function settleRecognised(
  env: Env,
  arrival: Arrival,
  translated: Translated,
  intent: IntentRow,
  record: CrmRecord | undefined,
): Item {
  const item: Item = { row: arrival.row.id, record: intent.record, decision: 'skip', reason: 'gone', tells: [], questions: [] };
  if (!record || !intent.flight) return item;
  const agreed: Link = {
    ...blankLink(env, arrival, record.id),
    ours: intent.flight.ours,
    theirs: sentBefore(env, intent.flight.fields, arrival.row.fields),
  };
  return { ...settlePair(env, arrival, translated, record, agreed), decision: 'link', by: 'mark' };
}

/** What we had sent, where the row says something else by now: somebody has edited it since. */
function sentBefore(env: Env, sent: Values, now: Values): Values | null {
  const lag: Values = {};
  for (const { theirs, theirsField } of env.translation.rules) {
    if (theirs !== null && theirsField !== null && !equal(theirsField, sent[theirs], now[theirs]))
      lag[theirs] = sent[theirs] ?? null;
  }
  return Object.keys(lag).length > 0 ? lag : null;
}

/** Row and record, field by field. */
function settlePair(env: Env, arrival: Arrival, translated: Translated, record: CrmRecord, link: Link | null): Item {
  const { row } = arrival;
  const rowTime = env.stream.timed && row.time !== undefined ? row.time : new Date(env.now()).toISOString();
  const settled = settle({
    rules: env.translation.rules,
    row: row.fields,
    inward: translated.values,
    resting: translated.resting,
    record: record.fields,
    base: link && env.baseOf(link),
    edited: link ? env.editedSince(link.mapping_version) : NOTHING,
    leads: link ? link.leads : true,
    outward: env.sync.outward,
    cut: row.cut ?? [],
    replaced: link?.replaced ?? null,
    stale: link !== null && link.settles !== null && Date.parse(link.settles) > env.now(),
    rowTime,
    recordTime: (field) => record.times?.[field] ?? record.created,
    apart: (link?.apart ?? null) as Apart | null,
    flips: link?.flips ?? null,
    now: env.now(),
  });
  const item = itemOf(env, arrival, record, link, settled);
  item.questions.push(...unmappable(env, row.id, record.id, translated));
  return item;
}

const NOTHING: ReadonlyMap<string, 'new' | 'changed'> = new Map();

function itemOf(env: Env, arrival: Arrival, record: CrmRecord, link: Link | null, settled: Settled): Item {
  const changed = Object.keys(settled.changes).length > 0;
  const item: Item = {
    row: arrival.row.id,
    record: record.id,
    decision: changed ? 'update' : settled.questions.length > 0 ? 'hold' : 'agree',
    reason: settled.questions[0]?.kind ?? (settled.tells.length > 0 ? 'owed' : null),
    tells: settled.tells,
    questions: settled.questions.map((q) => ({
      subject: arrival.row.id,
      field: q.field,
      kind: q.kind,
      row: arrival.row.id,
      record: record.id,
      question: { ours: q.ours, theirs: q.theirs, agreed: q.base, mapping: env.mappingVersion },
    })),
    link: {
      ...(link ?? blankLink(env, arrival, record.id)),
      ...freshRead(env, arrival),
      row: arrival.row.id,
      state: 'live',
      ours: settled.ours,
      theirs: settled.lag,
      apart: settled.apart,
      flips: settled.flips,
    },
  };
  if (changed) {
    item.update = {
      id: record.id,
      object: record.object,
      expected: record.version,
      before: record.fields,
      changes: settled.changes,
    };
  }
  if (settled.settling && link?.settles) item.again = Math.max(0, Date.parse(link.settles) - env.now());
  return item;
}

/** The parts of a link that a read renews. */
function freshRead(
  env: Env,
  arrival: Arrival,
): Pick<Link, 'version' | 'row_time' | 'raw' | 'shape' | 'mapping_version' | 'begun' | 'missed'> {
  return {
    version: env.versionOf(arrival.row),
    row_time: arrival.row.time ?? null,
    raw: arrival.row.raw,
    shape: env.stream.shape,
    mapping_version: env.mappingVersion,
    begun: arrival.begun,
    missed: 0,
  };
}

export function blankLink(env: Env, arrival: Arrival, record: string): Link {
  return {
    ...freshRead(env, arrival),
    row: arrival.row.id,
    record,
    state: 'live',
    leads: true,
    settles: null,
    ours: {},
    theirs: null,
    apart: null,
    replaced: null,
    flips: null,
  };
}

/** A dormant pair's row moves on while the agreement stays: remember what theirs was when they agreed. */
function lagOf(env: Env, link: Link, now: Values): Values | null {
  const agreed = env.baseOf(link).theirs;
  const lag: Values = {};
  for (const rule of env.translation.rules) {
    if (rule.theirs === null) continue;
    const was = agreed[rule.theirs] ?? null;
    if (JSON.stringify(was) !== JSON.stringify(now[rule.theirs] ?? null)) lag[rule.theirs] = was;
  }
  return Object.keys(lag).length > 0 ? lag : null;
}

function held(item: Item, reason: Reason, question: { [name: string]: Json }): Item {
  const about = { subject: item.row, field: '', kind: reason, row: item.row, record: item.record, question };
  return { ...item, decision: 'hold', reason, questions: [about] };
}
