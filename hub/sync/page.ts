import type { CrmRecord } from '#crm/core.ts';
import type { Json } from '#kit/fields.ts';
import { inTurns } from '#kit/turns.ts';
import type { Tx } from '#store/database.ts';
import type { IntentRow } from '#store/flights.ts';
import type { HeldRow } from '#store/held.ts';
import type { LinkHead } from '#store/links.ts';
import { leaveBooked } from './books.ts';
import { standingFor } from './copies.ts';
import type { Desk } from './desk.ts';
import type { Env } from './env.ts';
import type { Arrival, Decision, Item, Waiting } from './item.ts';
import { identityAnswers, inFlight, intentsOf, linkHeads, linksOfRows, outsideOf, takenRecords } from './known.ts';
import { bearersOf, isMark, type Match, markKeys, matchAll, type Stranger } from './match.ts';
import { settleLinked, settleRecognised, settleStranger } from './pairing.ts';
import type { Reason } from './reasons.ts';
import { dayOf } from './stated.ts';
import type { Related, Translated } from './translate.ts';
import { withheldFrom } from './withheld.ts';

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
  /** Rows of which a person has said who they are. */
  answered: string[];
  /** Rows that wait for others, with what they wait for; absent where none does. */
  waiting?: Waiting[];
}

export async function planPage(env: Env, tx: Tx, arrivals: readonly Arrival[], desk: Desk): Promise<PagePlan> {
  const plan: PagePlan = { items: [], unchanged: 0, found: [], related: [], renamed: [], recognised: [], answered: [] };
  if (arrivals.length === 0) return plan;
  const known = await headsOf(env, tx, arrivals, plan);
  const linked = [...new Set([...known.heads.values()].map((h) => h.record))];
  const flying = new Set(linked.length === 0 ? [] : await inFlight(tx, env.sync.id, linked));
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
  await leaveOutside(env, tx, open, known, translated);
  const matches = await recognise(env, tx, open, known, marked, translated, desk, plan);
  const wanted = [
    ...[...bodies.values()].map((link) => link.record),
    ...[...marked.values()].map((intent) => intent.record),
    ...[...matches.values()].flatMap((match) => (match.is === 'match' ? [match.record] : [])),
  ];
  const records = await env.crm.read(tx, [...new Set(wanted)]);
  if (env.translation.conditional) {
    const recordOf = ({ row }: Arrival): string | undefined => {
      const match = matches.get(row.id);
      const link = bodies.get(known.former.get(row.id) ?? row.id);
      return link?.record ?? marked.get(row.id)?.record ?? (match?.is === 'match' ? match.record : undefined);
    };
    related.push(...(await translateAcross(env, tx, open, (arrival) => records.get(recordOf(arrival) ?? ''), translated, desk)));
  }
  env.withheld = await withheldFrom(env, tx, [...records.keys()]);
  env.standing = copied(open, matches) ? await standingFor(env, tx, [...records.keys()]) : new Map();
  await inTurns(open, (arrival) => {
    const values = translated.get(arrival.row.id)!;
    const head = known.heads.get(arrival.row.id);
    const link = head && bodies.get(known.former.get(arrival.row.id) ?? arrival.row.id);
    const intent = marked.get(arrival.row.id);
    // Kept rows bear no news: whatever is asked about a record that was archived still stands.
    if (arrival.kept && link && (records.get(link.record)?.archived ?? null) !== null) {
      plan.unchanged += 1;
      return;
    }
    plan.items.push(
      link
        ? settleLinked(env, arrival, values, link, records.get(link.record))
        : intent
          ? settleRecognised(env, arrival, values, intent, records.get(intent.record))
          : settleStranger(env, arrival, values, matches.get(arrival.row.id), records, desk),
    );
  });
  const waiting = waitingAmong(open, plan.items, translated);
  if (waiting.length > 0) plan.waiting = waiting;
  const needed = neededBy(plan.items, related);
  nameUnmade(plan.items, related, new Set(needed));
  plan.related.push(...needed);
}

