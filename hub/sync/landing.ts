/** Step three of delivery: what became of each draft is noted, and the frozen values are agreed. */
import type { CrmRecord } from '#crm/core.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Outcome, Removal, Row } from '#kit/stream.ts';
import { equal } from '#kit/values.ts';
import type { Tx } from '#store/database.ts';
import { type Again, type Flight, type IntentRow, land, reopen, setUnsure } from '#store/flights.ts';
import { type NewHeld, openHeld } from '#store/held.ts';
import { type JournalEntry, writeJournal } from '#store/journal.ts';
import { type Link, linkHeads, putLinks, setLinkState } from '#store/links.ts';
import { addDepartures, touch } from '#store/passes.ts';
import { addTally } from '#store/tallies.ts';
import { release } from './awaiting.ts';
import { type Counts, count } from './counts.ts';
import { newDesk } from './desk.ts';
import type { Env } from './env.ts';
import { type Became, noteOutward, telling } from './outcomes.ts';
import { blankLink } from './pairing.ts';
import type { Reason } from './reasons.ts';
import type { Apart } from './settle.ts';

const ATTEMPTS = 3;

/** A draft that has flown: one row of one record. */
export interface Departing {
  intent: IntentRow;
  record: Pick<CrmRecord, 'id' | 'fields'>;
  link: Link | null;
  key: string;
  flight: Flight;
}

/** What a batch of answers asks of the store, gathered so that each table is written once. */
interface Landing {
  landed: IntentRow[];
  again: Again[];
  unsure: string[];
  links: Link[];
  held: NewHeld[];
  touched: string[];
  later: string[];
  gone: string[];
  /** Rows we removed. */
  removed: string[];
  journal: JournalEntry[];
  became: Became[];
}

export async function noteAnswers(
  env: Env,
  tx: Tx,
  sent: readonly Departing[],
  outcomes: readonly (Outcome | Removal)[],
  begun: number,
  run: number,
  counts: Counts,
): Promise<void> {
  const landing: Landing = {
    landed: [],
    again: [],
    unsure: [],
    links: [],
    held: [],
    touched: [],
    later: [],
    gone: [],
    removed: [],
    journal: [],
    became: [],
  };
  const departing = await asTiedNow(env, tx, sent);
  const answered = departing.flatMap((_, at) => {
    const outcome = outcomes[at];
    return outcome?.is === 'done' && 'row' in outcome ? [outcome.row as Row] : [];
  });
  const inward = (await env.translation.inward(tx, answered, newDesk(), oursOf(departing, outcomes))).translated;
  for (const [at, sent] of departing.entries()) {
    const outcome: Outcome | Removal = outcomes[at] ?? { is: 'unknown', reason: 'the connector gave no outcome for this draft' };
    if (outcome.is === 'done') {
      if ('row' in outcome)
        noteDone(env, sent, outcome.row as Row, inward.get((outcome.row as Row).id)?.values ?? {}, begun, landing);
      else noteRemoved(sent, landing);
      landing.became.push(became(sent, null));
      count(counts, sent.flight.remove ? 'removed' : sent.flight.row === undefined ? 'told new' : 'told');
    } else noteOther(env, sent, outcome, landing, counts);
  }
  await writeLanding(env, tx, landing, run);
}

/** By the id of the row that answered: what its record holds. */
function oursOf(departing: readonly Departing[], outcomes: readonly (Outcome | Removal)[]): Map<string, Values> {
  return new Map(
    departing.flatMap(({ record }, at) => {
      const outcome = outcomes[at];
      return outcome?.is === 'done' && 'row' in outcome ? [[(outcome.row as Row).id, record.fields] as const] : [];
    }),
  );
}

/** A person may have cut a tie or merged a record while the drafts flew: that stands. */
async function asTiedNow(env: Env, tx: Tx, sent: readonly Departing[]): Promise<Departing[]> {
  const rows = sent.flatMap(({ link }) => link?.row ?? []);
  const heads = new Map(rows.length === 0 ? [] : (await linkHeads(tx, env.sync.id, rows)).map((head) => [head.row, head]));
  return sent.map((one) => {
    const { link } = one;
    const head = link && heads.get(link.row);
    if (!head || (head.record === link.record && head.state === link.state && head.leads === link.leads)) return one;
    return { ...one, link: { ...link, record: head.record, state: head.state, leads: head.leads } };
  });
}

