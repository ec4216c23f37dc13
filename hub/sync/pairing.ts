/** One row and what is known of it: a stranger, a linked pair, or the answer to a creation that never came. Decides, changes nothing. */
import type { CrmRecord } from '#crm/core.ts';
import type { Json, Values } from '#kit/fields.ts';
import { equal, isBlank } from '#kit/values.ts';
import type { IntentRow } from '#store/flights.ts';
import type { NewHeld } from '#store/held.ts';
import type { Link } from '#store/links.ts';
import { isHere, isSilent } from './copies.ts';
import type { Desk } from './desk.ts';
import type { Env } from './env.ts';
import type { Arrival, Item } from './item.ts';
import type { Match } from './match.ts';
import { ownerOf } from './owner.ts';
import type { Reason } from './reasons.ts';
import { type Apart, type Pair, type Settled, settle } from './settle.ts';
import type { Translated } from './translate.ts';

export function settleStranger(
  env: Env,
  arrival: Arrival,
  translated: Translated,
  match: Match | undefined,
  records: ReadonlyMap<string, CrmRecord>,
  desk: Desk,
): Item {
  const { row } = arrival;
  const item: Item = { row: row.id, record: null, decision: 'skip', reason: null, tells: [], questions: [] };
  if (translated.outside || !match) return { ...item, reason: translated.older ? 'older' : 'outside' };
  if (match.is === 'held' && match.left) return { ...item, reason: match.reason };
  if (match.is === 'held') return held(item, match.reason, { candidates: match.candidates, by: match.by, name: translated.name });
  if (match.is === 'match') {
    const record = records.get(match.record);
    // It is made by this very page, or by a plan: the row is read again beside it.
    if (!record && match.follows) return { ...item, decision: 'later', reason: 'settling', again: 0 };
    if (!record) return held(item, 'failed', { problem: `record ${match.record} was erased while the page was settled` });
    const pair = settlePair(env, arrival, translated, record, match.follows ? following(env, arrival, record.id) : null);
    return { ...pair, decision: 'link', by: match.by };
  }
  if (!env.mapping.createsOurs) return { ...item, reason: 'creation off' };
  if (translated.problems.some(({ missing }) => missing)) return { ...item, decision: 'park', reason: 'awaited' };
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
    link: { ...blankLink(env, arrival, id), ours: translated.values, theirs: notTaken(env, translated.resting, row.fields) },
    questions: unmappable(env, row.id, id, translated),
  };
}

/** A further row of a record leads only where those it has are copies. */
function following(env: Env, arrival: Arrival, record: string): Link {
  return {
    ...blankLink(env, arrival, record),
    leads: env.stream.once === true && !arrival.row.copy && !isHere(env, record),
  };
}

/** What a new record did not take, for its rule rests: it counts as news as soon as the rule no longer does. */
function notTaken(env: Env, resting: ReadonlySet<string>, row: Values): Values | null {
  if (resting.size === 0) return null;
  const lag: Values = {};
  for (const { crm, theirs } of env.translation.rules)
    if (theirs !== null && resting.has(crm) && !isBlank(row[theirs])) lag[theirs] = null;
  return Object.keys(lag).length > 0 ? lag : null;
}

/** Values a rule could not translate: their fields rest, the others go on. Of references that may be met yet nobody is asked. */
function unmappable(env: Env, row: string, record: string, translated: Translated): NewHeld[] {
  const asked = translated.problems.filter(({ missing }) => !missing);
  return asked.map(({ field, problem, value }) => ({
    subject: row,
    field,
    kind: 'unmappable',
    row,
    record,
    question: { problem, theirs: value, mapping: env.mappingVersion },
  }));
}

export function settleLinked(
  env: Env,
  arrival: Arrival,
  translated: Translated,
  link: Link,
  record: CrmRecord | undefined,
): Item {
  const item: Item = { row: arrival.row.id, record: link.record, decision: 'skip', reason: null, tells: [], questions: [] };
  if (!record) return { ...item, reason: 'gone', link: { ...link, row: arrival.row.id, state: 'gone' } };
  if (translated.outside) {
    const dormant: Link = { ...link, ...freshRead(env, arrival), theirs: lagOf(env, link, arrival.row.fields), state: 'dormant' };
    return { ...item, decision: link.state === 'dormant' ? 'agree' : 'dormant', reason: 'outside', link: dormant };
  }
  if (record.archived !== null) {
    if (isEdited(env, arrival, link))
      return held(item, 'archived here, edited there', { row: arrival.row.raw, archived: record.archived });
    // What rules edited meanwhile and news let stand have to say is said when the record is restored: the next read settles it.
    const { mapping_version: _, ...read } = freshRead(env, arrival);
    const theirs = lagOf(env, link, arrival.row.fields);
    const agreed = { ...link, ...read, theirs, ...(theirs && { version: null }) };
    return { ...item, decision: 'agree', reason: 'archived', link: agreed };
  }
  const pair = settlePair(env, arrival, translated, record, link);
  return link.state === 'dormant' ? { ...pair, decision: 'revive' } : pair;
}

/** Does a field the mapping names say something else than when the row was read last? A formula may look at any. */
function isEdited(env: Env, { row }: Arrival, link: Link): boolean {
  const before = env.rowOf(link).fields;
  return env.translation.rules.some(({ theirs, theirsField }) =>
    theirs === null || theirsField === null
      ? JSON.stringify(before) !== JSON.stringify(row.fields)
      : !equal(theirsField, before[theirs], row.fields[theirs]),
  );
}

/** The answer that never came: what the frozen draft stood for is what both sides agree on. */
export function settleRecognised(
  env: Env,
  arrival: Arrival,
  translated: Translated,
  intent: IntentRow,
  record: CrmRecord | undefined,
): Item {
  const item: Item = { row: arrival.row.id, record: intent.record, decision: 'skip', reason: 'gone', tells: [], questions: [] };
  const sent = intent.flights?.[0];
  if (!record || !sent) return item;
  const agreed: Link = {
    ...blankLink(env, arrival, record.id),
    ours: sent.ours,
    theirs: sentBefore(env, sent.fields, arrival.row.fields),
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
    edited: link ? editsOf(env, arrival, link) : NOTHING,
    leads: (link ? link.leads : true) && !isSilent(env, row, record.id),
    sourcedElsewhere: env.sourcedElsewhere,
    outward: env.sync.outward && !row.copy,
    withheld: env.withheld.get(record.id)?.fields ?? NOTHING_WITHHELD,
    owner: ownerOf(env.stream),
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
  return item.reason === null && translated.unmet.length > 0 ? { ...item, reason: 'awaited' } : item;
}

/** Rules that were edited since the pair agreed, and fields that are to be decided anew. */
function editsOf(env: Env, { anew = [] }: Arrival, link: Link): Pair['edited'] {
  const edited = env.editedSince(link.mapping_version);
  return anew.length === 0 ? edited : new Map([...anew.map((field) => [field, 'anew'] as const), ...edited]);
}

const NOTHING_WITHHELD: ReadonlySet<string> = new Set();
const NOTHING: Pair['edited'] = new Map();

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