/** Are there copies on the page, or rows beside which there may be one? */
const copied = (open: readonly Arrival[], matches: ReadonlyMap<string, Match>): boolean =>
  open.some(({ row }) => row.copy) || [...matches.values()].some((match) => match.is === 'match' && match.follows === true);

const SETTLED: ReadonlySet<Decision> = new Set(['park', 'create', 'link', 'update', 'agree', 'revive']);

function waitingAmong(open: readonly Arrival[], items: readonly Item[], translated: ReadonlyMap<string, Translated>): Waiting[] {
  const settled = new Set(items.flatMap(({ row, decision }) => (SETTLED.has(decision) ? [row] : [])));
  return open.flatMap(({ row, begun }) => {
    const unmet = translated.get(row.id)!.unmet;
    if (unmet.length === 0 || !settled.has(row.id)) return [];
    return [{ row: row.id, raw: row.raw, begun, awaits: unmet.map((one) => ({ ...one, waits: row.id })) }];
  });
}

/** Conditions look at both sides: rows whose record is known are translated once more beside it. What their references would make. */
async function translateAcross(
  env: Env,
  tx: Tx,
  open: readonly Arrival[],
  recordOf: (arrival: Arrival) => CrmRecord | undefined,
  translated: Map<string, Translated>,
  desk: Desk,
): Promise<readonly Related[]> {
  const pairs = open.flatMap((arrival) => {
    const record = recordOf(arrival);
    return record ? [{ row: arrival.row, record }] : [];
  });
  const ours = new Map(pairs.map(({ row, record }) => [row.id, record.fields]));
  const again = await env.translation.inward(
    tx,
    pairs.map(({ row }) => row),
    desk,
    ours,
  );
  for (const [row, values] of again.translated) translated.set(row, values);
  return again.related;
}

/** Strangers that a room beside the engine does not want: as if the mapping's `only` had said so. */
async function leaveOutside(
  env: Env,
  tx: Tx,
  open: readonly Arrival[],
  known: Heads,
  translated: ReadonlyMap<string, Translated>,
): Promise<void> {
  leaveOlder(env, open, known, translated);
  const outside = env.beside?.outside;
  if (outside === undefined) return;
  const strangers = open.flatMap(({ row }) => (known.heads.has(row.id) ? [] : [row]));
  if (strangers.length === 0) return;
  const ids = strangers.map(({ id }) => id);
  for (const row of await outsideOf(tx, ids, () => outside(tx, env.sync, strangers))) translated.get(row)!.outside = true;
}

/** Strangers from before the day on which the history of their account begins. */
function leaveOlder(env: Env, open: readonly Arrival[], known: Heads, translated: ReadonlyMap<string, Translated>): void {
  const { since } = env.sync;
  if (since === null) return;
  for (const { row } of open) {
    const one = translated.get(row.id)!;
    const day = known.heads.has(row.id) ? undefined : dayOf(one.values);
    if (day !== undefined && day < since) Object.assign(one, { outside: true, older: true });
  }
}

/** Records that references would bring into being are made only where such a value is really taken. */
function neededBy(items: readonly Item[], related: readonly Related[]): Related[] {
  const missing = new Map<Json, Related>(related.map((r) => [r.id, r]));
  const needed: Related[] = [];
  const take = (value: Json) => {
    const found = typeof value === 'string' ? missing.get(value) : undefined;
    if (found !== undefined && missing.delete(value)) needed.push(found);
  };
  for (const { create, update } of items) {
    if (missing.size === 0) break;
    for (const field in create?.fields) take(create.fields[field]!);
    for (const field in update?.changes) take(update.changes[field]!.to);
  }
  return needed;
}

/** A question over a record that is not made names what it would be: its id means nothing to anybody. */
function nameUnmade(items: readonly Item[], related: readonly Related[], made: ReadonlySet<Related>): void {
  const questions = related.length === 0 ? [] : items.flatMap((item) => item.questions);
  if (questions.length === 0) return;
  const byId = new Map<Json, Related>(related.map((r) => [r.id, r]));
  for (const { question } of questions) {
    const meant = byId.get(question.theirs ?? null);
    if (meant && !made.has(meant)) Object.assign(question, { theirs: null, brings: { object: meant.object, name: meant.name } });
  }
}