async function writeLanding(env: Env, tx: Tx, landing: Landing, run: number): Promise<void> {
  const now = new Date(env.now());
  const { id } = env.sync;
  const again = onceEach(landing.again);
  const waiting = new Set([...again.map((a) => a.record), ...landing.unsure]);
  await putLinks(tx, id, landing.links);
  await release(
    env,
    tx,
    landing.links.filter(({ state }) => state === 'live'),
  );
  await setLinkState(tx, id, landing.removed, 'gone');
  await land(
    tx,
    id,
    [...new Set(landing.landed)].filter((intent) => !waiting.has(intent.record)),
  );
  await noteOutward(env, tx, landing.became);
  await reopen(tx, id, again);
  await setUnsure(tx, id, landing.unsure, now);
  await openHeld(tx, id, landing.held, now);
  await touch(tx, id, landing.touched, now, 'settling');
  await touch(tx, id, landing.later, new Date(env.now() + (env.stream.settles ?? 0)), 'settling');
  await addDepartures(tx, id, landing.gone, 'told');
  const head = { at: now.toISOString(), by: env.by, run, sync: id, mappingVersion: env.mappingVersion };
  await writeJournal(tx, head, landing.journal);
  await addTally(tx, id, 'deletions there', landing.journal.filter((j) => j.action === 'delete').length, now);
}

function became({ record, flight }: Departing, because: Reason | null): Became {
  return { record: record.id, row: flight.row ?? null, said: telling(flight), because };
}

/** A record of several rows waits for the latest of them; what others of its drafts achieved is agreed, and settles to nothing then. */
function onceEach(again: readonly Again[]): Again[] {
  return [...Map.groupBy(again, (a) => a.record).values()].map((all) => ({
    record: all[0]!.record,
    notBefore: all.reduce<Date | null>((late, { notBefore: at }) => (late === null || (at && at > late) ? at : late), null),
    counts: all.some((a) => a.counts),
    same: all.some((a) => a.same),
  }));
}

/** The answer is theirs, the frozen values are ours: that is the agreement now. */
function noteDone(env: Env, sent: Departing, row: Row, inward: Values, begun: number, landing: Landing): void {
  const { flight, record } = sent;
  const arrival = { row, begun };
  const before = sent.link ?? blankLink(env, arrival, record.id);
  const link: Link = {
    ...before,
    ...blankLink(env, arrival, before.record),
    state: before.state === 'severed' ? 'severed' : 'live',
    leads: before.leads,
    ours: agreedOurs(before.ours, flight.ours),
    theirs: remainingLag(env, sent, row),
    apart: apartAfter(env, sent, inward),
    flips: before.flips,
    replaced: { ...before.replaced, ...flight.replaced },
  };
  if (env.stream.settles !== undefined) {
    link.settles = new Date(env.now() + env.stream.settles).toISOString();
    landing.later.push(row.id);
  }
  if (link.theirs !== null) {
    // Without the version the next read settles what we did not tell, though the row is as it was answered.
    link.version = null;
    landing.touched.push(row.id);
  }
  landing.links.push(link);
  landing.landed.push(sent.intent);
  landing.journal.push({
    record: record.id,
    row: row.id,
    side: 'theirs',
    action: flight.row === undefined ? 'create' : 'update',
    changes: JSON.stringify(toldChanges(sent)),
  });
}

function agreedOurs(before: Values, told: Values): Values {
  const ours = { ...before };
  for (const [field, value] of Object.entries(told)) {
    if (value === null) delete ours[field];
    else ours[field] = value;
  }
  return ours;
}

/** Fields we did not tell and that differ from what we knew were changed by somebody else: the agreement stays behind for them. */
function remainingLag(env: Env, { flight, link }: Departing, row: Row): Values | null {
  const known: Values = link ? env.baseOf(link).theirs : {};
  const lag: Values = {};
  for (const { theirs, theirsField } of env.translation.rules) {
    if (theirs === null || theirsField === null || theirs in flight.fields) continue;
    if (!equal(theirsField, known[theirs], row.fields[theirs])) lag[theirs] = known[theirs] ?? null;
  }
  return Object.keys(lag).length > 0 ? lag : null;
}