/** Rows that bear the mark of a creation whose outcome we do not know: they are its answer, unless its record has met another row. */
async function markedIntents(
  env: Env,
  tx: Tx,
  open: readonly Arrival[],
  known: Heads,
  plan: PagePlan,
): Promise<Map<string, IntentRow>> {
  const marks = new Map<string, string>();
  for (const { row } of open) if (isMark(row.mark) && !known.heads.has(row.id)) marks.set(row.mark, row.id);
  if (marks.size === 0) return new Map();
  const intents = (await intentsOf(tx, env.sync.id, [...marks.keys()])).filter(
    (i) => i.state !== 'open' && i.flights?.some((flight) => flight.row === undefined),
  );
  const ties = await takenRecords(
    tx,
    env.sync.id,
    intents.map((i) => i.record),
  );
  const taken = new Set(ties.filter((t) => t.state === 'live' || t.state === 'dormant').map((t) => t.record));
  const answered = intents.filter((i) => !taken.has(i.record));
  plan.recognised.push(...answered);
  return new Map(answered.map((i) => [marks.get(i.record)!, i]));
}

async function recognise(
  env: Env,
  tx: Tx,
  open: readonly Arrival[],
  known: Heads,
  marked: ReadonlyMap<string, IntentRow>,
  translated: ReadonlyMap<string, Translated>,
  desk: Desk,
  plan: PagePlan,
): Promise<Map<string, Match>> {
  const strangers: Stranger[] = [];
  for (const { row } of open) {
    if (known.heads.has(row.id)) continue;
    const intent = marked.get(row.id);
    const values = translated.get(row.id)!;
    if (values.outside) continue;
    strangers.push({
      row: row.id,
      name: env.translation.ownName(values.values),
      keys: intent ? [] : [...markKeys(row.mark), ...env.translation.matchKeys(row)],
    });
  }
  const { said, left } = await answersOf(
    env,
    tx,
    strangers.map((s) => s.row),
  );
  plan.answered.push(...said.keys());
  const about = { object: env.sync.object, sync: env.sync.id, plan: desk.plan, single: env.stream.books === true };
  const bearers = await bearersOf(tx, env.crm, about, strangers, [...said.values()]);
  await leaveBooked(env, tx, bearers);
  for (const intent of marked.values()) bearers.taken.set(intent.record, '');
  const matches = await matchAll(
    strangers.filter((s) => !marked.has(s.row) && !said.has(s.row)),
    bearers,
    (stranger) => (env.mapping.createsOurs ? desk.idFor(stranger.row) : null),
  );
  for (const [row, record] of said) {
    matches.set(
      row,
      record === null ? { is: 'new' } : { is: 'match', record, by: 'a person', follows: bearers.taken.has(record) },
    );
    if (record !== null) bearers.taken.set(record, row);
  }
  for (const { row, name } of strangers) {
    const match = matches.get(row);
    if (match?.is === 'held' && isLeft(match, name, left.get(row))) matches.set(row, { ...match, left: true });
  }
  return matches;
}

/** What a person said of strangers: who they are, or that the question be left. */
async function answersOf(
  env: Env,
  tx: Tx,
  rows: readonly string[],
): Promise<{ said: Map<string, string | null>; left: Map<string, HeldRow> }> {
  const said = new Map<string, string | null>();
  const left = new Map<string, HeldRow>();
  for (const [row, answer] of await identityAnswers(tx, env.sync.id, rows)) {
    if (answer.is === 'leave') left.set(row, answer.asked);
    else said.set(row, answer.record);
  }
  return { said, left };
}

/** A question once left is not asked again while the row bears its name and may be nobody but those it was asked about. */
function isLeft({ candidates }: Match & { is: 'held' }, name: string, left: HeldRow | undefined): boolean {
  if (!left || left.question.name !== name) return false;
  const asked = new Set(left.question.candidates as string[]);
  return candidates.every((candidate) => asked.has(candidate));
}