/** What the service made of our value, where that is not our value: shown and explained, no drift. */
function apartAfter(env: Env, { flight, link }: Departing, inward: Values): Link['apart'] {
  const apart = { ...link?.apart } as Apart;
  for (const rule of env.translation.rules) {
    if (rule.theirs === null || !(rule.crm in flight.ours)) continue;
    if (equal(rule.field, inward[rule.crm], flight.ours[rule.crm] ?? undefined)) delete apart[rule.crm];
    else apart[rule.crm] = 'rendering';
  }
  return Object.keys(apart).length > 0 ? apart : null;
}

function toldChanges({ flight }: Departing): { [theirs: string]: Json } {
  const changes: { [theirs: string]: Json } = {};
  for (const [field, value] of Object.entries(flight.fields)) {
    changes[field] = {
      from: flight.replaced[field] ?? null,
      to: value,
      why: flight.row === undefined ? 'created there' : 'ours changed',
    };
  }
  return changes;
}

function noteRemoved(sent: Departing, landing: Landing): void {
  landing.landed.push(sent.intent);
  if (sent.link) landing.removed.push(sent.link.row);
  landing.journal.push({ record: sent.record.id, row: sent.flight.row ?? null, side: 'theirs', action: 'delete', changes: null });
}

function noteOther(
  env: Env,
  sent: Departing,
  outcome: Exclude<Outcome | Removal, { is: 'done' }>,
  landing: Landing,
  counts: Counts,
): void {
  const row = sent.flight.row;
  count(counts, outcome.is);
  switch (outcome.is) {
    case 'later':
      landing.again.push({
        record: sent.record.id,
        notBefore: new Date(env.now() + outcome.afterMs),
        counts: false,
        same: sent.key === sent.intent.key,
      });
      return;
    case 'gone':
      if (row !== undefined) landing.gone.push(row);
      landing.landed.push(sent.intent);
      landing.became.push(became(sent, 'gone'));
      return;
    case 'refused':
      landing.held.push(
        question(sent, 'refused', { reason: outcome.reason, fields: sent.flight.fields }, fieldOf(env, outcome.field)),
      );
      landing.landed.push(sent.intent);
      landing.became.push(became(sent, 'refused'));
      return;
    case 'stale':
      if (row !== undefined) landing.touched.push(row);
      if (sent.intent.attempts + 1 >= ATTEMPTS) {
        landing.held.push(question(sent, 'stale', { attempts: ATTEMPTS }, ''));
        landing.landed.push(sent.intent);
        landing.became.push(became(sent, 'stale'));
      } else landing.again.push({ record: sent.record.id, notBefore: null, counts: true });
      return;
    case 'unknown':
      noteUnknown(env, sent, outcome.reason, landing);
  }
}

/**
 * An update bears the row's version, so repeating it is harmless: the row is read again first. A creation is
 * repeated under its key, or waits until its mark can answer, or for a person.
 */
function noteUnknown(env: Env, sent: Departing, reason: string, landing: Landing): void {
  landing.became.push(became(sent, 'unsure'));
  if (sent.flight.row !== undefined) {
    landing.touched.push(sent.flight.row);
    landing.again.push({ record: sent.record.id, notBefore: new Date(env.now() + 1_000), counts: false });
    return;
  }
  if (env.stream.creates.by === 'key') {
    landing.again.push({ record: sent.record.id, notBefore: new Date(env.now() + 1_000), counts: false, same: true });
    return;
  }
  landing.unsure.push(sent.record.id);
  if (env.stream.creates.by === 'nothing')
    landing.held.push(question(sent, 'unsure', { reason, fields: sent.flight.fields }, ''));
}

function question(sent: Departing, kind: Reason, about: { [name: string]: Json }, field: string): NewHeld {
  const row = sent.flight.row ?? null;
  return { subject: row ?? sent.record.id, field, kind, row, record: sent.record.id, question: about };
}

/** The CRM's name of a field of theirs. */
function fieldOf(env: Env, theirs: string | undefined): string {
  return env.translation.rules.find((rule) => rule.theirs === theirs)?.crm ?? '';
}
